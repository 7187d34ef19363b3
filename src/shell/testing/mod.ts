/**
 * Docket for those who test their policies: random lives as Clerk tells them, and what your policies want of them.
 *
 * A policy is right when the jobs it wants are the same whatever order, repetition or delay the messages arrive in.
 * Docket sees to that for every pure policy; here you can say what else must hold of yours. Needs `fast-check`.
 *
 * @module
 */
import fc from "fast-check";
import {
  emptyWorld,
  jobsOf,
  type Message,
  type OnDelete,
  type Policy,
  receive,
  type WantedJob,
} from "../../core/mod.ts";
import { decodeDelivery } from "../decode/decode_delivery.ts";
import { SCENARIO_NAMES, type ScenarioName, scenario } from "../example/scenario.ts";

/** What happened at Clerk, and one way in which the network may deliver it. */
export interface ClerkHistory {
  /** Each message once, oldest first. */
  readonly history: readonly Message[];
  /** The same messages in any order, each at least once. */
  readonly delivered: readonly Message[];
}

export interface ClerkHistoryOptions {
  /** Which lives. @default all scenarios of `docket trigger` */
  readonly scenarios?: readonly ScenarioName[];
}

const INSTANCE_ID = "ins_testing";
const NOW_MS = Date.UTC(2026, 0, 1);
const LATE_MS = 6 * 3_600_000;

/** Random parts of whole lives: some messages missing, some hours late, shuffled and repeated. Shrinks to few messages. */
export function clerkHistories(options: ClerkHistoryOptions = {}): fc.Arbitrary<ClerkHistory> {
  const { scenarios = SCENARIO_NAMES } = options;
  return fc
    .record({
      name: fc.constantFrom(...scenarios),
      seed: fc.nat(1_000),
      dropped: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 40 }),
      lateness: fc.array(fc.nat(LATE_MS), { minLength: 1, maxLength: 10 }),
      repeats: fc.array(fc.nat(), { maxLength: 10 }),
      ranks: fc.array(fc.nat(), { minLength: 1, maxLength: 40 }),
    })
    .map(({ name, seed, dropped, lateness, repeats, ranks }) => {
      const told = messagesOf(name, String(seed), lateness).filter((_, index) => dropped[index] !== 1);
      const copies = told.length === 0 ? [] : repeats.map((pick) => told[pick % told.length] as Message);
      const delivered = [...told, ...copies]
        .map((message, index) => ({ message, rank: ranks[(index * 31) % ranks.length] ?? 0 }))
        .sort((left, right) => left.rank - right.rank)
        .map(({ message }) => message);
      return { history: told, delivered };
    });
}

export interface WantedJobsOptions {
  /** @default "keep" */
  readonly onDelete?: OnDelete;
}

/** The jobs that the policies want when these messages have arrived in this order, by key. Nothing is run. */
export function wantedJobs(
  policies: readonly Policy[],
  messages: readonly Message[],
  options: WantedJobsOptions = {},
): readonly WantedJob[] {
  const guard = { _tag: "Listed", instanceIds: [INSTANCE_ID] } as const;
  const world = emptyWorld({ guard, onDelete: options.onDelete ?? "keep", policies });
  return jobsOf(messages.reduce(receive, world))
    .filter(({ wanted, moot }) => wanted && !moot)
    .map(({ job }) => job)
    .sort((left, right) => (left.key < right.key ? -1 : 1));
}

function messagesOf(name: ScenarioName, seed: string, lateness: readonly number[]): readonly Message[] {
  return scenario(name, { seed, nowMs: NOW_MS, instanceId: INSTANCE_ID }).map((envelope, index) =>
    decodeDelivery({
      svixId: `msg_${seed}_${index}`,
      body: JSON.stringify(envelope),
      receivedAtMs: envelope.timestamp + (lateness[index % lateness.length] ?? 0),
    }),
  );
}
