import { Elysia } from "elysia";
import { errorReply, type Reply, toResponse } from "../reply.ts";
import type { ApiReply, Question } from "./answer.ts";
import { LIST_ENTITIES, LIST_EVENTS, REPLAY_EVENT, SHOW_ENTITY, SHOW_EVENT } from "./documentation.ts";
import type { Guard } from "./guard.ts";
import { makeHistoryRoutes } from "./history_routes.ts";
import { parametersOf } from "./query.ts";
import { makeSearchRoute } from "./search_route.ts";
import { type Live, makeStatsRoutes } from "./stats_routes.ts";
import { makeWorkRoutes } from "./work_routes.ts";

/** What the routes of the API need done. */
export interface ApiHandlers {
  readonly guard: Guard;
  /** Rejects only on a defect. */
  readonly ask: (question: Question) => Promise<ApiReply>;
  /** Answers with what happens from then on. Rejects only on a defect. */
  readonly live: Live;
}

/** The routes under `/v1`. All of them are guarded, those that are added here later as well. */
export function makeApi({ guard, ask, live }: ApiHandlers) {
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
    .post(
      "/events/:svixId/replay",
      async ({ request, params }) =>
        toResponse(await ask({ _tag: "Replay", svixId: params.svixId, parameters: parametersOf(request) })),
      REPLAY_EVENT,
    )
    .get(
      "/entities/:kind",
      async ({ request, params }) =>
        toResponse(await ask({ _tag: "ListEntities", kind: params.kind, parameters: parametersOf(request) })),
      LIST_ENTITIES,
    )
    .get(
      "/entities/:kind/:id",
      async ({ request, params, server }) => {
        // The wait asked for is longer than servers let a connection be silent.
        server?.timeout(request, SILENT_SECONDS_MAX);
        const parameters = parametersOf(request);
        return toResponse(await ask({ _tag: "ShowEntity", ...params, parameters, signal: request.signal }));
      },
      SHOW_ENTITY,
    )
    .use(makeHistoryRoutes(ask))
    .use(makeWorkRoutes(ask))
    .use(makeStatsRoutes(ask, live))
    .use(makeSearchRoute(ask))
    .all("/*", () => toResponse(errorReply("not_found", "No such route: see /openapi")), {
      parse: "none",
      detail: { hide: true },
    });
}

/** Looking, asking Clerk, waiting and looking again, each at its longest. */
const SILENT_SECONDS_MAX = 60;

function refused(refusal: Reply): Response {
  const response = toResponse(refusal);
  if (response.status === 401) response.headers.set("www-authenticate", "Bearer");
  return response;
}
