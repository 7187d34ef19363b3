import { expect, test } from "bun:test";
import { sql } from "kysely";
import type { EndedAttempt } from "../../../src/shell/signals/ended_attempt.ts";
import {
  FINE_MS,
  foldPulses,
  KEPT_MS,
  type Pulse,
  readCounts,
  readPulses,
  writePulses,
} from "../../../src/shell/signals/pulse_store.ts";
import { PulseWriter } from "../../../src/shell/signals/pulse_writer.ts";
import { Signals } from "../../../src/shell/signals/signals.ts";
import { Tally } from "../../../src/shell/signals/tally.ts";
import { stepFor } from "../../../src/shell/stats/read_series.ts";
import { eachDatabase } from "../../support/databases.ts";

const DONE: EndedAttempt = { policy: "p", handler: "log", outcome: "done", lagMs: 40 };
const NOW_MS = Date.parse("2026-11-23T12:00:00Z");

eachDatabase("docket.pulse", (database) => {
  const faults: unknown[] = [];
  const writer = (signals: Signals): PulseWriter =>
    new PulseWriter(database().db, signals, { onFault: (cause) => faults.push(cause) });
  const doneSince = async (fromMs: number): Promise<number> =>
    (await readCounts(database().db, fromMs)).counts.effectsDone;
  const rows = async (): Promise<number> => {
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from docket.pulse`.execute(database().db);
    return rows[0]?.n ?? -1;
  };
  const pulse = (atMs: number, count: number): Pulse => {
    const tally = new Tally();
    tally.count("received", count);
    for (let each = 0; each < count; each += 1) tally.observe("receivedToApplied", 3);
    return { atMs, tally };
  };

  test("each process writes what it counted, once, and nothing while nothing happens", async () => {
    const [one, two] = [new Signals(), new Signals()];
    const [first, second] = [writer(one), writer(two)];
    one.ended([DONE, { ...DONE, outcome: "dead" }]);
    two.ended([DONE]);
    await Promise.all([first.write(), second.write(), first.write()]);
    await first.write();
    expect([await rows(), await doneSince(0)]).toEqual([2, 2]);
    one.ended([DONE]);
    // Before it is written it is this process's alone, and known all the same.
    const { written, unwritten } = await first.whole(() => doneSince(0));
    expect([written, unwritten.map(({ tally }) => tally.counts.effectsDone)]).toEqual([2, [1]]);
    const spans = await readPulses(database().db, { fromMs: 0, untilMs: Date.now() + 60_000, stepSeconds: 86_400 });
    const all = new Tally();
    for (const { tally } of spans) all.add(tally);
    expect(all.counts).toMatchObject({ effectsDone: 2, effectsFailed: 1, received: 0 });
    expect([all.lag("appliedToEffect").total, all.lag("late").total]).toEqual([2, 0]);
    expect(all.lag("appliedToEffect").quantile(1)).toBe(50);
  });

  test("what is read while it is written is counted once", async () => {
    const signals = new Signals();
    const pulses = writer(signals);
    for (let count = 1; count <= 20; count += 1) {
      signals.ended([DONE]);
      const [found] = await Promise.all([pulses.whole(() => doneSince(0)), pulses.write()]);
      const sum = found.unwritten.reduce((all, { tally }) => all + tally.counts.effectsDone, found.written);
      expect(sum).toBe(count);
    }
  });

  test("while the database is away an hour is kept, and written when it is back", async () => {
    const signals = new Signals();
    let nowMs = NOW_MS;
    const pulses = new PulseWriter(database().db, signals, { onFault: (it) => faults.push(it), nowMs: () => nowMs });
    faults.length = 0;
    await sql`alter table docket.pulse rename to hidden`.execute(database().db);
    try {
      for (let count = 0; count < 365; count += 1) {
        signals.ended([DONE]);
        nowMs += 10_000;
        await pulses.write();
      }
      expect([faults.length, pulses.unwritten().length]).toEqual([365, 361]);
    } finally {
      await sql`alter table docket.hidden rename to pulse`.execute(database().db);
    }
    await pulses.write();
    expect([await rows(), await doneSince(0), pulses.unwritten().length]).toEqual([360, 360, 1]);
  });

  test("old rows are folded into longer ones, all processes' together and once, and at last dropped", async () => {
    const { db } = database();
    const oldMs = NOW_MS - FINE_MS - 3_600_000;
    const ages = Array.from({ length: 60 }, (_, index) => pulse(oldMs + index * 10_000, index + 1));
    const processes = [Bun.randomUUIDv7(), Bun.randomUUIDv7()];
    for (const process of processes) await writePulses(db, process, ages);
    await writePulses(db, Bun.randomUUIDv7(), [pulse(NOW_MS - 60_000, 5), pulse(NOW_MS - KEPT_MS - 600_000, 7)]);
    const span = { fromMs: oldMs, untilMs: NOW_MS, stepSeconds: 300 };
    const seen = async () =>
      (await readPulses(db, span)).map(({ atMs, tally }) => [
        atMs,
        tally.counts,
        tally.lag("receivedToApplied").counts,
      ]);
    const before = await seen();
    await Promise.all([foldPulses(db, NOW_MS), foldPulses(db, NOW_MS)]);
    await foldPulses(db, NOW_MS);
    expect(await seen()).toEqual(before);
    // Two processes that fold at once may each have a part of a span.
    expect(await rows()).toBeWithin(3, 6);
    expect((await readCounts(db, 0)).counts.received).toBe(2 * 1_830 + 5);
    // What comes late is folded with the next.
    for (const process of processes) await writePulses(db, process, [pulse(oldMs + 1, 1)]);
    await foldPulses(db, NOW_MS);
    expect((await readCounts(db, 0)).counts.received).toBe(2 * 1_830 + 7);
  });
});

test("a series has the shortest step that gives few enough points and is not finer than what is kept", () => {
  const span = (fromMs: number, untilMs: number, points: number) => stepFor({ fromMs, untilMs, points }, NOW_MS);
  expect(span(NOW_MS - 600_000, NOW_MS, 60)).toBe(10);
  expect(span(NOW_MS - 600_001, NOW_MS, 60)).toBe(20);
  expect(span(NOW_MS - 3_600_000, NOW_MS, 300)).toBe(20);
  // A short while of yesterday is not kept in tens of seconds.
  expect(span(NOW_MS - 86_400_000, NOW_MS - 86_000_000, 300)).toBe(300);
  expect(span(NOW_MS - 31 * 86_400_000, NOW_MS, 10)).toBe(345_600);
});
