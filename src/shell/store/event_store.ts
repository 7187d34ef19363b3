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
import { CLERK_EXAMPLE_INSTANCE_ID, TRIGGER_INSTANCE_ID } from "../instance.ts";
import { blameOf, describeFault, faultOf } from "./fault.ts";
import { readSlice, type SliceSettings } from "./read_slice.ts";
import type { Tx } from "./sql.ts";
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
}

export class EventStore extends Context.Service<
  EventStore,
  {
    /**
     * Takes messages into the log and the tables, in one transaction if it can, and answers each. Those answered are
     * on disk. One that can't be recorded is isolated, and quarantined if that would come again; the rest goes on.
     */
    readonly record: (messages: readonly Message[]) => Effect.Effect<Answers, StoreError>;
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
          }).pipe(Effect.retry({ schedule: RACES, while: ({ cause }) => blameOf(cause) === "race" }));

        // A batch that fails is halved until the message to blame is alone: it must not take the others with it.
        const isolate = (messages: readonly Message[], untilMs: number): Effect.Effect<Answers, StoreError> =>
          attempt(messages).pipe(
            Effect.catch((error): Effect.Effect<Answers, StoreError> => {
              const [first] = messages;
              const blame = blameOf(error.cause);
              if (first === undefined || blame === "away" || blame === "race") return Effect.fail(error);
              if (messages.length > 1) {
                if (performance.now() > untilMs) return Effect.succeed(messages.map(() => null));
                const half = messages.length >> 1;
                return Effect.zipWith(
                  isolate(messages.slice(0, half), untilMs),
                  isolate(messages.slice(half), untilMs),
                  (left, right) => [...left, ...right],
                );
              }
              const refused = Effect.logError("Message refused by the database", {
                svixId: first.svixId,
                ...describeFault(error.cause),
              });
              if (blame === "unknown") return Effect.as(refused, [null]);
              return Effect.andThen(refused, attempt([quarantine(first, error.cause)]));
            }),
          );
        const record = (messages: readonly Message[]): Effect.Effect<Answers, StoreError> =>
          Effect.suspend(() => isolate(messages, performance.now() + ISOLATION_LIMIT_MS));

        // An interrupted promise keeps running: without this a caller could be told "stopped" while it still commits.
        return EventStore.of({ record: (messages) => Effect.uninterruptible(record(messages)) });
      }),
    );
  }
}

/** Longest time for finding the message to blame. What is not tried by then comes again. */
const ISOLATION_LIMIT_MS = 8_000;

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

function quarantine(message: Message, cause: unknown): Message {
  return { ...envelopeOf(message), _tag: "Unreadable", fault: faultOf(cause) };
}
