import type { ChangeEntry, DocketEffect, Outcome } from "./effect.ts";
import { newestOf, tombstoneOf } from "./entity.ts";
import { eraseBody } from "./erase.ts";
import { applyToIndex, consult, find, type Index } from "./index.ts";
import type { JobOnFile, WantedJob } from "./job.ts";
import { type EntityRef, refKey } from "./kind.ts";
import type { Body, Envelope, Message } from "./message.ts";
import type { InstanceGuard, OnDelete } from "./on_file.ts";
import type { Policy } from "./policy.ts";
import { reduce } from "./reduce.ts";
import { compareVersions, type Version } from "./version.ts";

/** One row of a table, as far as it is a function of the messages. */
export interface Row {
  readonly ref: EntityRef;
  readonly instanceId: string | null;
  /** Null for an entity known by its deletion alone. */
  readonly version: Version | null;
  readonly body: Body | null;
  readonly deletedAtMs: number | null;
}

/** One message in the log. */
export interface LogEntry {
  readonly envelope: Envelope;
  readonly ref: EntityRef | null;
  readonly version: Version | null;
  readonly outcome: Outcome;
  readonly fault: string | null;
  readonly deliveries: number;
  /** Deliveries whose body was not the first one's. */
  readonly differing: number;
  /** True: the payload on file is without personal data. */
  readonly erased: boolean;
}

/** All that Docket keeps, in memory. What SQL must come to: it is the specification, and the tests' stand-in for it. */
export interface World {
  readonly index: Index;
  /** By `refKey`. */
  readonly rows: ReadonlyMap<string, Row>;
  /** By svix id. */
  readonly log: ReadonlyMap<string, LogEntry>;
  /** The last known sign-in by user id, milliseconds since the Unix epoch. */
  readonly signInsMs: ReadonlyMap<string, number>;
  /** The change log, by entity and intent: `<refKey>#<intent>`. */
  readonly changes: ReadonlyMap<string, ChangeEntry>;
  /** Faults of policies, by policy, entity and intent: `<policy>#<refKey>#<intent>`. */
  readonly planFaults: ReadonlyMap<string, string>;
  /** Level-triggered jobs that were armed, by key. */
  readonly armed: ReadonlyMap<string, WantedJob>;
}

/** A world that has seen nothing. */
export function emptyWorld(settings: WorldSettings): World {
  const index: Index = { policies: [], ...settings, ledger: new Map(), entities: new Map() };
  return {
    index,
    rows: new Map(),
    log: new Map(),
    signInsMs: new Map(),
    changes: new Map(),
    planFaults: new Map(),
    armed: new Map(),
  };
}

/** What a world decides by. */
export interface WorldSettings {
  readonly guard: InstanceGuard;
  readonly onDelete: OnDelete;
  /** @default none */
  readonly policies?: readonly Policy[];
}

/** All jobs on file. */
export function jobsOf({ index }: World): readonly JobOnFile[] {
  return [...index.entities.values()].flatMap(({ jobs }) => jobs);
}

/** Takes one message to its effects, and carries them out in memory. */
export function receive(world: World, message: Message): World {
  return reduce(consult(world.index, message), message).reduce(apply, world);
}

/** Carries out one effect in memory. The SQL interpreter is tested against this. */
export function apply(world: World, effect: DocketEffect): World {
  const index = applyToIndex(world.index, [effect]);
  const next = { ...world, index };
  switch (effect._tag) {
    case "FileMessage":
      return { ...next, log: withEntry(world.log, effect) };
    case "CountDelivery":
      return { ...next, log: withDelivery(world.log, effect) };
    case "SaveVersion":
      return { ...next, rows: withVersion(next, effect) };
    case "BuryEntity":
      return { ...next, rows: withBurial(next, effect) };
    case "SealEntity":
      return { ...next, log: withErasure(world.log, effect.ref), changes: withoutLife(world.changes, effect.ref) };
    case "LogChanges":
      return { ...next, changes: withChanges(world.changes, effect) };
    case "ArmJob":
      return { ...next, armed: withArmed(world.armed, effect.job) };
    case "NotePlan":
      return { ...next, planFaults: withPlan(world.planFaults, effect) };
    case "NoteSignIn": {
      const atMs = Math.max(world.signInsMs.get(effect.userId) ?? effect.atMs, effect.atMs);
      return { ...next, signInsMs: new Map(world.signInsMs).set(effect.userId, atMs) };
    }
    case "PlanJob":
    case "WithdrawJob":
    case "MarkMoot":
    case "LinkParent":
    case "PinInstance":
    case "CascadeDeletion":
    case "SkipMessage":
      return next;
    default:
      return effect satisfies never;
  }
}

