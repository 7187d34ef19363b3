import { Elysia } from "elysia";
import { toResponse } from "../reply.ts";
import type { ApiReply, Question } from "./answer.ts";
import { LIST_AUDIT, LIST_DRIFT, SHOW_HISTORY } from "./history_documentation.ts";
import { parametersOf } from "./query.ts";

/** The routes of what was, why, and who did what. Their guard is that of whoever uses them. */
export function makeHistoryRoutes(ask: (question: Question) => Promise<ApiReply>) {
  return new Elysia({ name: "docket/history" })
    .get(
      "/entities/:kind/:id/history",
      async ({ request, params }) =>
        toResponse(await ask({ _tag: "ShowHistory", ...params, parameters: parametersOf(request) })),
      SHOW_HISTORY,
    )
    .get("/drift", async () => toResponse(await ask({ _tag: "ListDrift" })), LIST_DRIFT)
    .get(
      "/audit",
      async ({ request }) => toResponse(await ask({ _tag: "ListAudit", parameters: parametersOf(request) })),
      LIST_AUDIT,
    );
}
