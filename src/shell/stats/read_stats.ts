import type { Kysely } from "kysely";
import packageJson from "../../../package.json" with { type: "json" };
import type { DatabaseFlavor } from "../database/database.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { type Pulse, readCounts } from "../signals/pulse_store.ts";
import type { PulseWriter } from "../signals/pulse_writer.ts";
import { type CountName, Tally } from "../signals/tally.ts";
import { describeFinding } from "../silence/finding.ts";
import { countEntities, type EntityCount } from "./count_entities.ts";
import { countJobs, type JobCounts } from "./count_jobs.ts";
import { readFacts } from "./facts.ts";
import { type Problem, problemsOf } from "./problems.ts";

/** How many messages had which outcome. `received` is the sum of the others. */
export type MessageCounts = Readonly<Record<Exclude<CountName, "effectsDone" | "effectsFailed">, number>>;

/** How things stand, for a person. */
export interface Stats {
  readonly now: Date;
  readonly version: string;
  readonly database: { readonly flavor: DatabaseFlavor };
  readonly source: {
    readonly silent: boolean;
    readonly silentSince: Date | null;
    readonly findings: readonly string[];
    /** The last webhook. */
    readonly lastReceivedAt: Date | null;
  };
  readonly messages: {
    readonly lastHour: MessageCounts;
    readonly lastDay: MessageCounts;
    /** On file now; counted up to 10,000. */
    readonly quarantined: number;
  };
  readonly entities: readonly EntityCount[];
  readonly jobs: JobCounts;
  readonly breakersOpen: number;
  readonly policiesStopped: number;
  readonly drift: number;
  readonly healthy: boolean;
  /** The most urgent first. */
  readonly problems: readonly Problem[];
}

export interface ReadStatsOptions {
  readonly flavor: DatabaseFlavor;
  readonly pulses: PulseWriter;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** One statement after the other: the other connections are for the webhooks. */
export async function readStats(db: Kysely<DocketDatabase>, { flavor, pulses }: ReadStatsOptions): Promise<Stats> {
  const nowMs = Date.now();
  const lastHour = await countSince(db, nowMs - HOUR_MS, pulses);
  const lastDay = await countSince(db, nowMs - DAY_MS, pulses);
  const facts = await readFacts(db);
  const jobs = await countJobs(db);
  const entities = await countEntities(db);
  const problems = problemsOf(facts, jobs, { nowMs });
  const { silence, lastReceivedAt, quarantined, breakers, stopped, drift } = facts;
  const silentSinceMs = silence?.silentSinceMs ?? null;
  return {
    now: new Date(nowMs),
    version: packageJson.version,
    database: { flavor },
    source: {
      silent: silentSinceMs !== null,
      silentSince: silentSinceMs === null ? null : new Date(silentSinceMs),
      findings: (silence?.findings ?? []).map(describeFinding),
      lastReceivedAt,
    },
    messages: { lastHour, lastDay, quarantined },
    entities,
    jobs,
    breakersOpen: breakers.length,
    policiesStopped: stopped.length,
    drift,
    healthy: problems.every(({ severity }) => severity === "notice"),
    problems,
  };
}

async function countSince(db: Kysely<DocketDatabase>, fromMs: number, pulses: PulseWriter): Promise<MessageCounts> {
  const { written, unwritten } = await pulses.whole(() => readCounts(db, fromMs));
  return messageCountsOf(sumOf([{ atMs: fromMs, tally: written }, ...unwritten.filter(({ atMs }) => atMs >= fromMs)]));
}

function sumOf(pulses: readonly Pulse[]): Tally {
  const all = new Tally();
  for (const { tally } of pulses) all.add(tally);
  return all;
}

/** Without what was counted of jobs. */
export function messageCountsOf({ counts }: Tally): MessageCounts {
  const { effectsDone: _done, effectsFailed: _failed, ...messages } = counts;
  return messages;
}
