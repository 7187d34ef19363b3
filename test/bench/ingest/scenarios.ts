import type { Load } from "./requests.ts";

/** One way in which messages come. */
export interface Scenario extends Pick<Load, "event" | "bodyBytes" | "keys"> {
  readonly name: string;
  readonly senders: number;
  /** Messages of a run, warming up not counted; with one sender a tenth of it is enough. */
  readonly share: number;
}

export const SCENARIOS: readonly Scenario[] = [
  { name: "new-128", event: "created", bodyBytes: 1_500, keys: 1, senders: 128, share: 1 },
  { name: "new-32", event: "created", bodyBytes: 1_500, keys: 1, senders: 32, share: 0.5 },
  { name: "new-1", event: "created", bodyBytes: 1_500, keys: 1, senders: 1, share: 0.1 },
  { name: "changed-128", event: "updated", bodyBytes: 1_500, keys: 2_000, senders: 128, share: 1 },
  { name: "hot-128", event: "updated", bodyBytes: 1_500, keys: 1, senders: 128, share: 0.5 },
  { name: "large-128", event: "created", bodyBytes: 15_000, keys: 1, senders: 128, share: 0.25 },
];

/** What it is, for people. */
export function describeScenario({ event, bodyBytes, keys, senders }: Scenario): string {
  const what = event === "created" ? "new users" : keys === 1 ? "changes of one user" : `changes of ${keys} users`;
  return `${what}, bodies of ${bodyBytes / 1_000} kB, ${senders} connections`;
}
