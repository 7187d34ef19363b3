import { Context, Data, Duration, Effect, Layer, Schedule } from "effect";
import { sql } from "kysely";
import {
  answerOf,
  applyToDraft,
  consult,
  type DocketEffect,
  draftOf,
  type Entity,
  type EntityRef,
  envelopeOf,
  type InstanceGuard,
  type Message,
  newestOf,
  type OnDelete,
  type Outcome,
  type Policy,
  type RetakeOptions,
  reduce,
  retake,
  type Version,
} from "../../core/mod.ts";
import { Database } from "../database/database.ts";
import { CLERK_EXAMPLE_INSTANCE_ID, TRIGGER_INSTANCE_ID } from "../instance.ts";
import type { RecordedBatch } from "../signals/recorded_batch.ts";
import { leaveChores } from "./chores.ts";
import { blameOf, describeFault, faultOf } from "./fault.ts";
import { readSlice, type SliceSettings } from "./read_slice.ts";
import { inTransaction, type Tx } from "./sql.ts";
import { writeContents } from "./write_contents.ts";
import { writeEffects } from "./write_effects.ts";

/** What a delivery is answered. */
export type Answer = Outcome | "duplicate";

/** An answer to each message; null to one that was not recorded, and is to come again. */
export type Answers = readonly (Answer | null)[];

/** The database refused or could not be reached. Safe to retry even if the commit did go through: recording is idempotent. */
export class StoreError extends Data.TaggedError("StoreError")<{
  readonly operation: string;
  readonly cause: unknown;
}> {
  override get message(): string {
    return `Cannot ${this.operation} messages: ${JSON.stringify(describeFault(this.cause))}`;
  }
}

/** Configuration that decisions depend on. */
export interface EventStoreOptions {
  /** Empty: the first instance seen, other than Clerk's example instance, is the accepted one. */
  readonly instanceIds: readonly string[];
  readonly onDelete: OnDelete;
  /** @default none */
  readonly policies?: readonly Policy[];
  /** In production `docket trigger`'s own instance is as foreign as any. */
  readonly production: boolean;
  /** Called after a commit that planned jobs which start at once. @default nobody is told */
  readonly onPlanned?: () => void;
  /** Called after each commit, with what it holds. @default nobody is told */
  readonly onRecorded?: (messages: readonly Message[]) => void;
  /** Called after each commit of messages that came, for counting. Must not throw. @default nobody counts */
  readonly onCounted?: (batch: RecordedBatch) => void;
}

export class EventStore extends Context.Service<
  EventStore,
  {
    /**
     * Takes messages into the log and the tables, in one transaction if it can, and answers each. Those answered are
     * on disk. One that can't be recorded is isolated, and quarantined if that would come again; the rest goes on.
     */
    readonly record: (messages: readonly Message[]) => Effect.Effect<Answers, StoreError>;
    /**
     * Decides anew about messages on file that were set aside, in the same way; counts no delivery. `duplicate` is
     * answered to those that were decided for good.
     */
    readonly retake: (messages: readonly Message[], options: RetakingOptions) => Effect.Effect<Answers, StoreError>;
  }
