import { expect, test } from "bun:test";
import { type Kysely, sql } from "kysely";
import type { DocketDatabase } from "../../../src/shell/database/schema.ts";
import { decideQuiet } from "../../../src/shell/silence/decide_quiet.ts";
import { learnSome, readRhythms } from "../../../src/shell/silence/rhythm_store.ts";
import { takeLook } from "../../../src/shell/silence/silence_state.ts";
import { eachDatabase } from "../../support/databases.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.UTC(2026, 0, 5);
const AFTER_MS = 10 * MINUTE_MS;
/** Some two hundred lessons, on a busy machine. */
const LIMIT_MS = 30_000;

interface Coming {
  readonly type: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly everyMs: number;
  readonly source?: "webhook" | "api";
  readonly outcome?: "applied" | "foreign" | "quarantined";
}

/** Puts messages on file as if they had come so. */
async function come(db: Kysely<DocketDatabase>, coming: Coming): Promise<void> {
  const { type, fromMs, toMs, everyMs, source = "webhook", outcome = "applied" } = coming;
  const ids = sql`${`${type}:${source}:${outcome}:${fromMs}:`} || n`;
  const series = sql`generate_series(0, ${Math.ceil((toMs - fromMs) / everyMs) - 1}::int) n`;
  await sql`insert into docket.message (svix_id, body_hash, outcome) select ${ids}, '', ${outcome} from ${series}`.execute(
    db,
  );
  await sql`
    insert into docket.log (svix_id, type, source, told, received_at, payload)
    select ${ids}, ${type}, ${source}, ${outcome === "applied"},
      'epoch'::timestamptz + (${fromMs}::bigint + n * ${everyMs}::bigint) * interval '1 millisecond', ''
    from ${series}`.execute(db);
}

/** Learns all that there is; gives the number of lessons. */
async function learnAll(db: Kysely<DocketDatabase>, nowMs: number): Promise<number> {
  await takeLook(db, nowMs, MINUTE_MS);
  for (let lessons = 1; ; lessons += 1) if (await learnSome(db, nowMs)) return lessons;
}

