import type { Chain } from "./chain.ts";
import type { Json } from "./json.ts";
import type { EntityRef, Kind } from "./kind.ts";
import type { Until } from "./policy.ts";
import type { Values } from "./value.ts";

/** A job that an edge wants, as a function of the messages alone. Plain data. */
export interface WantedJob {
  /** `policy/kind/id/intent`, or `policy/kind/id` for a policy of `once`; the receiver's idempotency key. */
  readonly key: string;
  readonly policy: string;
  readonly ref: EntityRef;
  /** Of the edge that wants it. */
  readonly intent: string;
  readonly handler: string;
  readonly payload: Json;
  /** May not start before, milliseconds since the Unix epoch. */
  readonly startAtMs: number;
  readonly until: Until;
  readonly needs: readonly EntityRef[];
  /** Waits until a person lets it go. */
  readonly approval: boolean;
  /** The version that wants it: as of when, and by which message. */
  readonly asOfMs: number;
  readonly svixId: string;
}

/** How far a job got: history, unlike what is wanted. `cancelled` is a person's doing, and sticks. */
export type JobPhase = "pending" | "running" | "done" | "dead" | "cancelled";

/** A job in the ledger. */
export interface JobOnFile {
  readonly job: WantedJob;
  /** A function of the messages. */
  readonly wanted: boolean;
  /** Its `until` holds for the entity as it is now: a function of the messages too. */
  readonly moot: boolean;
  readonly phase: JobPhase;
}

export type JobState = "planned" | "running" | "done" | "cancelled" | "withdrawn" | "regretted" | "dead";

/** The state as it is shown: what is wanted and how far it got, in one word. */
export function jobStateOf({ wanted, moot, phase }: Omit<JobOnFile, "job">): JobState {
  switch (phase) {
    case "pending":
      if (!wanted) return "withdrawn";
      return moot ? "cancelled" : "planned";
    case "done":
      return wanted ? "done" : "regretted";
    case "running":
    case "dead":
    case "cancelled":
      return phase;
    default:
      return phase satisfies never;
  }
}

/** The entity as `until` sees it: its newest version, and whether it is deleted. */
export interface Head {
  readonly value: Values[Kind] | null;
  readonly isDeleted: boolean;
}

/** The head of a chain. */
export function headOf({ links, grave }: Chain): Head {
  return { value: links.at(-1)?.body?.value ?? null, isDeleted: grave !== null };
}

/** True when the condition holds, and so the job is pointless. */
export function untilHolds(until: Until, { value, isDeleted }: Head): boolean {
  if (until === "never") return false;
  if (isDeleted) return true;
  if (until === "deleted" || value === null) return false;
  const fields: Readonly<Record<string, unknown>> = { ...value };
  return Object.entries(until).some(([field, values]) => values?.some((it: Json) => it === fields[field]) ?? false);
}
