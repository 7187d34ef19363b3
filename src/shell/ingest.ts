import { Cause, Context, Data, Duration, Effect, Exit, Layer, Option } from "effect";
import type { Message } from "../core/mod.ts";
import { type Batcher, makeBatcher, type QueueLoad, type Taken, type Waiting } from "./batcher.ts";
import { Database } from "./database/database.ts";
import { type Answer, type Answers, EventStore } from "./store/event_store.ts";
import { describeFault } from "./store/fault.ts";
import { CurrentTracing } from "./telemetry/tracing.ts";

export type { QueueLoad, Taken } from "./batcher.ts";

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

/** While one waits for the database another is prepared, or the other way round. The embedded database has one session. */
const IN_FLIGHT_MAX = { postgres: 2, pglite: 1 } as const;
/** Messages of a failed batch that its log line names. */
const NAMED_MAX = 20;
const DRAIN_TIMEOUT = Duration.seconds(8);

/** Group commit: callers wait until the batch that holds their message is on disk. */
export class Ingest extends Context.Service<
  Ingest,
  {
    /** Resolves after the commit, never rejects. Ordering and repetition of calls do not matter. */
    readonly take: Batcher["take"];
    /** `take`, for those who live among effects. */
    readonly submit: (message: Message) => Effect.Effect<Answer, Overloaded | Unavailable>;
    /** What is in memory now, waiting or being written. */
    readonly load: () => QueueLoad;
  }
>()("docket/shell/Ingest") {
  static layer({ queueMax }: IngestOptions): Layer.Layer<Ingest, never, EventStore | Database> {
    return Layer.effect(
      Ingest,
      Effect.gen(function* () {
        const { flavor } = yield* Database;
        const write = yield* makeWriter;
        const { take, load, drain, close } = makeBatcher({ queueMax, inFlightMax: IN_FLIGHT_MAX[flavor], write });
        yield* Effect.addFinalizer(() =>
          Effect.promise(drain).pipe(
            Effect.timeoutOption(DRAIN_TIMEOUT),
            Effect.flatMap((ended) =>
              Option.isSome(ended)
                ? Effect.logInfo("Queue drained")
                : Effect.logWarning("Queue not drained in time", { messages: load().messages }),
            ),
            Effect.andThen(Effect.sync(close)),
          ),
        );
        const submit = (message: Message): Effect.Effect<Answer, Overloaded | Unavailable> =>
          Effect.flatMap(
            Effect.promise(() => take(message, null)),
            answerFrom,
          );
        return Ingest.of({ take, submit, load });
      }),
    );
  }
}

/** Records a batch, traced, and logs why it could not be. */
const makeWriter = Effect.gen(function* () {
  const store = yield* EventStore;
  const tracing = yield* CurrentTracing;
  const run = Effect.runPromiseExitWith(yield* Effect.context<never>());
  return async (batch: readonly Waiting[]): Promise<Answers> => {
    const trace = tracing?.batch(batch.map((it) => it.trace)) ?? null;
    const exit = await run(store.record(batch.map(({ message }) => message)));
    if (Exit.isSuccess(exit)) {
      trace?.end(exit.value.filter((it) => it === null).length);
      return exit.value;
    }
    trace?.end(batch.length);
    const svixIds = batch.slice(0, NAMED_MAX).map(({ message }) => message.svixId);
    const fault = describeFault(Cause.squash(exit.cause));
    await run(Effect.logError("Batch not recorded", { messages: batch.length, svixIds, ...fault }));
    return batch.map(() => null);
  };
});

function answerFrom(taken: Taken): Effect.Effect<Answer, Overloaded | Unavailable> {
  switch (taken) {
    case "overloaded":
      return Effect.fail(new Overloaded());
    case "stopping":
    case "database":
    case "timeout":
      return Effect.fail(new Unavailable({ reason: taken }));
    default:
      return Effect.succeed(taken);
  }
}
