import type { FieldChange } from "./field_change.ts";
import type { WantedJob } from "./job.ts";
import type { EntityRef } from "./kind.ts";
import type { Body, Envelope, Source } from "./message.ts";
import type { Told } from "./told.ts";
import type { Tombstone } from "./tombstone.ts";
import type { Version } from "./version.ts";

/** What a message came to, as it is answered and recorded. `duplicate` is answered only, never recorded. */
export type Outcome = "applied" | "stale" | "ignored" | "foreign" | "quarantined";

/** Why a message leaves the tables as they are. */
export type SkipReason = "duplicate" | "stale" | "foreign" | "ignored" | "quarantined";

/** Keyed by `svixId`: puts the message into the ledger and the log, or gives one tried again its new outcome. */
export interface FileMessage {
  readonly _tag: "FileMessage";
  readonly envelope: Envelope;
  readonly outcome: Outcome;
  /** The entity it is about; null when it names none. */
  readonly ref: EntityRef | null;
  readonly version: Version | null;
  /** Why it was quarantined; null otherwise. */
  readonly fault: string | null;
  /** What it adds to its entity's chain; null when it is set aside. */
  readonly told: Told | null;
  /** True when the entity's chain is sealed: what is kept of the payload is then without personal data. */
  readonly erased: boolean;
}

/** Keyed by `svixId`: one more delivery of a message on file. `differs`: under the same id came another body. */
export interface CountDelivery {
  readonly _tag: "CountDelivery";
  readonly svixId: string;
  readonly differs: boolean;
}

/** Keyed, the first one wins: from now on messages of other instances are foreign. */
export interface PinInstance {
  readonly _tag: "PinInstance";
  readonly instanceId: string;
}

/** Convergent, newest version wins: this version is what the entity's row shows. */
export interface SaveVersion {
  readonly _tag: "SaveVersion";
  readonly ref: EntityRef;
  readonly version: Version;
  readonly instanceId: string | null;
  readonly body: Body;
}

/** Convergent, tombstones merge: the entity is deleted, by its own deletion (`own`) or a parent's (`inherited`). */
export interface BuryEntity {
  readonly _tag: "BuryEntity";
  readonly ref: EntityRef;
  readonly cause: "own" | "inherited";
  readonly tombstone: Tombstone;
  /** True: personal data leaves the row. The log follows with `SealEntity`. */
  readonly erase: boolean;
}

/** Keyed by the pair: once linked, always linked, so that re-parenting never undeletes. */
export interface LinkParent {
  readonly _tag: "LinkParent";
  readonly child: EntityRef;
  readonly parent: EntityRef;
}

/** Keyed by parent: more children are to be buried than were read; the rest follows in pages. */
export interface CascadeDeletion {
  readonly _tag: "CascadeDeletion";
  readonly parent: EntityRef;
}

/** Convergent, greatest wins: the user signed in then. */
export interface NoteSignIn {
  readonly _tag: "NoteSignIn";
  readonly userId: string;
  readonly atMs: number;
}

/** Convergent: a function of the messages under its key. The job is wanted, like this; `moot`: its `until` holds now. */
export interface PlanJob {
  readonly _tag: "PlanJob";
  readonly job: WantedJob;
  readonly moot: boolean;
}

/** Convergent: the job is no longer wanted. Not started, it never will be; done, it is regretted. */
export interface WithdrawJob {
  readonly _tag: "WithdrawJob";
  readonly ref: EntityRef;
  readonly key: string;
}

/** Convergent: whether the job's `until` holds for the entity's newest version. */
export interface MarkMoot {
  readonly _tag: "MarkMoot";
  readonly ref: EntityRef;
  readonly key: string;
  readonly moot: boolean;
}

/**
 * Keyed by its subject, and of the payload of the newest change: the level-triggered job has something to look at.
 * Done, it waits again; running, it will run once more.
 */
export interface ArmJob {
  readonly _tag: "ArmJob";
  readonly job: WantedJob;
}

/** Convergent by edge and policy: the fault that kept the policy from planning it; null clears it. */
export interface NotePlan {
  readonly _tag: "NotePlan";
  readonly policy: string;
  readonly ref: EntityRef;
  /** Empty for a policy of `once`. */
  readonly intent: string;
  readonly fault: string | null;
}

/** Convergent by edge: its lines of the change log; null removes them. */
export interface LogChanges {
  readonly _tag: "LogChanges";
  readonly ref: EntityRef;
  readonly intent: string;
  readonly entry: ChangeEntry | null;
}

/** What changed on one edge: who said so, as of when, and which fields. */
export interface ChangeEntry {
  readonly event: string;
  readonly source: Source;
  readonly asOfMs: number;
  readonly svixId: string;
  readonly changes: readonly FieldChange[];
}

/**
 * Idempotent: personal data leaves the log, the change log and the jobs of the entity, and its chain is sealed: from
 * then on the jobs are those on file.
 */
export interface SealEntity {
  readonly _tag: "SealEntity";
  readonly ref: EntityRef;
}

/** Changes nothing: says that the message leaves the tables as they are, and why. */
export interface SkipMessage {
  readonly _tag: "SkipMessage";
  readonly svixId: string;
  readonly reason: SkipReason;
}

/** What the shell must carry out, all of a batch in one transaction. Plain data. */
export type DocketEffect =
  | FileMessage
  | CountDelivery
  | PinInstance
  | SaveVersion
  | BuryEntity
  | LinkParent
  | CascadeDeletion
  | NoteSignIn
  | PlanJob
  | WithdrawJob
  | MarkMoot
  | ArmJob
  | NotePlan
  | LogChanges
  | SealEntity
  | SkipMessage;
