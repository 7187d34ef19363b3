/**
 * The core of Docket: what a message from Clerk means, as data.
 *
 * A message names one entity and one version of it. `consult` gathers what is on file about it, `reduce` turns both
 * into effects, `apply` carries the effects out in memory. Nothing here has a clock, I/O or randomness, so what the
 * core decides can be stored, compared and replayed.
 *
 * Why arrival order cannot show: an entity's state is the newest live version and the merge of all tombstones, both
 * of them joins (commutative, associative, idempotent) of what was seen. Each effect either moves such a join forward
 * (`SaveVersion`, `BuryEntity`, `NoteSignIn`) or is keyed and done once (`FileMessage`, `LinkParent`, `PinInstance`).
 * A parent's tombstone reaches its children from both sides: when it arrives, those linked are buried; when a child
 * arrives, it inherits. Both look at the same pair under lock, so neither can miss the other.
 *
 * Side effects belong to edges. The live versions of an entity, sorted, make a chain from nothing to its newest version
 * and, once deleted, into its grave; an edge is two neighbours of that chain. A policy is a pure function of an edge: it
 * never sees an arrival. A message changes the chain around one place, so `rewire` compares the few edges there before
 * and after it, plans (`PlanJob`) what the new ones want and withdraws (`WithdrawJob`) what only the old ones wanted.
 * A job is keyed by the intent of its edge (`+` out of nothing, `-` into the grave, else its time and type), so what a
 * late message merely moves keeps its job. Hence the jobs wanted are the union of all policies over all edges of the
 * sorted chains: a function of the set of messages, and of nothing else. The change log is made the same way. What ran
 * stays history: a job that is no longer wanted after it ran is regretted, and one wanted again never runs twice. Two
 * kinds of policy have keys without an intent: `once` (one job a chain) and `level` (not an edge's, but a state's).
 *
 * @module
 */
export {
  type BuiltinOptions,
  builtin,
  type DefaultedOptions,
  type DunningOptions,
  type EmailOptions,
  type EntitlementsOptions,
  type HandlerOptions,
  type InvitationReminderOptions,
  type PermissionsOptions,
  type SessionLimitOptions,
  type TrialEndingOptions,
  type WelcomeOptions,
} from "./builtin.ts";
export { buryChildren } from "./bury.ts";
export { type ChainNode, chainOf, type Grave, type Link, NOTHING, wholePath } from "./chain.ts";
export { type Span, spanMs } from "./duration.ts";
export { type Edge, edgesOf } from "./edge.ts";
export type {
  ArmJob,
  BuryEntity,
  CascadeDeletion,
  ChangeEntry,
  CountDelivery,
  DocketEffect,
  FileMessage,
  LinkParent,
  LogChanges,
  MarkMoot,
  NotePlan,
  NoteSignIn,
  Outcome,
  PinInstance,
  PlanJob,
  SaveVersion,
  SealEntity,
  SkipMessage,
  SkipReason,
  WithdrawJob,
} from "./effect.ts";
export { ABSENT, type Entity, isSealed, type Known, newestOf, tombstoneOf } from "./entity.ts";
export { eraseBody, eraseData } from "./erase.ts";
export type { FieldChange } from "./field_change.ts";
export {
  applyToDraft,
  applyToIndex,
  consult,
  draftOf,
  find,
  type Index,
  type IndexDraft,
  type Indexed,
} from "./index.ts";
export { type JobOnFile, type JobPhase, type JobState, jobStateOf, untilHolds, type WantedJob } from "./job.ts";
export { type Json, type JsonObject, sameJson } from "./json.ts";
export {
  type ChangeKind,
  type EntityRef,
  EVENT_TYPES,
  type EventType,
  type EventTypeInfo,
  type EventTypeOf,
  isEventType,
  KINDS,
  type Kind,
  PARENT_KINDS,
  refKey,
} from "./kind.ts";
export {
  type Body,
  type BodyOf,
  type Changed,
  type ChangedOf,
  type Deleted,
  type Envelope,
  envelopeOf,
  type Message,
  type Source,
  type Unmapped,
  type Unreadable,
} from "./message.ts";
export type { Filed, InstanceGuard, Member, OnDelete, OnFile } from "./on_file.ts";
export { type Plan, planEdge } from "./plan.ts";
export { type PlanMissingOptions, planMissing } from "./plan_missing.ts";
export {
  type Change,
  type Decide,
  type Job,
  type JobOptions,
  type JobRate,
  job,
  type Policy,
  type PolicyOf,
  type PolicyOptions,
  policy,
  type Side,
  type Until,
} from "./policy.ts";
export { answerOf, isForeign, type RetakeOptions, reduce, retake } from "./reduce.ts";
export { BEFORE_LIFE_MS } from "./reduce_deleted.ts";
export { logEdge } from "./rewire.ts";
export { isOpenSession, type SessionAsIs, sessionsOverLimit } from "./session_limit.ts";
export type { Told } from "./told.ts";
export { type Death, mergeTombstones, sameTombstone, type Tombstone } from "./tombstone.ts";
export type * from "./value.ts";
export { compareVersions, envelopeTimestampMs, type Version, type VersionRank } from "./version.ts";
export { sealWhenDone } from "./wire.ts";
export {
  apply,
  emptyWorld,
  jobsOf,
  type LogEntry,
  type Row,
  receive,
  type World,
  type WorldSettings,
} from "./world.ts";
