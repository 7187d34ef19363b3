import { Effect } from "effect";
import type { JobState } from "../../core/mod.ts";
import { ENTITY, type EventsQuery, type InvalidQuery, isName, one, type PageQuery, readPageQuery } from "./query.ts";

/** The states that a job is shown in; `held`: planned, and waits for approval; `stopped`: planned, of a stopped policy. */
export const JOB_STATES = [
  "planned",
  "running",
  "done",
  "cancelled",
  "withdrawn",
  "regretted",
  "dead",
  "held",
  "stopped",
] as const satisfies readonly (JobState | "held" | "stopped")[];

/** Undefined filters let all through. */
export interface JobsQuery extends PageQuery {
  readonly state: (typeof JOB_STATES)[number] | undefined;
  readonly policy: string | undefined;
  readonly handler: string | undefined;
  readonly entity: EventsQuery["entity"];
}

/** Reads the filters of jobs, and the page. */
export function readJobsQuery(parameters: URLSearchParams): Effect.Effect<JobsQuery, InvalidQuery> {
  return Effect.gen(function* () {
    const state = yield* one(parameters, "state", {
      allowed: `one of ${JOB_STATES.join(", ")}`,
      read: (text) => JOB_STATES.find((it) => it === text),
    });
    const policy = yield* one(parameters, "policy", { allowed: "a policy's name such as welcome", read: readName });
    const handler = yield* one(parameters, "handler", { allowed: "a handler's name such as email", read: readName });
    const entity = yield* one(parameters, "entity", ENTITY);
    return { state, policy, handler, entity, ...(yield* readPageQuery(parameters)) };
  });
}

function readName(text: string): string | undefined {
  return isName(text) ? text : undefined;
}
