import { Type } from "@sinclair/typebox";
import { answered, COMMON, described, EVENTS_FILTER, REFUSED } from "./documentation.ts";
import { POINTS_MAX, POINTS_MIN } from "./stats_query.ts";

const MESSAGES = {
  received: 120,
  applied: 100,
  stale: 8,
  duplicate: 10,
  ignored: 1,
  foreign: 0,
  quarantined: 1,
};

/** How things stand, as `GET /v1/stats` says it. */
export const STATS_EXAMPLE = {
  now: "2026-11-23T10:00:00.000Z",
  version: "0.1.0",
  database: { flavor: "postgres" },
  source: { silent: false, silentSince: null, findings: [], lastReceivedAt: "2026-11-23T09:59:58.120Z" },
  messages: { lastHour: MESSAGES, lastDay: MESSAGES, quarantined: 1 },
  entities: [{ kind: "user", estimate: 1204 }],
  jobs: {
    planned: 3,
    due: 1,
    running: 1,
    done: 98,
    dead: 0,
    held: 1,
    stopped: 0,
    cancelled: 2,
    withdrawn: 0,
    regretted: 0,
    oldestDueSeconds: 0,
    more: false,
  },
  breakersOpen: 0,
  policiesStopped: 0,
  drift: 0,
  healthy: false,
  problems: [
    {
      code: "quarantined",
      severity: "warning",
      message: "1 message on file that could not be understood",
      action: "`docket events --outcome quarantined` lists them, `docket events <svix-id>` says why",
    },
  ],
};

const LAG = { p50: 3, p95: 9, p99: 40 };

/** What happened over time, as `GET /v1/stats/series` says it. */
export const SERIES_EXAMPLE = {
  from: "2026-11-23T09:59:30.000Z",
  until: "2026-11-23T10:00:00.000Z",
  stepSeconds: 30,
  points: [
    {
      at: "2026-11-23T09:59:30.000Z",
      ...MESSAGES,
      effectsDone: 98,
      effectsFailed: 0,
      happenedToReceivedMs: LAG,
      receivedToAppliedMs: LAG,
      appliedToEffectMs: LAG,
      lateMs: null,
    },
  ],
};

export const SHOW_STATS = {
  detail: {
    ...COMMON,
    summary: "How things stand, and what a person must do",
    description:
      "Messages are those that the running processes took (what others took in the last ten seconds may be missing). Numbers of jobs stop at 10,000: then `more` is true, and `done` is an estimate. `problems`: the most urgent first, each with what to do; `healthy` is true when there are none but notices.",
    responses: answered("How things stand", STATS_EXAMPLE),
  },
};

export const SHOW_SERIES = {
  query: Type.Object({
    from: described("From then on, as an ISO time; at most 31 days before `until`. An hour before it, if not given"),
    until: described("Until then. Now, if not given"),
    points: described("How many points at most", {
      type: "integer",
      minimum: POINTS_MIN,
      maximum: POINTS_MAX,
      default: 120,
    }),
  }),
  detail: {
    ...COMMON,
    summary: "Counts and lags over time, for plots",
    description:
      "One point for each step, the oldest first, also where nothing happened; `from` is moved back to the beginning of a step. Lags are milliseconds, null where nothing was measured: from the happening to the receipt, from there to the commit, from when a job could begin to its end, and how far out of order stale messages came. Kept for 30 days, in steps of ten seconds for the last six hours and of five minutes before.",
    responses: answered("A series", SERIES_EXAMPLE, { 400: "Parameter points must be a whole number from 1 to 300" }),
  },
};

const LIVE_EXAMPLE = `retry: 2000

event: pulse
data: {"at":"2026-11-23T10:00:00.000Z","counts":{"received":2,"applied":2},"p95":{"receivedToAppliedMs":4},"jobs":{"due":0},"silent":false}

id: 1795428000000
event: events
data: {"items":[{"svixId":"msg_1","type":"user.created","outcome":"applied"}],"skipped":0}

event: jobs
data: {"items":[{"key":"welcome/user/user_1","state":"done"}],"skipped":0}
`;

export const LIVE = {
  query: Type.Object(EVENTS_FILTER),
  detail: {
    ...COMMON,
    summary: "What happens from now on, as server-sent events",
    description:
      "`pulse` each second: `{ at, counts, p95, jobs, silent }`, `counts` since the pulse before it, `p95` the lags in milliseconds, null where there was none. `events`, at most four times a second: `{ items, skipped }`, the newest first, as in `GET /v1/events`, and how many more there were. `jobs`: those that changed, in the same way. Of all processes; a message that comes again to another one is not counted. Filters are for `events`; `entity` for `jobs` too. After a break a browser goes on by itself, from the last `id`: an item may then come twice. Who reads slowly gets less, and is told how much less.",
    responses: {
      ...REFUSED,
      200: {
        description: "Until either side ends it",
        content: { "text/event-stream": { example: LIVE_EXAMPLE } },
      },
    },
  },
};
