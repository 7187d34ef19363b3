import { Clock, Effect } from "effect";
import type { JsonObject, Message } from "../../core/mod.ts";
import { type ObservableKind, observationOf } from "../clerk/observation.ts";
import { type Answer, type Answers, type EventStore, StoreError } from "../store/event_store.ts";

export interface RecordOptions {
  readonly store: EventStore["Service"];
  readonly kind: ObservableKind;
  /** The instance that was asked. */
  readonly instanceId: string;
}

/** Of one transaction: few enough that a webhook for one of the same entities is not kept waiting for long. */
const BATCH_MESSAGES_MAX = 250;
const BATCH_CHARACTERS_MAX = 4_000_000;
/** After a batch that was not recorded: about half a minute in all. */
const BACKOFFS_MS = [250, 500, 1_000, 2_000, 4_000, 8_000, 15_000];

/**
 * Records what Clerk's API says of entities of one kind, as observations: any number of times is as once. Gives an answer
 * to each, when all are on disk; webhooks that come meanwhile win or lose by version alone.
 */
export function recordEntities(
  entities: readonly JsonObject[],
  { store, kind, instanceId }: RecordOptions,
): Effect.Effect<readonly Answer[], StoreError> {
  return Effect.gen(function* () {
    const receivedAtMs = yield* Clock.currentTimeMillis;
    const messages = entities.map((data) => observationOf(kind, data, { receivedAtMs, instanceId }));
    return yield* recordMessages(messages, store);
  });
}

/** Records messages in batches, each tried again for a while. Gives an answer to each, when all are on disk. */
export function recordMessages(
  messages: readonly Message[],
  store: EventStore["Service"],
): Effect.Effect<readonly Answer[], StoreError> {
  const batches = Effect.forEach(batchesOf(messages), (batch) => recordBatch(store, batch));
  return Effect.map(batches, (answers) => answers.flat());
}

function recordBatch(
  store: EventStore["Service"],
  batch: readonly Message[],
): Effect.Effect<readonly Answer[], StoreError> {
  const attempt = (failures: number): Effect.Effect<readonly Answer[], StoreError> =>
    store.record(batch).pipe(
      Effect.flatMap(allAnswered),
      Effect.catch((error) => {
        const backoffMs = BACKOFFS_MS[failures];
        return backoffMs === undefined
          ? Effect.fail(error)
          : Effect.andThen(Effect.sleep(backoffMs), attempt(failures + 1));
      }),
    );
  return Effect.suspend(() => attempt(0));
}

function allAnswered(answers: Answers): Effect.Effect<readonly Answer[], StoreError> {
  const answered = answers.filter((answer) => answer !== null);
  return answered.length === answers.length
    ? Effect.succeed(answered)
    : Effect.fail(new StoreError({ operation: "record", cause: new Error("some messages were put off") }));
}

function batchesOf(messages: readonly Message[]): readonly (readonly Message[])[] {
  const batches: Message[][] = [];
  let characters = Number.POSITIVE_INFINITY;
  for (const message of messages) {
    const last = batches.at(-1);
    const { length } = message.payload;
    if (last === undefined || last.length === BATCH_MESSAGES_MAX || characters + length > BATCH_CHARACTERS_MAX) {
      batches.push([message]);
      characters = length;
    } else {
      last.push(message);
      characters += length;
    }
  }
  return batches;
}
