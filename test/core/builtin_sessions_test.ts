import { describe, expect, test } from "bun:test";
import { builtin } from "../../src/core/builtin.ts";
import { jobsOf, receive } from "../../src/core/mod.ts";
import { builtinWorld, message, observed, observedDeletion, onlyJob, shownJobs, states } from "../support/builtins.ts";
import { EPOCH_MS } from "../support/histories.ts";
import type { StoryMessage } from "../support/stories.ts";

const gone = message("user.deleted", 90, { id: "user_1" });
const opened = session("created", 0, "active");
const ended = session("ended", 30, "ended");
const removed = session("removed", 30, "removed");
const revoked = session("revoked", 40, "revoked");

function session(event: string, seconds: number, status: string): StoryMessage {
  const client = { client_id: "client_1", actor: { sub: "user_9" } };
  return message(`session.${event}`, seconds, { id: "sess_1", user_id: "user_1", status, ...client });
}

function keyAt(policy: string, seconds: number, type: string): string {
  return `${policy}/session/sess_1/${EPOCH_MS + seconds * 1_000}/${type}`;
}

describe("sessionCleanup()", () => {
  const policy = builtin.sessionCleanup({ handler: "sockets" });
  const ids = { sessionId: "sess_1", userId: "user_1" };

  test("plans when a session is over, once, whatever comes after", () => {
    expect(shownJobs(policy, [opened])).toEqual([]);
    expect(shownJobs(policy, [opened, ended, revoked])).toEqual([
      { key: keyAt("session-cleanup", 30, "session.ended"), state: "planned", payload: { ...ids, status: "ended" } },
    ]);
  });

  test("plans for an end of which there is no event, when a snapshot of the API may plan", () => {
    const expired = observed(session("ended", 50, "expired"));
    expect(shownJobs(policy, [opened, expired])).toEqual([]);
    expect(shownJobs(builtin.sessionCleanup({ handler: "sockets", observed: true }), [opened, expired])).toMatchObject([
      { payload: { ...ids, status: "expired" } },
    ]);
  });

  test("plans at the user's deletion, which cancels the job that waits", () => {
    const over = keyAt("session-cleanup", 30, "session.ended");
    for (const onDelete of ["keep", "erase"] as const) {
      for (const order of [
        [opened, ended, gone],
        [gone, ended, opened],
      ]) {
        const wanted = shownJobs(policy, order, onDelete).filter(({ state }) => state !== "withdrawn");
        expect(states(wanted)).toEqual({ [over]: "cancelled", "session-cleanup/session/sess_1/-": "planned" });
      }
    }
    expect(shownJobs(policy, [opened, gone])).toMatchObject([{ payload: { ...ids, status: "deleted" } }]);
  });

  test("plans for a deletion that a repair saw, of a session never seen before", () => {
    const world = receive(builtinWorld([policy], [], "erase"), observedDeletion({ kind: "session", id: "sess_1" }, 9));
    expect(jobsOf(world).map(({ job }) => job.payload)).toEqual([{ ...ids, userId: null, status: "deleted" }]);
  });

  test("moves to the end that a late message tells of", () => {
    expect(states(shownJobs(policy, [opened, revoked, ended]))).toEqual({
      [keyAt("session-cleanup", 30, "session.ended")]: "planned",
      [keyAt("session-cleanup", 40, "session.revoked")]: "withdrawn",
    });
  });
});

describe("forceReauth()", () => {
  const policy = builtin.forceReauth({ handler: "push" });
  const removal = keyAt("force-reauth", 30, "session.removed");

  test("plans for a session that is removed or revoked, once, and not for one that is ended", () => {
    expect(shownJobs(policy, [opened, ended])).toEqual([]);
    expect(shownJobs(policy, [opened, removed, revoked])).toEqual([
      { key: removal, state: "planned", payload: { sessionId: "sess_1", userId: "user_1", status: "removed" } },
    ]);
    expect(shownJobs(policy, [revoked])).toMatchObject([{ key: "force-reauth/session/sess_1/+" }]);
  });

  test("is not cancelled by the user's deletion, but withdrawn where that erases", () => {
    expect(states(shownJobs(policy, [opened, removed, gone]))).toEqual({ [removal]: "planned" });
    expect(states(shownJobs(policy, [opened, removed, gone], "erase"))).toEqual({ [removal]: "withdrawn" });
  });
});

describe("securityAudit()", () => {
  test("plans a record of each removal and revocation, with who acted", () => {
    const payload = { sessionId: "sess_1", userId: "user_1", clientId: "client_1", actor: { sub: "user_9" } };
    expect(shownJobs(builtin.securityAudit(), [opened, removed, revoked, gone])).toEqual([
      {
        key: keyAt("security-audit", 30, "session.removed"),
        state: "planned",
        payload: { ...payload, status: "removed", asOfMs: EPOCH_MS + 30_000 },
      },
      {
        key: keyAt("security-audit", 40, "session.revoked"),
        state: "planned",
        payload: { ...payload, status: "revoked", asOfMs: EPOCH_MS + 40_000 },
      },
    ]);
    expect(onlyJob(builtin.securityAudit(), [opened, removed])).toMatchObject({ handler: "log", until: "never" });
    expect(shownJobs(builtin.securityAudit(), [opened, ended])).toEqual([]);
  });

  test("is withdrawn when a late message shows that it was told before", () => {
    const before = session("revoked", 20, "revoked");
    expect(states(shownJobs(builtin.securityAudit(), [opened, revoked, before]))).toEqual({
      [keyAt("security-audit", 20, "session.revoked")]: "planned",
      [keyAt("security-audit", 40, "session.revoked")]: "withdrawn",
    });
  });
});

describe("activityLog()", () => {
  const began = "activity-log/session/sess_1/+/began";
  const over = `${keyAt("activity-log", 30, "session.ended")}/ended`;

  test("plans a line for the beginning and one for the end", () => {
    const ids = { sessionId: "sess_1", userId: "user_1" };
    expect(shownJobs(builtin.activityLog(), [opened, ended, gone])).toEqual([
      { key: began, state: "planned", payload: { ...ids, activity: "began", status: "active", atMs: EPOCH_MS } },
      { key: over, state: "planned", payload: { ...ids, activity: "ended", status: "ended", atMs: EPOCH_MS + 30_000 } },
    ]);
  });

  test("plans both for a session whose end is seen first, until its beginning comes", () => {
    const early = "activity-log/session/sess_1/+/ended";
    expect(states(shownJobs(builtin.activityLog(), [ended]))).toEqual({ [began]: "planned", [early]: "planned" });
    expect(states(shownJobs(builtin.activityLog(), [ended, opened]))).toEqual({
      [began]: "planned",
      [early]: "withdrawn",
      [over]: "planned",
    });
  });
});
