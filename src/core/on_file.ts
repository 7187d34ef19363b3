import type { Outcome } from "./effect.ts";
import type { Entity, Known } from "./entity.ts";
import type { JobOnFile } from "./job.ts";
import type { EntityRef } from "./kind.ts";
import type { Policy } from "./policy.ts";
import type { Told } from "./told.ts";

/** Which instances' messages are applied. Stored configuration: the laws are relative to it. */
export type InstanceGuard =
  /** Those named, and those without an `instance_id`. */
  | { readonly _tag: "Listed"; readonly instanceIds: readonly string[] }
  /** The first one seen. `examples` are never pinned: their messages are foreign, unless `welcome` names them. */
  | {
      readonly _tag: "FirstSeen";
      readonly pinned: string | null;
      readonly examples: readonly string[];
      readonly welcome: readonly string[];
    };

/** What happens to personal data when an entity is deleted (`DOCKET_ON_DELETE`). */
export type OnDelete = "erase" | "keep";

/** A message already in the ledger. */
export interface Filed {
  readonly outcome: Outcome;
  /** Of the body that came first. */
  readonly bodyHash: string;
  /** Of the delivery that was recorded first, milliseconds since the Unix epoch. */
  readonly receivedAtMs: number;
}

/** An entity with its chain and its jobs, as far as they can change. */
export interface Member extends Known {
  /** Its messages: all, or those of the groups around the change and of the newest. */
  readonly told: readonly Told[];
  /** Its jobs: all, or those pending and those of the edges around the change. */
  readonly jobs: readonly JobOnFile[];
}

/** All that is on file about one message: what `reduce` decides from. */
export interface OnFile {
  /** The ledger's entry under the message's svix id; null when it was never seen. */
  readonly filed: Filed | null;
  readonly guard: InstanceGuard;
  readonly onDelete: OnDelete;
  readonly policies: readonly Policy[];
  /** The entity that the message is about; absent when it names none. */
  readonly entity: Entity;
  readonly told: readonly Told[];
  readonly jobs: readonly JobOnFile[];
  /** The parents that the entity is linked to. */
  readonly linked: readonly EntityRef[];
  /** The parents that the message names. */
  readonly parents: readonly Known[];
  /** The entity's children; only read for a deletion. */
  readonly children: readonly Member[];
  /** False when there are more children than were read. */
  readonly childrenComplete: boolean;
}
