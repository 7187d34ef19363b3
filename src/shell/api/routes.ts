import { Elysia } from "elysia";
import { errorReply, type Reply, toResponse } from "../reply.ts";
import type { ApiReply, Question } from "./answer.ts";
import { LIST_ENTITIES, LIST_EVENTS, SHOW_ENTITY, SHOW_EVENT } from "./documentation.ts";
import type { Guard } from "./guard.ts";

/** What the routes of the API need done. */
export interface ApiHandlers {
  readonly guard: Guard;
  /** Rejects only on a defect. */
  readonly ask: (question: Question) => Promise<ApiReply>;
}

/** The routes under `/v1`. All of them are guarded, those that are added here later as well. */
export function makeApi({ guard, ask }: ApiHandlers) {
  return new Elysia({ name: "docket/api", prefix: "/v1" })
    .onBeforeHandle(({ request, server }) => {
      const refusal = guard(request, server?.requestIP(request)?.address);
      return refusal === null ? undefined : refused(refusal);
    })
    .get(
      "/events",
      async ({ request }) => toResponse(await ask({ _tag: "ListEvents", parameters: parametersOf(request) })),
      LIST_EVENTS,
    )
    .get(
      "/events/:svixId",
      async ({ params }) => toResponse(await ask({ _tag: "ShowEvent", svixId: params.svixId })),
      SHOW_EVENT,
    )
    .get(
      "/entities/:kind",
      async ({ request, params }) =>
        toResponse(await ask({ _tag: "ListEntities", kind: params.kind, parameters: parametersOf(request) })),
      LIST_ENTITIES,
    )
    .get(
      "/entities/:kind/:id",
      async ({ params }) => toResponse(await ask({ _tag: "ShowEntity", kind: params.kind, id: params.id })),
      SHOW_ENTITY,
    )
    .all("/*", () => toResponse(errorReply("not_found", "No such route: see /openapi")), {
      parse: "none",
      detail: { hide: true },
    });
}

function refused(refusal: Reply): Response {
  const response = toResponse(refusal);
  if (response.status === 401) response.headers.set("www-authenticate", "Bearer");
  return response;
}

function parametersOf(request: Request): URLSearchParams {
  // Not `new URL`, which throws on what a client may put into Host.
  const [, query = ""] = request.url.split(/\?(.*)/s);
  return new URLSearchParams(query);
}
