import { Context, Data, Duration, Effect, Layer, Schedule } from "effect";
import { sql } from "kysely";
import {
  answerOf,
  applyToDraft,
  consult,
  type DocketEffect,
  draftOf,
  envelopeOf,
  type InstanceGuard,
  type Message,
  type OnDelete,
  type Outcome,
  type Policy,
  reduce,
} from "../../core/mod.ts";
import { Database } from "../database/database.ts";
import { isMessageFault, isTransient, sqlState } from "../database/sql_state.ts";
import { CLERK_EXAMPLE_INSTANCE_ID, TRIGGER_INSTANCE_ID } from "../instance.ts";
import { readSlice, type SliceSettings } from "./read_slice.ts";
import type { Tx } from "./sql.ts";
import { writeEffects } from "./write_effects.ts";
import { LedgerRace } from "./write_log.ts";

/** What a delivery is answered. */
export type Answer = Outcome | "duplicate";

/** The database refused or could not be reached. Safe to retry even if the commit did go through: recording is idempotent. */
export class StoreError extends Data.TaggedError("StoreError")<{
  readonly operation: string;
  readonly cause: unknown;
}> {}

/** Configuration that decisions depend on. */
export interface EventStoreOptions {
  /** Empty: the first instance seen, other than Clerk's example instance, is the accepted one. */
  readonly instanceIds: readonly string[];
  readonly onDelete: OnDelete;
  /** @default none */
  readonly policies?: readonly Policy[];
  /** In production `docket trigger`'s own instance is as foreign as any. */
  readonly production: boolean;
}

export class EventStore extends Context.Service<
  EventStore,
  {
    /**
     * Takes messages into the log and the tables, all in one transaction, and answers each. After it returns they
     * are on disk. A message that the database can't hold is isolated and quarantined; the rest goes on.
     */
    readonly record: (messages: readonly Message[]) => Effect.Effect<readonly Answer[], StoreError>;
  }
>()("docket/shell/EventStore") {
  static layer(options: EventStoreOptions): Layer.Layer<EventStore, never, Database> {
    return Layer.effect(
      EventStore,
      Effect.gen(function* () {
        const { db } = yield* Database;
        const guardOf = makeGuardReader(options);

        const attempt = (messages: readonly Message[]): Effect.Effect<readonly Answer[], StoreError> =>
          Effect.tryPromise({
            try: () =>
              db.transaction().execute(async (tx) => {
                const guard = await guardOf(tx);
                return recordAll(tx, messages, { guard, onDelete: options.onDelete, policies: options.policies ?? [] });
              }),
            catch: (cause) => new StoreError({ operation: "record", cause }),
          }).pipe(
            Effect.retry({ schedule: RACES, while: ({ cause }) => cause instanceof LedgerRace || isTransient(cause) }),
          );

        const record = (messages: readonly Message[]): Effect.Effect<readonly Answer[], StoreError> =>
          attempt(messages).pipe(
            Effect.catchIf(
              ({ cause }) => isMessageFault(cause),
              ({ cause }) => {
                const [first] = messages;
                if (first === undefined) return Effect.succeed([]);
                if (messages.length === 1) return attempt([quarantine(first, cause)]);
                const half = messages.length >> 1;
                return Effect.zipWith(record(messages.slice(0, half)), record(messages.slice(half)), (left, right) => [
                  ...left,
                  ...right,
                ]);
              },
            ),
          );

        // An interrupted promise keeps running: without this a caller could be told "stopped" while it still commits.
        return EventStore.of({ record: (messages) => Effect.uninterruptible(record(messages)) });
      }),
    );
  }
}

/** Lost races are run again: at most 8 times, about 1.5 s in all. */
const RACES = Schedule.exponential(Duration.millis(5)).pipe(Schedule.jittered, Schedule.upTo({ times: 8 }));

/** The middle of the transaction is pure: what was read goes in, effects come out. */
export async function recordAll(
  tx: Tx,
  messages: readonly Message[],
  settings: SliceSettings,
): Promise<readonly Answer[]> {
  const before = await readSlice(tx, messages, settings);
  const after = draftOf(before);
  const effects: DocketEffect[] = [];
  const answers = messages.map((message) => {
    const decided = reduce(consult(after, message), message);
    for (const effect of decided) applyToDraft(after, effect);
    effects.push(...decided);
    return answerOf(decided);
  });
  await writeEffects(tx, effects, { before, after });
  return answers;
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

/** The fault names the database's reason by its code: its message could repeat personal data. */
function quarantine(message: Message, cause: unknown): Message {
  const fault = `the database can't hold it: SQLSTATE ${sqlState(cause) ?? "unknown"}`;
  return { ...envelopeOf(message), _tag: "Unreadable", fault };
}
