import { Cause, Context, Data, Deferred, Duration, Effect, Fiber, Layer, Option, Queue } from "effect";
import type { Message } from "../core/mod.ts";
import { type Answer, EventStore } from "./store/event_store.ts";
import { describeFault } from "./store/fault.ts";
import type { DeliveryTrace } from "./telemetry/delivery_trace.ts";
import { CurrentTracing } from "./telemetry/tracing.ts";

/** The message was not taken: the queue is full. The sender retries. */
export class Overloaded extends Data.TaggedError("Overloaded") {}

/** The message was not taken, or not seen to be: the service stops, or the database is away. The sender retries. */
export class Unavailable extends Data.TaggedError("Unavailable")<{
  readonly reason: "stopping" | "database" | "timeout";
}> {}

export interface IngestOptions {
  /** Messages in memory, waiting or being written, before `Overloaded`. */
  readonly queueMax: number;
}

export interface QueueLoad {
  readonly messages: number;
  readonly characters: number;
}

interface Waiting {
  readonly message: Message;
  readonly trace: DeliveryTrace | null;
  readonly done: Deferred.Deferred<Answer, Unavailable>;
  /** Nobody waits for the answer any more: the sender was told to come again. */
  isAbandoned: boolean;
}

const BATCH_MESSAGES_MAX = 500;
const BATCH_CHARACTERS_MAX = 8_000_000;
/** Payloads in memory before `Overloaded`, whatever the number of messages. */
const QUEUE_CHARACTERS_MAX = 256_000_000;
/** Svix gives an answer 15 seconds. A message that commits later is answered `duplicate` when it comes again. */
const ANSWER_TIMEOUT = Duration.seconds(12);
/** Messages of a failed batch that its log line names. */
const NAMED_MAX = 20;
const DRAIN_TIMEOUT = Duration.seconds(8);

/**
 * Group commit: callers wait until the batch that holds their message is on disk. A batch is whatever came while the
 * last one was written, so that one message alone never waits for company.
 */
export class Ingest extends Context.Service<
  Ingest,
  {
    /** Succeeds after the commit. Ordering and repetition of calls do not matter. */
    readonly submit: (
      message: Message,
      trace?: DeliveryTrace | null,
    ) => Effect.Effect<Answer, Overloaded | Unavailable>;
    /** What is in memory now, waiting or being written. */
    readonly load: () => QueueLoad;
  }
>()("docket/shell/Ingest") {
  static layer({ queueMax }: IngestOptions): Layer.Layer<Ingest, never, EventStore> {
    return Layer.effect(
      Ingest,
      Effect.gen(function* () {
        const store = yield* EventStore;
        const tracing = yield* CurrentTracing;
        const queue = yield* Queue.unbounded<Waiting, Cause.Done>();
        const load = { messages: 0, characters: 0 };

        const write = (taken: readonly Waiting[]): Effect.Effect<void> => {
          const batch = taken.filter(({ isAbandoned }) => !isAbandoned);
          const trace = tracing?.batch(batch.map((it) => it.trace)) ?? null;
          return store.record(batch.map(({ message }) => message)).pipe(
            Effect.matchCauseEffect({
              onSuccess: (answers) => {
                trace?.end(answers.filter((it) => it === null).length);
                return Effect.forEach(batch, (it, index) => settle(it, answers[index] ?? undefined), DISCARD);
              },
              onFailure: (cause) => {
                trace?.end(batch.length);
                return Effect.logError("Batch not recorded", {
                  messages: batch.length,
                  svixIds: batch.slice(0, NAMED_MAX).map(({ message }) => message.svixId),
                  ...describeFault(Cause.squash(cause)),
                }).pipe(Effect.andThen(Effect.forEach(batch, (it) => settle(it, undefined), DISCARD)));
              },
            }),
            Effect.ensuring(
              Effect.sync(() => {
                load.messages -= taken.length;
                load.characters -= charactersOf(taken);
              }),
            ),
          );
        };

        const drained = yield* Queue.takeBetween(queue, 1, BATCH_MESSAGES_MAX).pipe(
          Effect.flatMap((taken) =>
            Effect.forEach(batchesOf(taken), (batch) => Effect.suspend(() => write(batch)), DISCARD),
          ),
          Effect.forever,
          Effect.exit,
          Effect.forkDetach,
        );
        yield* Effect.addFinalizer(() =>
          Queue.end(queue).pipe(
            Effect.andThen(Fiber.await(drained)),
            Effect.timeoutOption(DRAIN_TIMEOUT),
            Effect.flatMap((ended) =>
              Option.isSome(ended)
                ? Effect.logInfo("Queue drained")
                : Effect.logWarning("Queue not drained in time", { messages: load.messages }),
            ),
          ),
        );

        const submit = Effect.fnUntraced(function* (message: Message, trace: DeliveryTrace | null = null) {
          const characters = message.payload.length;
          if (load.messages >= queueMax || load.characters + characters > QUEUE_CHARACTERS_MAX) {
            return yield* new Overloaded();
          }
          const done = yield* Deferred.make<Answer, Unavailable>();
          const waiting: Waiting = { message, trace, done, isAbandoned: false };
          if (!Queue.offerUnsafe(queue, waiting)) return yield* new Unavailable({ reason: "stopping" });
          load.messages += 1;
          load.characters += characters;
          return yield* Deferred.await(done).pipe(
            Effect.timeoutOrElse({
              duration: ANSWER_TIMEOUT,
              orElse: () => {
                waiting.isAbandoned = true;
                return Effect.fail(new Unavailable({ reason: "timeout" }));
              },
            }),
          );
        });
        return Ingest.of({ submit, load: () => ({ ...load }) });
      }),
    );
  }
}

const DISCARD = { discard: true } as const;

function settle({ done }: Waiting, answer: Answer | undefined): Effect.Effect<boolean> {
  return answer === undefined
    ? Deferred.fail(done, new Unavailable({ reason: "database" }))
    : Deferred.succeed(done, answer);
}

function charactersOf(batch: readonly Waiting[]): number {
  return batch.reduce((sum, { message }) => sum + message.payload.length, 0);
}

/** Cuts what was taken into batches that one statement can carry. */
function batchesOf(taken: readonly Waiting[]): readonly (readonly Waiting[])[] {
  const batches: Waiting[][] = [];
  let characters = 0;
  for (const waiting of taken) {
    const last = batches.at(-1);
    const length = waiting.message.payload.length;
    if (last === undefined || characters + length > BATCH_CHARACTERS_MAX) {
      batches.push([waiting]);
      characters = length;
    } else {
      last.push(waiting);
      characters += length;
    }
  }
  return batches;
}
