import { describe, expect, test } from "bun:test";
import { sql } from "kysely";
import { type JobPhase, jobStateOf } from "../../../src/core/mod.ts";
import { actOnJob } from "../../../src/shell/work/act_on_job.ts";
import { JOB_ACTIONS, type JudgedJob, judgeAction } from "../../../src/shell/work/job_action.ts";
import { resumeTarget } from "../../../src/shell/work/resume.ts";
import { eachDatabase } from "../../support/databases.ts";
import { gone, told } from "../../support/examples.ts";
import { auditOf, bury, DEAD, greet, PUT_OFF, RUNNING, setJob } from "../../support/jobs.ts";
import { untilLockWait } from "../../support/lock_wait.ts";
import { ledgerOf, take } from "../../support/work.ts";

const PHASES: readonly JobPhase[] = ["pending", "running", "done", "dead", "cancelled"];
const GREET = "greet/user/user_1";
const BURY = "bury/user/user_1/-";

describe("judgeAction()", () => {
  /** All jobs there can be, as far as it looks. */
  const jobs: readonly JudgedJob[] = PHASES.flatMap((phase) =>
    Array.from({ length: 128 }, (_, bits) => ({
      phase,
      wanted: (bits & 1) > 0,
      moot: (bits & 2) > 0,
      level: (bits & 4) > 0,
      sealed: (bits & 8) > 0,
      approval: (bits & 16) > 0,
      approved: (bits & 32) > 0,
      putOff: (bits & 64) > 0,
    })),
  );

  test("never lets a job go that runs or is done, is not wanted, is pointless, or lost its payload", () => {
    for (const job of jobs.filter((it) => judgeAction("retry", it)._tag === "Allowed")) {
      expect(job).toMatchObject({ wanted: true, moot: false });
      expect(["pending", "dead", "cancelled"]).toContain(job.phase);
      expect(job.sealed && !job.level).toBe(false);
    }
    for (const job of jobs.filter((it) => judgeAction("approve", it)._tag === "Allowed")) {
      expect(job).toMatchObject({ phase: "pending", wanted: true, moot: false, approval: true, approved: false });
    }
  });

  test("always lets cancel what has not started or is dead, and that alone", () => {
    for (const job of jobs) {
      expect([job, judgeAction("cancel", job)._tag === "Allowed"]).toEqual([
        job,
        job.phase === "pending" || job.phase === "dead",
      ]);
    }
  });

  test("always calls needless what was just done, and names the state where it refuses", () => {
    const after = {
      retry: { phase: "pending", putOff: false },
      cancel: { phase: "cancelled" },
      approve: { approved: true },
    } as const;
    for (const action of JOB_ACTIONS) {
      for (const job of jobs) {
        const verdict = judgeAction(action, job);
        if (verdict._tag === "Allowed") {
          expect(judgeAction(action, { ...job, ...after[action] })).toEqual({ _tag: "Needless" });
        }
        if (verdict._tag === "Refused") expect(verdict.reason).toStartWith(`The job is ${jobStateOf(job)}: `);
      }
    }
  });
});

eachDatabase("actOnJob()", (database) => {
  test("does a thing once, however many ask for it at the same time", async () => {
    await take(database(), [greet], [told("user.created", 1)]);
    for (const action of ["cancel", "retry"] as const) {
      const acted = await Promise.all(
        Array.from({ length: 8 }, () => actOnJob(database().db, { key: GREET, action, actor: "test" })),
      );
      expect(acted.filter((it) => it._tag === "Acted" && it.changed)).toHaveLength(1);
      expect(acted.filter((it) => it._tag === "Acted")).toHaveLength(8);
    }
    expect((await auditOf(database())).map(({ action, actor }) => `${action} ${actor}`)).toEqual([
      "cancel test",
      "retry test",
    ]);
  });

  test("knows nothing of a key that is not there", async () => {
    const acting = { key: "greet/user/user_9", action: "retry", actor: "test" } as const;
    expect(await actOnJob(database().db, acting)).toEqual({ _tag: "Missing" });
  });

  test("waits for a worker that is about to take the job, and then says that it runs", async () => {
    if (database().flavor === "pglite") return;
    const { db } = database();
    await take(database(), [greet], [told("user.created", 1)]);
    const { acting } = await db.transaction().execute(async (tx) => {
      await setJob({ db: tx }, GREET, RUNNING);
      const acting = actOnJob(db, { key: GREET, action: "cancel", actor: "test" });
      await untilLockWait(database());
      return { acting };
    });
    expect(await acting).toMatchObject({ _tag: "Refused", reason: expect.stringContaining("is running") });
    expect(await auditOf(database())).toEqual([]);
  });

  test("waits for whoever erases the entity's data, and then does not let the job go without it", async () => {
    if (database().flavor === "pglite") return;
    const { db } = database();
    await take(database(), [bury], [told("user.created", 1), gone("user.deleted", 2)]);
    await setJob(database(), BURY, "phase = 'cancelled'");
    const { acting } = await db.transaction().execute(async (tx) => {
      await sql`select from docket.head where id = 'user_1' for update`.execute(tx);
      const acting = actOnJob(db, { key: BURY, action: "retry", actor: "test" });
      await untilLockWait(database());
      await sql`update docket.head set erased = true, sealed = true where id = 'user_1'`.execute(tx);
      await sql`update docket.job set payload = 'null'`.execute(tx);
      return { acting };
    });
    expect(await acting).toMatchObject({ _tag: "Refused", reason: expect.stringContaining("erased") });
    expect((await ledgerOf(database()))[BURY]).toMatchObject({ phase: "cancelled" });
  });
});

eachDatabase("resumeTarget()", (database) => {
  test("tries again when it and a worker wait for each other", async () => {
    if (database().flavor === "pglite") return;
    const { db } = database();
    await take(database(), [greet], [told("user.created", 1), told("user.created", 1, {}, "two", "user_2")]);
    await setJob(database(), GREET, `${PUT_OFF}, held_by = 'email'`);
    await setJob(database(), "greet/user/user_2", DEAD);
    await sql`
      insert into docket.breaker (target, handler, failures, opened_at, probe_at)
      values ('email', 'email', 5, now(), now())`.execute(db);
    const { resuming } = await db.transaction().execute(async (tx) => {
      await sql`select from docket.job where key = ${GREET} for update`.execute(tx);
      const resuming = resumeTarget(db, { name: "email", actor: "test" });
      // It has the breaker once it waits, for the job.
      await untilLockWait(database());
      // Whose wait is looked at first gives way, here always the other one.
      await sql`set local deadlock_timeout = '15s'`.execute(tx);
      await sql`select from docket.breaker where target = 'email' for update`.execute(tx);
      return { resuming };
    });
    expect(await resuming).toEqual({ _tag: "Acted", changed: true });
    expect((await ledgerOf(database()))[GREET]).toMatchObject({ waiting: null });
    expect(await auditOf(database())).toHaveLength(1);
  }, 20_000);
});