type Log = World["log"];
type Rows = World["rows"];
type EffectOf<T extends DocketEffect["_tag"]> = Extract<DocketEffect, { readonly _tag: T }>;

/** The first receipt stays: a message tried again only gets its new outcome. */
function withEntry(log: Log, effect: EffectOf<"FileMessage">): Log {
  const { envelope, ref, version, outcome, fault, erased } = effect;
  const before = log.get(envelope.svixId);
  const receivedAtMs = before?.envelope.receivedAtMs ?? envelope.receivedAtMs;
  const { deliveries, differing } = before ?? { deliveries: 1, differing: 0 };
  const entry = {
    envelope: { ...envelope, receivedAtMs },
    ref,
    version,
    outcome,
    fault,
    deliveries,
    differing,
    erased,
  };
  return new Map(log).set(envelope.svixId, entry);
}

function withDelivery(log: Log, { svixId, differs }: EffectOf<"CountDelivery">): Log {
  const entry = log.get(svixId);
  if (entry === undefined) return log;
  const { deliveries, differing } = entry;
  return new Map(log).set(svixId, { ...entry, deliveries: deliveries + 1, differing: differing + (differs ? 1 : 0) });
}

function withErasure(log: Log, ref: EntityRef): Log {
  const key = refKey(ref);
  const erase = (entry: LogEntry): LogEntry =>
    entry.ref !== null && refKey(entry.ref) === key ? { ...entry, erased: true } : entry;
  return new Map([...log].map(([svixId, entry]) => [svixId, erase(entry)]));
}

function withVersion({ index, rows }: World, { ref, version, instanceId, body }: EffectOf<"SaveVersion">): Rows {
  const { entity } = find(index, ref);
  const newest = newestOf(entity);
  if (newest === null || compareVersions(newest, version) !== 0) return rows;
  const deletedAtMs = tombstoneOf(entity)?.deletedAtMs ?? null;
  return new Map(rows).set(refKey(ref), { ref, instanceId, version, body, deletedAtMs });
}

function withBurial({ index, rows }: World, { ref, erase }: EffectOf<"BuryEntity">): Rows {
  const tombstone = tombstoneOf(find(index, ref).entity);
  if (tombstone === null) return rows;
  const { deletedAtMs, death } = tombstone;
  const row = rows.get(refKey(ref)) ?? { ref, version: null, body: null };
  const instanceId = row.body === null ? death.instanceId : (row as Row).instanceId;
  const body = erase && row.body !== null ? eraseBody(row.body) : row.body;
  return new Map(rows).set(refKey(ref), { ...row, instanceId, body, deletedAtMs });
}

type Changes = World["changes"];

function withChanges(changes: Changes, { ref, intent, entry }: EffectOf<"LogChanges">): Changes {
  const next = new Map(changes);
  if (entry === null) next.delete(`${refKey(ref)}#${intent}`);
  else next.set(`${refKey(ref)}#${intent}`, entry);
  return next;
}

/** Of a sealed entity the change log keeps only that it is gone. */
function withoutLife(changes: Changes, ref: EntityRef): Changes {
  const prefix = `${refKey(ref)}#`;
  return new Map([...changes].filter(([key]) => !key.startsWith(prefix) || key === `${prefix}-`));
}

function withPlan(faults: World["planFaults"], effect: EffectOf<"NotePlan">): World["planFaults"] {
  const next = new Map(faults);
  const key = `${effect.policy}#${refKey(effect.ref)}#${effect.intent}`;
  if (effect.fault === null) next.delete(key);
  else next.set(key, effect.fault);
  return next;
}

function withArmed(armed: World["armed"], job: WantedJob): World["armed"] {
  const before = armed.get(job.key);
  const isNewer =
    before === undefined || before.asOfMs < job.asOfMs || (before.asOfMs === job.asOfMs && before.svixId <= job.svixId);
  return isNewer ? new Map(armed).set(job.key, job) : armed;
}