eachDatabase("what the watch learns", (database) => {
  test(
    "is each type's rhythm, from an old log by the hour and then from what is new",
    async () => {
      const { db } = database();
      const endMs = START_MS + 9 * DAY_MS;
      await come(db, { type: "user.updated", fromMs: START_MS, toMs: endMs, everyMs: 7 * MINUTE_MS });
      await come(db, { type: "session.created", fromMs: START_MS, toMs: endMs, everyMs: 3 * HOUR_MS });
      await come(db, { type: "user.updated", fromMs: START_MS, toMs: endMs, everyMs: HOUR_MS, source: "api" });
      await come(db, {
        type: "user.updated",
        fromMs: endMs,
        toMs: endMs + DAY_MS,
        everyMs: HOUR_MS,
        outcome: "foreign",
      });
      const nowMs = endMs + HOUR_MS;
      expect(await learnAll(db, nowMs)).toBeWithin(9 * 24, 9 * 24 + 5);
      expect(await learnAll(db, nowMs + MINUTE_MS)).toBe(1);

      const rhythms = await readRhythms(db, nowMs);
      const lastAtMs = START_MS + Math.floor((9 * DAY_MS - 1) / (7 * MINUTE_MS)) * 7 * MINUTE_MS;
      const byType = new Map(rhythms.map((rhythm) => [rhythm.type, rhythm]));
      expect([...byType.keys()].sort()).toEqual(["", "session.created", "user.updated"]);
      const users = byType.get("user.updated");
      expect(users).toMatchObject({ firstAtMs: START_MS, lastAtMs });
      expect(users?.hours.length).toBe(9 * 24);
      expect(users?.hours[0]).toEqual({ startMs: START_MS, messages: 9, gapMs: 7 * MINUTE_MS });
      const sum = users?.hours.reduce((total, { messages }) => total + messages, 0);
      expect(sum).toBe(Math.ceil((9 * DAY_MS) / (7 * MINUTE_MS)));
      expect(Math.max(...(byType.get("session.created")?.hours.map(({ gapMs }) => gapMs) ?? []))).toBe(3 * HOUR_MS);
      expect(
        decideQuiet(rhythms, { nowMs, listeningSinceMs: START_MS, afterMs: AFTER_MS }).map(({ type }) => type),
      ).toEqual(["", "user.updated"]);
      // Types that came lately are not even read.
      expect(await readRhythms(db, lastAtMs)).toMatchObject([{ type: "session.created" }]);
    },
    LIMIT_MS,
  );

  test(
    "is not what an outage made longer, and is forgotten four weeks before the last message",
    async () => {
      const { db } = database();
      const stopMs = START_MS + DAY_MS;
      await come(db, { type: "user.updated", fromMs: START_MS, toMs: stopMs, everyMs: 10 * MINUTE_MS });
      await learnAll(db, stopMs + HOUR_MS);
      await sql`update docket.silence set silent_since = now(), findings = '[{}]'`.execute(db);
      const backMs = stopMs + 3 * DAY_MS;
      await come(db, { type: "user.updated", fromMs: backMs, toMs: backMs + DAY_MS, everyMs: 20 * MINUTE_MS });
      await learnAll(db, backMs + 2 * DAY_MS);
      const longest = async (): Promise<number> => {
        const [rhythm] = await readRhythms(db, Date.UTC(2027, 0));
        return Math.max(...(rhythm?.hours.map(({ gapMs }) => gapMs) ?? []));
      };
      expect(await longest()).toBe(20 * MINUTE_MS);

      await sql`update docket.silence set silent_since = null, findings = '[]'`.execute(db);
      const laterMs = backMs + 40 * DAY_MS;
      await come(db, { type: "user.updated", fromMs: laterMs, toMs: laterMs + HOUR_MS, everyMs: MINUTE_MS });
      await learnAll(db, laterMs + 2 * HOUR_MS);
      const rhythms = await readRhythms(db, Date.UTC(2027, 0));
      expect(rhythms.find(({ type }) => type === "user.updated")?.hours.map(({ startMs }) => startMs)).toEqual([
        laterMs,
      ]);
    },
    LIMIT_MS,
  );

  test("is the same in small lessons, where very many came in an hour", async () => {
    const { db } = database();
    await come(db, { type: "user.updated", fromMs: START_MS, toMs: START_MS + 4_000, everyMs: 1_000 });
    await come(db, { type: "user.created", fromMs: START_MS, toMs: START_MS + 10, everyMs: 1 });
    await takeLook(db, START_MS, MINUTE_MS);
    let lessons = 1;
    while (!(await learnSome(db, START_MS + HOUR_MS, 3))) lessons += 1;
    expect(lessons).toBeWithin(4, 14);
    const rhythms = await readRhythms(db, Date.UTC(2027, 0));
    const hours = Object.fromEntries(rhythms.map(({ type, hours: [hour] }) => [type, hour]));
    expect(hours).toEqual({
      "": { startMs: START_MS, messages: 14, gapMs: 1_000 },
      "user.created": { startMs: START_MS, messages: 10, gapMs: 1 },
      "user.updated": { startMs: START_MS, messages: 4, gapMs: 1_000 },
    });
  });

  test("waits for what is received and not yet on file", async () => {
    const { db } = database();
    await come(db, { type: "user.updated", fromMs: START_MS, toMs: START_MS + 20_000, everyMs: 1_000 });
    await learnAll(db, START_MS + 25_000);
    const messages = async (): Promise<number> =>
      (await readRhythms(db, Date.UTC(2027, 0))).find(({ type }) => type === "")?.hours[0]?.messages ?? 0;
    expect(await messages()).toBe(10);
    await learnAll(db, START_MS + 60_000);
    expect(await messages()).toBe(20);
  });
});
