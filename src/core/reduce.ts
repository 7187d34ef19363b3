import type { DocketEffect, Outcome, SkipReason } from "./effect.ts";
import { envelopeOf, type Message } from "./message.ts";
import type { Filed, InstanceGuard, OnFile } from "./on_file.ts";
import { reduceChanged } from "./reduce_changed.ts";
import { reduceDeleted } from "./reduce_deleted.ts";

/**
 * Decides what one message asks for, given what is on file.
 *
 * Arrival order does not matter: each effect is convergent (newest version wins, tombstones merge) or keyed, so any
 * shuffle, repetition or batching of the same messages ends in the same tables.
 *
 * @param onFile What is on file about this very message: see `consult`.
 * @returns Effects to carry out in one transaction; never empty. The first one files or counts the message.
 */
export function reduce(onFile: OnFile, message: Message): readonly DocketEffect[] {
  const { filed } = onFile;
  if (filed !== null) {
    const differs = filed.bodyHash !== message.bodyHash;
    const counted: DocketEffect = { _tag: "CountDelivery", svixId: message.svixId, differs };
    if (differs || !isTriedAgain(filed)) return [counted, skip(message, "duplicate")];
    return [counted, ...decide(onFile, { ...message, receivedAtMs: filed.receivedAtMs })];
  }
  return decide(onFile, message);
}

/**
 * Decides anew about a message that was set aside, as if it had come again, but that nobody sent it: what is understood
 * by now takes its place by its version, received when it was. One that was decided for good stays as it is.
 *
 * @param jobs False: the tables alone are to change. No job is planned or armed; those that wait are withdrawn, or get
 * another payload, as the message has it.
 */
export function retake(onFile: OnFile, message: Message, { jobs }: RetakeOptions): readonly DocketEffect[] {
  const { filed } = onFile;
  if (filed === null || !isSetAside(filed)) return [skip(message, "duplicate")];
  const { receivedAtMs, bodyHash } = filed;
  const effects = decide(onFile, { ...message, receivedAtMs, bodyHash });
  if (jobs) return effects;
  const recorded = [...onFile.jobs, ...onFile.children.flatMap((child) => child.jobs)];
  const wanted = new Set(recorded.filter((it) => it.wanted).map(({ job }) => job.key));
  return effects.filter((it) => it._tag !== "ArmJob" && (it._tag !== "PlanJob" || wanted.has(it.job.key)));
}

export interface RetakeOptions {
  readonly jobs: boolean;
}

/** What a delivery of the message is answered, read off its effects. */
export function answerOf(effects: readonly DocketEffect[]): Outcome | "duplicate" {
  for (const effect of effects) {
    if (effect._tag === "FileMessage") return effect.outcome;
  }
  return "duplicate";
}

/** Fixed by a new release or setting, such a message may now pass; all others were decided for good. */
function isTriedAgain(filed: Filed): boolean {
  return filed.outcome === "quarantined" || filed.outcome === "foreign";
}

/** A new release may have a table for what was ignored too. */
function isSetAside(filed: Filed): boolean {
  return isTriedAgain(filed) || filed.outcome === "ignored";
}

function decide(onFile: OnFile, message: Message): readonly DocketEffect[] {
  if (isForeign(onFile.guard, message.instanceId)) return setAside(message, "foreign");
  switch (message._tag) {
    case "Unreadable":
      return setAside(message, "quarantined");
    case "Unmapped":
      return [...setAside(message, "ignored"), ...pinInstance(onFile.guard, message)];
    case "Changed":
      return [...reduceChanged(onFile, message), ...pinInstance(onFile.guard, message)];
    case "Deleted":
      return [...reduceDeleted(onFile, message), ...pinInstance(onFile.guard, message)];
    default:
      return message satisfies never;
  }
}

/** True for messages of an instance that is not accepted. */
export function isForeign(guard: InstanceGuard, instanceId: string | null): boolean {
  if (instanceId === null) return false;
  switch (guard._tag) {
    case "Listed":
      return !guard.instanceIds.includes(instanceId);
    case "FirstSeen":
      if (guard.welcome.includes(instanceId)) return false;
      if (guard.pinned === null) return guard.examples.includes(instanceId);
      return guard.pinned !== instanceId;
    default:
      return guard satisfies never;
  }
}

function pinInstance(guard: InstanceGuard, { instanceId }: Message): readonly DocketEffect[] {
  if (guard._tag !== "FirstSeen" || guard.pinned !== null || instanceId === null) return [];
  return guard.welcome.includes(instanceId) ? [] : [{ _tag: "PinInstance", instanceId }];
}

/** Kept in the log, and nothing else. */
function setAside(message: Message, reason: "foreign" | "quarantined" | "ignored"): readonly DocketEffect[] {
  const named = message._tag === "Changed" || message._tag === "Deleted";
  return [
    {
      _tag: "FileMessage",
      envelope: envelopeOf(message),
      outcome: reason,
      ref: named ? message.ref : null,
      version: named ? message.version : null,
      fault: message._tag === "Unreadable" ? message.fault : null,
      told: null,
      erased: false,
    },
    skip(message, reason),
  ];
}

function skip(message: Message, reason: SkipReason): DocketEffect {
  return { _tag: "SkipMessage", svixId: message.svixId, reason };
}
