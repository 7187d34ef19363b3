import type { Load } from "./requests.ts";

/** One way in which messages come. */
export interface Scenario extends Pick<Load, "event" | "bodyBytes" | "keys" | "latePercent" | "copyPercent"> {
  readonly name: string;
  readonly senders: number;
  /** Sent at this rate whether or not answers come. Absent: as fast as answers come. */
  readonly ratePerSecond?: number;
  /** Messages of a run, warming up not counted; with one sender a tenth of it is enough. */
  readonly share: number;
}

const NEW = { event: "created", bodyBytes: 1_500, keys: 1 } as const;
const CHANGED = { event: "updated", bodyBytes: 1_500, keys: 2_000 } as const;

export const SCENARIOS: readonly Scenario[] = [
  { ...NEW, name: "new-128", senders: 128, share: 1 },
  { ...NEW, name: "new-32", senders: 32, share: 0.5 },
  { ...NEW, name: "new-1", senders: 1, share: 0.1 },
  { ...CHANGED, name: "changed-128", senders: 128, share: 1 },
  { ...CHANGED, name: "late-128", latePercent: 33, senders: 128, share: 1 },
  { ...CHANGED, name: "copies-128", copyPercent: 33, senders: 128, share: 1 },
  { ...CHANGED, name: "hot-128", keys: 1, senders: 128, share: 0.5 },
  { ...NEW, name: "large-128", bodyBytes: 15_000, senders: 128, share: 0.25 },
  // Far below what any of them can take: what one message waits for when there is no queue.
  { ...NEW, name: "open-200", senders: 128, ratePerSecond: 200, share: 0.2 },
];

/** What it is, for people. */
export function describeScenario(scenario: Scenario): string {
  const { event, bodyBytes, keys, senders, latePercent, copyPercent, ratePerSecond } = scenario;
  const what = event === "created" ? "new users" : keys === 1 ? "changes of one user" : `changes of ${keys} users`;
  const words = [
    `${scenario.name}: ${what}`,
    latePercent === undefined ? "" : `${latePercent}% of them three hours late`,
    copyPercent === undefined ? "" : `${copyPercent}% of them sent twice in a row`,
    `bodies of ${bodyBytes / 1_000} kB`,
    `${senders} connections`,
    ratePerSecond === undefined ? "" : `${ratePerSecond} sent a second whether or not answers come`,
  ];
  return words.filter((it) => it !== "").join(", ");
}
