/** Answers as the documentation shows them. */

export const BREAKER_EXAMPLE = {
  target: "email",
  handler: "email",
  open: true,
  failures: 5,
  trips: 1,
  openedAt: "2026-11-23T10:00:00.000Z",
  probeAt: "2026-11-23T10:00:10.000Z",
  lastError: "the server answered 503",
  updatedAt: "2026-11-23T10:00:00.000Z",
};

export const POLICY_EXAMPLE = {
  policy: "cleanup",
  since: "2026-11-01T09:00:00.000Z",
  stoppedAt: "2026-11-23T10:00:00.000Z",
  reason: "over 50 jobs within 60 s",
  resumedAt: null,
};

export const JOB_EXAMPLE = {
  key: "welcome/user/user_1",
  state: "dead",
  waitsFor: null,
  policy: "welcome",
  entityKind: "user",
  entityId: "user_1",
  intent: "+",
  handler: "email",
  asOfMs: 1763892000000,
  svixId: "msg_1",
  level: false,
  approval: false,
  approvedAt: null,
  attempts: 20,
  attemptsSpent: 0,
  lastError: "the server answered 503",
  startAt: "2026-11-23T10:00:05.000Z",
  dueAt: "2026-11-23T21:14:05.000Z",
  plannedAt: "2026-11-23T10:00:00.000Z",
  updatedAt: "2026-11-23T21:14:06.000Z",
  finishedAt: "2026-11-23T21:14:06.000Z",
};

export const JOB_WHOLE_EXAMPLE = {
  ...JOB_EXAMPLE,
  phase: "dead",
  wanted: true,
  moot: false,
  payload: { to: "ada@example.com", template: "welcome" },
  until: "deleted",
  needs: [],
  unmet: [],
  leaseUntil: null,
  attemptLog: [
    {
      number: 20,
      startedAt: "2026-11-23T21:14:05.000Z",
      endedAt: "2026-11-23T21:14:06.000Z",
      outcome: "dead",
      error: "the server answered 503",
    },
  ],
  breakers: [BREAKER_EXAMPLE],
  policyStop: null,
  audit: [],
};

export const JOB_AGAIN_EXAMPLE = {
  ...JOB_WHOLE_EXAMPLE,
  state: "planned",
  phase: "pending",
  attemptsSpent: 20,
  dueAt: "2026-11-23T10:00:05.000Z",
  finishedAt: null,
  breakers: [],
  audit: [{ at: "2026-11-24T08:00:00.000Z", action: "retry", actor: "api" }],
};