>()("docket/shell/EventStore") {
  static layer(options: EventStoreOptions): Layer.Layer<EventStore, never, Database> {
    return Layer.effect(
      EventStore,
      Effect.gen(function* () {
        const { db } = yield* Database;
        const guardOf = makeGuardReader(options);
        const { onDelete, policies = [], onPlanned, onRecorded, onCounted } = options;

        const attempt = (
          messages: readonly Message[],
          retaking?: RetakingOptions,
        ): Effect.Effect<readonly Answer[], StoreError> =>
          Effect.tryPromise({
            try: async () => {
              const dry = retaking?.dry ?? false;
              const { answers, planned, lateMs } = await inTransaction(db, { dry }, async (tx) => {
                const guard = await guardOf(tx);
                return recordAll(tx, messages, { guard, onDelete, policies, retaking });
              });
              if (planned && !dry) onPlanned?.();
              if (!dry) onRecorded?.(messages);
              if (retaking === undefined) onCounted?.({ messages, answers, lateMs });
              return answers;
            },
            catch: (cause) => new StoreError({ operation: "record", cause }),
          }).pipe(Effect.retry({ schedule: RACES, while: ({ cause }) => blameOf(cause) === "race" }));

        // A batch that fails is halved until the message to blame is alone: it must not take the others with it.
        const isolate = (messages: readonly Message[], options: IsolateOptions): Effect.Effect<Answers, StoreError> =>
          attempt(messages, options.retaking).pipe(
            Effect.catch((error): Effect.Effect<Answers, StoreError> => {
              const [first] = messages;
              const blame = blameOf(error.cause);
              if (first === undefined || blame === "away" || blame === "race") return Effect.fail(error);
              if (messages.length > 1) {
                if (performance.now() > options.untilMs) return Effect.succeed(messages.map(() => null));
                const half = messages.length >> 1;
                return Effect.zipWith(
                  isolate(messages.slice(0, half), options),
                  isolate(messages.slice(half), options),
                  (left, right) => [...left, ...right],
                );
              }
              const refused = Effect.logError("Message refused by the database", {
                svixId: first.svixId,
                ...describeFault(error.cause),
              });
              if (blame === "unknown") return Effect.as(refused, [null]);
              return Effect.andThen(refused, attempt([quarantine(first, error.cause)], options.retaking));
            }),
          );
        const take = (messages: readonly Message[], retaking?: RetakingOptions): Effect.Effect<Answers, StoreError> =>
          Effect.suspend(() => isolate(messages, { untilMs: performance.now() + ISOLATION_LIMIT_MS, retaking }));

        // An interrupted promise keeps running: without this a caller could be told "stopped" while it still commits.
        return EventStore.of({
          record: (messages) => Effect.uninterruptible(take(messages)),
          retake: (messages, retaking) => Effect.uninterruptible(take(messages, retaking)),
        });
      }),
    );
  }
}

/** How messages that were set aside are decided anew. */
export interface RetakingOptions extends RetakeOptions {
  /** Everything is done, answered and taken back. */
  readonly dry: boolean;
}

interface IsolateOptions {
  readonly untilMs: number;
  readonly retaking: RetakingOptions | undefined;
}

/** Longest time for finding the message to blame. What is not tried by then comes again. */
const ISOLATION_LIMIT_MS = 8_000;

/** Lost races are run again: at most 8 times, about 1.5 s in all. */
const RACES = Schedule.exponential(Duration.millis(5)).pipe(Schedule.jittered, Schedule.upTo({ times: 8 }));

export interface Recorded {
  readonly answers: readonly Answer[];
  /** True if there is something to run at once. */
  readonly planned: boolean;
  /** By how many milliseconds each of the stale messages was behind what was on file. */
  readonly lateMs: readonly number[];
}

interface RecordSettings extends SliceSettings {
  /** The messages are on file, and to be decided anew. @default they just came */
  readonly retaking?: RetakeOptions | undefined;
}

/** The middle of the transaction is pure: what was read goes in, effects come out. */
export async function recordAll(
  tx: Tx,
  messages: readonly Message[],
  { retaking, ...settings }: RecordSettings,
): Promise<Recorded> {
  const before = await readSlice(tx, messages, settings);
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

/** Reads the pinned instance until there is one; it never changes after that. */
function makeGuardReader({ instanceIds, production }: EventStoreOptions): (tx: Tx) => Promise<InstanceGuard> {
  let pinned: string | null = null;
  return async (tx) => {
    if (instanceIds.length > 0) return { _tag: "Listed", instanceIds };
    pinned ??= await readPinned(tx);
    return {
      _tag: "FirstSeen",
      pinned,
      examples: [CLERK_EXAMPLE_INSTANCE_ID, TRIGGER_INSTANCE_ID],
      welcome: production ? [] : [TRIGGER_INSTANCE_ID],
    };
  };
}

async function readPinned(tx: Tx): Promise<string | null> {
  const { rows } = await sql<{ value: string }>`
    select value from docket.setting where key = 'instance_id'`.execute(tx);
  return rows[0]?.value ?? null;
}

function quarantine(message: Message, cause: unknown): Message {
  return { ...envelopeOf(message), _tag: "Unreadable", fault: faultOf(cause) };
}
