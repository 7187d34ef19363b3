import {
  answerOf,
  applyToDraft,
  consult,
  type DocketEffect,
  draftOf,
  type Entity,
  type EntityRef,
  type Message,
  newestOf,
  type Outcome,
  type RetakeOptions,
  reduce,
  retake,
  type Version,
} from "../../core/mod.ts";
import { leaveChores } from "./chores.ts";
import type { Slice } from "./read_slice.ts";
import type { Tx } from "./sql.ts";
import { writeContents } from "./write_contents.ts";
import { writeEffects } from "./write_effects.ts";

/** What a delivery is answered. */
export type Answer = Outcome | "duplicate";

export interface Recorded {
  readonly answers: readonly Answer[];
  /** True if there is something to run at once. */
  readonly planned: boolean;
  /** By how many milliseconds each of the stale messages was behind what was on file. */
  readonly lateMs: readonly number[];
}

export interface RecordSettings {
  /** What is on file of what they touch. */
  readonly before: Slice;
  /** The messages are on file, and to be decided anew. Undefined: they just came. */
  readonly retaking: RetakeOptions | undefined;
}

/** Decides about messages and writes what follows. The middle is pure: what was read goes in, effects come out. */
export async function recordAll(
  tx: Tx,
  messages: readonly Message[],
  { before, retaking }: RecordSettings,
): Promise<Recorded> {
  const after = draftOf(before);
  const effects: DocketEffect[] = [];
  const lateMs: number[] = [];
  const answers = messages.map((message) => {
    const onFile = consult(after, message);
    const decided = retaking === undefined ? reduce(onFile, message) : retake(onFile, message, retaking);
    for (const effect of decided) applyToDraft(after, effect);
    effects.push(...decided);
    const answer = answerOf(decided);
    if (answer === "stale" && "version" in message) lateMs.push(lateBy(onFile.entity, message.version));
    return answer;
  });
  await writeEffects(tx, effects, { before, after, unheard: before.unheard });
  // What a message on file said is told no more: codes are in no log.
  if (retaking === undefined) await writeContents(tx, effects, messages);
  if (retaking?.jobs === false) await leaveChores(tx, "seal", buriedBy(effects));
  return { answers, planned: effects.some((effect) => startsSoon(effect, Date.now())), lateMs };
}

/** What starts later is found by looking, as workers do all the time. */
function startsSoon(effect: DocketEffect, nowMs: number): boolean {
  return (effect._tag === "PlanJob" || effect._tag === "ArmJob") && effect.job.startAtMs <= nowMs + SOON_MS;
}

const SOON_MS = 500;

/** By how much what is on file is newer: 0 where only the deletion is. */
function lateBy(entity: Entity, { asOfMs }: Version): number {
  return Math.max(0, (newestOf(entity)?.asOfMs ?? asOfMs) - asOfMs);
}

/** Whose personal data waited for jobs that are not planned now. */
function buriedBy(effects: readonly DocketEffect[]): readonly EntityRef[] {
  return effects.flatMap((effect) => (effect._tag === "BuryEntity" ? [effect.ref] : []));
}
