import { Data, Effect } from "effect";
import type { Kysely } from "kysely";
import { Database } from "../database/database.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { type Acted, actOnJob } from "../work/act_on_job.ts";
import { JOB_ACTIONS } from "../work/job_action.ts";
import { resumePolicy, resumeTarget } from "../work/resume.ts";
import { NotFound, orNotFound } from "./not_found.ts";
import { isKey } from "./query.ts";
import { ReadError } from "./read_error.ts";
import { findJob, type JobDetail } from "./read_job.ts";
import { type BreakerItem, findBreaker, findPolicy, type PolicyItem } from "./read_stops.ts";

/** What a person may act on: a job by its key, a policy by its name, the breaker of a target by the target's. */
export type Thing = "jobs" | "policies" | "breakers";

/** What is to be done to what, as it was written. */
export interface Order {
  readonly on: Thing;
  readonly name: string;
  readonly action: string;
}

/** What came of it: `changed` is false when all was so already. */
export type ActAnswer = { readonly changed: boolean } & (
  | { readonly job: JobDetail }
  | { readonly policy: PolicyItem }
  | { readonly breaker: BreakerItem }
);

/** What was asked for makes no sense as things stand. The message says what does. */
export class Conflict extends Data.TaggedError("Conflict")<{ readonly message: string }> {}

/** The answer to a thing that is not there. */
export const NO_SUCH: { readonly [T in Thing]: string } = {
  jobs: "No job has this key: GET /v1/jobs lists them (retry, cancel and approve are sent with POST)",
  policies: "No policy of this name was ever switched on: GET /v1/policies lists them",
  breakers: "No target of this name ever failed: GET /v1/breakers lists them",
};

const NO_ACTION: { readonly [T in Thing]: string } = {
  jobs: `No such action: POST to /v1/jobs/<key>/ and one of ${JOB_ACTIONS.join(", ")}`,
  policies: "No such action: POST to /v1/policies/<policy>/resume",
  breakers: "No such action: POST to /v1/breakers/<target>/resume",
};

const ACTOR = "api";

type ActError = Conflict | NotFound | ReadError;

/** Does as ordered, once and for all, and shows the thing as it is then. */
export function carryOut({ on, name, action }: Order): Effect.Effect<ActAnswer, ActError, Database> {
  return Effect.gen(function* () {
    const act = actOf({ on, name, action });
    if (act === undefined) return yield* new NotFound({ message: NO_ACTION[on] });
    const missing = NO_SUCH[on];
    if (!isKey(name)) return yield* new NotFound({ message: missing });
    const changed = yield* acting(act, missing);
    switch (on) {
      case "jobs":
        return { changed, job: yield* Effect.flatMap(findJob(name), orNotFound(missing)) };
      case "policies":
        return { changed, policy: yield* Effect.flatMap(findPolicy(name), orNotFound(missing)) };
      case "breakers":
        return { changed, breaker: yield* Effect.flatMap(findBreaker(name), orNotFound(missing)) };
      default:
        return on satisfies never;
    }
  });
}

type Act = (db: Kysely<DocketDatabase>) => Promise<Acted>;

function actOf({ on, name, action }: Order): Act | undefined {
  const jobAction = JOB_ACTIONS.find((it) => it === action);
  if (on === "jobs") return jobAction && ((db) => actOnJob(db, { key: name, action: jobAction, actor: ACTOR }));
  if (action !== "resume") return undefined;
  const resume = on === "policies" ? resumePolicy : resumeTarget;
  return (db) => resume(db, { name, actor: ACTOR });
}

/** Changes the database. Once begun it goes on to its end, whoever has stopped waiting for it. */
function acting(act: Act, missing: string): Effect.Effect<boolean, ActError, Database> {
  return Database.use(({ db }) =>
    Effect.tryPromise({ try: () => act(db), catch: (cause) => new ReadError({ cause }) }),
  ).pipe(
    Effect.uninterruptible,
    Effect.flatMap((acted): Effect.Effect<boolean, ActError> => {
      switch (acted._tag) {
        case "Acted":
          return Effect.succeed(acted.changed);
        case "Refused":
          return Effect.fail(new Conflict({ message: acted.reason }));
        case "Missing":
          return Effect.fail(new NotFound({ message: missing }));
        default:
          return acted satisfies never;
      }
    }),
  );
}
