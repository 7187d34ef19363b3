import { Type } from "@sinclair/typebox";
import { NO_SUCH } from "./act.ts";
import { answered, BAD_LIMIT, COMMON, described, PAGE } from "./documentation.ts";
import { JOB_STATES } from "./jobs_query.ts";
import { BREAKER_EXAMPLE, JOB_AGAIN_EXAMPLE, JOB_EXAMPLE, JOB_WHOLE_EXAMPLE, POLICY_EXAMPLE } from "./work_examples.ts";

const KEY = Type.Object({
  key: Type.String({ description: "The job's key, percent-encoded or as it is: its slashes may stay slashes" }),
});

export const LIST_JOBS = {
  query: Type.Object({
    state: described(
      "How far it got; held: planned, and waits for approval; stopped: planned, and its policy is stopped",
      { enum: JOB_STATES },
    ),
    policy: described("The policy that wants it, such as welcome"),
    handler: described("The handler that does it, such as email"),
    entity: described("<kind>/<id>, or an id"),
    ...PAGE,
  }),
  detail: {
    ...COMMON,
    summary: "The jobs, the last updated first",
    description:
      "Answers `{ items, next }`, without payloads; `next` is null on the last page. `waitsFor` says why a planned job has not started: `approval`, `stopped` (its policy), `time`, `retry`, `needs` (entities that are not on file yet), `breaker` (of its handler).",
    responses: answered("A page of jobs", { items: [JOB_EXAMPLE], next: null }, { 400: BAD_LIMIT }),
  },
};

export const SHOW_JOB = {
  params: KEY,
  detail: {
    ...COMMON,
    summary: "One job with its payload, its attempts, and what holds it up",
    responses: answered("The job", JOB_WHOLE_EXAMPLE, { 404: NO_SUCH.jobs }),
  },
};

const ACTED = `Answers \`{ changed, job }\`, and 409 \`conflict\` where it makes no sense as things stand. Safe to repeat:
\`changed\` is false when all was so already. The action is what follows the last slash, so a key that itself ends in
\`/retry\` is retried at \`.../retry/retry\`.`;

const NOT_ACTED = { 404: NO_SUCH.jobs, 409: "A job that is done can't be retried: its state is done" };

const ACTING = { params: KEY, parse: "none" as const };

export const RETRY_JOB = {
  ...ACTING,
  detail: {
    ...COMMON,
    summary: "Let a dead, put off or cancelled job go again",
    description: `The attempts that it had no longer count. ${ACTED}`,
    responses: answered("The job as it is now", { changed: true, job: JOB_AGAIN_EXAMPLE }, NOT_ACTED),
  },
};

export const CANCEL_JOB = {
  ...ACTING,
  detail: {
    ...COMMON,
    summary: "Never run a job that has not started, or is dead",
    description: `It stays cancelled whatever is planned later; only retry takes it back. ${ACTED}`,
    responses: answered(
      "The job as it is now",
      { changed: true, job: { ...JOB_WHOLE_EXAMPLE, state: "cancelled" } },
      NOT_ACTED,
    ),
  },
};

export const APPROVE_JOB = {
  ...ACTING,
  detail: {
    ...COMMON,
    summary: "Let a job go that waits for approval",
    description: ACTED,
    responses: answered(
      "The job as it is now",
      { changed: true, job: { ...JOB_AGAIN_EXAMPLE, approval: true } },
      NOT_ACTED,
    ),
  },
};

export const LIST_POLICIES = {
  detail: {
    ...COMMON,
    summary: "The policies that were ever switched on, those that are stopped first",
    description: "Answers `{ items, next }`. A policy is stopped when more of its jobs come at once than it allows.",
    responses: answered("All policies", { items: [POLICY_EXAMPLE], next: null }),
  },
};

export const RESUME_POLICY = {
  params: Type.Object({ policy: Type.String({ description: "The policy's name" }) }),
  parse: "none" as const,
  detail: {
    ...COMMON,
    summary: "Let a stopped policy go on: its jobs that wait run",
    description: "Answers `{ changed, policy }`. Safe to repeat: `changed` is false when it was not stopped.",
    responses: answered(
      "The policy as it is now",
      {
        changed: true,
        policy: { ...POLICY_EXAMPLE, stoppedAt: null, reason: null, resumedAt: "2026-11-23T11:00:00.000Z" },
      },
      { 404: NO_SUCH.policies },
    ),
  },
};

export const LIST_BREAKERS = {
  detail: {
    ...COMMON,
    summary: "The breakers of targets that failed, the open ones first",
    description:
      "Answers `{ items, next }`. While one is open, the target's jobs wait; one of them tries now and then.",
    responses: answered("All breakers", { items: [BREAKER_EXAMPLE], next: null }),
  },
};

export const RESUME_BREAKER = {
  params: Type.Object({ target: Type.String({ description: "The target's name" }) }),
  parse: "none" as const,
  detail: {
    ...COMMON,
    summary: "Close the breaker of a target that answers again, and let its jobs go at once",
    description: "Answers `{ changed, breaker }`. Safe to repeat: `changed` is false when it was closed.",
    responses: answered(
      "The breaker as it is now",
      {
        changed: true,
        breaker: { ...BREAKER_EXAMPLE, open: false, failures: 0, trips: 0, openedAt: null, probeAt: null },
      },
      { 404: NO_SUCH.breakers },
    ),
  },
};

export const CHECK_SESSION = {
  params: Type.Object({ id: Type.String({ description: "Clerk's id of the session" }) }),
  detail: {
    ...COMMON,
    summary: "Whether a session is active now: fit for being asked on each request",
    description:
      "Active while its row is live with status `active`, its times are not up, and its user is not deleted, banned, locked or deprovisioned. 404 `not_found` for a session that is not on file: treat it as not active.",
    responses: answered(
      "Whether it is",
      { id: "sess_1", active: true, status: "active", userId: "user_1" },
      { 404: "No session has this id: treat it as not active" },
    ),
  },
};
