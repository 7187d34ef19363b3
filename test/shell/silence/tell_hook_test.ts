import { expect, test } from "bun:test";
import { Effect } from "effect";
import { sql } from "kysely";
import { HOOK_LIMIT_MS, tell } from "../../../src/shell/silence/silence_layer.ts";
import { takeLook, writeVerdict } from "../../../src/shell/silence/silence_state.ts";
import { type SilenceAlarm, takeAlarm } from "../../../src/shell/silence/tell_hook.ts";
import { eachDatabase } from "../../support/databases.ts";
import { logging } from "../../support/logging.ts";

const START_MS = Date.UTC(2026, 0, 5);
const FOUND = { _tag: "BehindClerk", kind: "user", id: "user_1", atMs: START_MS } as const;

eachDatabase("the silence hook", (database) => {
  async function verdict(isSilent: boolean, atMs: number, isHooked = true): Promise<void> {
    const findings = isSilent ? [FOUND] : [];
    await writeVerdict(database().db, { atMs, findings, pending: [], clerkError: null, isHooked });
  }

  test("is told of each edge once and in order, by one of many processes, and never of what was before it", async () => {
    const { db } = database();
    await takeLook(db, START_MS, 1_000);
    await verdict(true, START_MS, false);
    await verdict(false, START_MS + 1, false);
    expect(await takeAlarm(db, START_MS + 2)).toBeNull();
    await verdict(true, START_MS + 3);
    await verdict(true, START_MS + 4);
    await verdict(false, START_MS + 5);
    const told: SilenceAlarm[] = [];
    const lines = logging();
    const atMs = START_MS + 10;
    const all = [0, 1, 2, 3].map(() => tell(db, async (alarm) => void told.push(alarm)).pipe(lines.at(() => atMs)));
    for (const one of all) await Effect.runPromise(one);
    await Promise.all(all.map((one) => Effect.runPromise(one)));
    expect(told).toEqual([
      {
        id: "3",
        state: "silent",
        atMs: START_MS + 3,
        findings: [FOUND],
        message:
          "Clerk's webhooks are silent: Clerk changed user user_1 at 2026-01-05T00:00:00.000Z, and no webhook told of it",
      },
      { id: "4", state: "heard", atMs: START_MS + 5, findings: [], message: "Clerk's webhooks come again" },
    ]);
  });

  test("that takes its time is not told by another process meanwhile", async () => {
    const { db } = database();
    await takeLook(db, START_MS, 1_000);
    await verdict(true, START_MS);
    const [taken, meanwhile] = [await takeAlarm(db, START_MS), await takeAlarm(db, START_MS + HOOK_LIMIT_MS)];
    expect({ taken: taken?.id, meanwhile }).toEqual({ taken: "1", meanwhile: null });
    // Its process is gone.
    expect(await takeAlarm(db, START_MS + 2 * HOOK_LIMIT_MS)).toMatchObject({ id: "1", attempts: 2 });
  });

  test("that throws is told again after longer and longer, ten times, and then not any more", async () => {
    const { db } = database();
    await takeLook(db, START_MS, 1_000);
    await verdict(true, START_MS);
    await verdict(false, START_MS);
    const lines = logging();
    let nowMs = START_MS;
    const calls: [string, number][] = [];
    const hook = async (alarm: SilenceAlarm): Promise<void> => {
      calls.push([alarm.state, (nowMs - START_MS) / 1_000]);
      if (alarm.state === "silent") throw new Error("pager away");
    };
    for (; calls.every(([state]) => state === "silent") && nowMs < START_MS + 86_400_000; nowMs += 10_000) {
      await Effect.runPromise(
        tell(db, hook).pipe(
          Effect.provide(lines.layer),
          lines.at(() => nowMs),
        ),
      );
    }
    const silent = calls.slice(0, 10).map(([, second]) => second);
    expect(silent).toEqual([0, 10, 30, 70, 150, 310, 630, 1_270, 2_550, 5_110]);
    expect(calls.slice(10)).toMatchObject([["heard", expect.any(Number)]]);
    expect(lines.texts().filter((text) => text === "Silence hook failed, will try again")).toHaveLength(9);
    expect(lines.texts().at(-1)).toBe("Silence hook failed, and is given up");
    const { rows } = await sql<{ last_error: string | null }>`
      select last_error from docket.silence_edge order by id`.execute(db);
    expect(rows.map(({ last_error }) => last_error)).toEqual(["pager away", null]);
  });
});
