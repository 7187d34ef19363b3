import { Elysia } from "elysia";
import { toResponse } from "../reply.ts";
import type { ApiReply, Question } from "./answer.ts";
import { parametersOf } from "./query.ts";
import { LIVE, SHOW_SERIES, SHOW_STATS } from "./stats_documentation.ts";

/** Answers with what happens from then on. `hurry` ends the connection soon, whoever does not read. Rejects only on a defect. */
export type Live = (request: Request, options: { readonly hurry: () => void }) => Promise<Response>;

/** How things stand, and how they went. Their guard is that of whoever uses them. */
export function makeStatsRoutes(ask: (question: Question) => Promise<ApiReply>, live: Live) {
  return new Elysia({ name: "docket/stats" })
    .get("/stats", async () => toResponse(await ask({ _tag: "ShowStats" })), SHOW_STATS)
    .get(
      "/stats/series",
      async ({ request }) => toResponse(await ask({ _tag: "ShowSeries", parameters: parametersOf(request) })),
      SHOW_SERIES,
    )
    .get(
      "/live",
      ({ request, server }) => {
        // Something is sent each second: who takes nothing for so long is gone.
        server?.timeout(request, STUCK_SECONDS_MAX);
        return live(request, { hurry: () => server?.timeout(request, 1) });
      },
      LIVE,
    );
}

const STUCK_SECONDS_MAX = 60;
