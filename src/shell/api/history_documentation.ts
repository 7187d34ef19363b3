import { Type } from "@sinclair/typebox";
import { answered, BAD_LIMIT, COMMON, ENTITY_EXAMPLE, EVENT_EXAMPLE, KIND, PAGE } from "./documentation.ts";
import { JOB_EXAMPLE } from "./work_examples.ts";

const HISTORY_EXAMPLE = {
  kind: "user",
  id: "user_1",
  entity: ENTITY_EXAMPLE,
  ending: null,
  versions: [
    {
      ...EVENT_EXAMPLE,
      standing: "current",
      supersededBy: null,
      intent: "1763892000000/user.updated",
      why: "The newest version: the row shows it.",
      late: false,
    },
  ],
  changes: [
    {
      intent: "1763892000000/user.updated",
      path: "first_name",
      before: "Ada",
      after: "Augusta",
      event: "user.updated",
      source: "webhook",
      svixId: "msg_1",
      changedAt: "2025-11-23T10:00:00.000Z",
    },
  ],
  jobs: [
    {
      ...JOB_EXAMPLE,
      attempts: [
        {
          number: 20,
          startedAt: "2026-11-23T21:14:05.000Z",
          endedAt: "2026-11-23T21:14:06.000Z",
          outcome: "dead",
          error: "the server answered 503",
        },
      ],
    },
  ],
  next: null,
};

export const SHOW_HISTORY = {
  params: Type.Object({ kind: KIND, id: Type.String({ description: "Clerk's id" }) }),
  query: Type.Object(PAGE),
  detail: {
    ...COMMON,
    summary: "Why an entity is as it is: its messages, what each changed, and its jobs with their attempts",
    description:
      "Answers `{ kind, id, entity, ending, versions, changes, jobs, next }`. The versions come newest first by the order of versions, not by receipt; `next` pages them. `standing` says what a message is to the entity now: `current` (the row shows it), `superseded`, `folded` (the same happening as another message, or an observation of what a webhook told), `after_deletion`, `deletion` (maybe of something that the entity belonged to: see `ending`), `quarantined`, `foreign` or `ignored`; `why` says it in words; `late` is true where a newer version was on file already when it was filed. `changes` are those that the versions of the page made; `jobs` are all of the entity, up to 200.",
    responses: answered("One page of its story", HISTORY_EXAMPLE, {
      400: BAD_LIMIT,
      404: "No user has this id: GET /v1/entities/user lists them, deleted ones too",
    }),
  },
};

export const LIST_DRIFT = {
  detail: {
    ...COMMON,
    summary: "What Clerk sends and this Docket does not know, seen last first",
    description:
      "Answers `{ items, next }`: event types without a table, and fields of payloads, each by name with the event type that it was seen in (`what`: type or field). Nothing is lost: all of it is in the log, and fields are in `data` as well. Counted within some seconds; at most 1,000 names.",
    responses: answered("All drift", {
      items: [
        {
          what: "field",
          type: "user.updated",
          name: "email_addresses.verified_by",
          seen: 12,
          firstSeenAt: "2026-11-20T08:00:00.000Z",
          lastSeenAt: "2026-11-23T10:00:00.000Z",
          svixId: "msg_1",
        },
      ],
      next: null,
    }),
  },
};

export const LIST_AUDIT = {
  query: Type.Object(PAGE),
  detail: {
    ...COMMON,
    summary: "What people did, newest first: retries, cancels, approvals, resumes and replays",
    description: "Answers `{ items, next }`; `subject` is a job's key, a policy, a target or a message's id.",
    responses: answered(
      "A page of the audit",
      {
        items: [
          { id: 7, at: "2026-11-24T08:00:00.000Z", action: "retry", subject: "welcome/user/user_1", actor: "api" },
        ],
        next: null,
      },
      { 400: BAD_LIMIT },
    ),
  },
};
