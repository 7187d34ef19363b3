import { Context, Data, Duration, Effect, Layer, Schedule } from "effect";
import { sql } from "kysely";
import {
  envelopeOf,
  type InstanceGuard,
  type Message,
  type OnDelete,
  type Policy,
  type RetakeOptions,
} from "../../core/mod.ts";
import { Database } from "../database/database.ts";
import { CLERK_EXAMPLE_INSTANCE_ID, TRIGGER_INSTANCE_ID } from "../instance.ts";
import type { RecordedBatch } from "../signals/recorded_batch.ts";
import { blameOf, describeFault, faultOf } from "./fault.ts";
import { makeGuesses } from "./guesses.ts";
import { readSlice, unheardSlice } from "./read_slice.ts";
import { type Answer, recordAll } from "./record_all.ts";
import { inTransaction, type Tx } from "./sql.ts";

export type { Answer } from "./record_all.ts";

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
        const guesses = makeGuesses();
        const { onDelete, policies = [], onPlanned, onRecorded, onCounted } = options;

        const attempt = (
          messages: readonly Message[],
          retaking?: RetakingOptions,
        ): Effect.Effect<readonly Answer[], StoreError> =>
          Effect.tryPromise({
            try: async () => {
              const dry = retaking?.dry ?? false;
              const isGuess = retaking === undefined && guesses.allows(messages);
              const { answers, planned, lateMs } = await inTransaction(db, { dry }, async (tx) => {
                const settings = { guard: await guardOf(tx), onDelete, policies };
                const before = isGuess ? unheardSlice(messages, settings) : await readSlice(tx, messages, settings);
                return recordAll(tx, messages, { before, retaking });
              }).catch((cause: unknown) => {
                if (isGuess && blameOf(cause) === "race") guesses.lost();
                throw cause;
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
