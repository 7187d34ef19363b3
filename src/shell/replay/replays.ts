import { Context, Effect, Layer } from "effect";
import { Database } from "../database/database.ts";
import { EventStore, type EventStoreOptions } from "../store/event_store.ts";
import { type ReplayedPage, type ReplayOptions, replay } from "./replay.ts";

/** Replaying, in a running service. */
export class Replays extends Context.Service<
  Replays,
  {
    /** Replays one message. Null: the log has none of this id. Rejects if the database does; safe to repeat then. */
    readonly replayOne: (
      svixId: string,
      options: Omit<ReplayOptions, "choice">,
    ) => Effect.Effect<ReplayedPage | null, unknown>;
  }
>()("docket/shell/Replays") {
  static layer({
    onDelete,
    policies = [],
    onPlanned,
  }: Pick<EventStoreOptions, "onDelete" | "policies" | "onPlanned">): Layer.Layer<
    Replays,
    never,
    Database | EventStore
  > {
    return Layer.effect(
      Replays,
      Effect.gen(function* () {
        const { db } = yield* Database;
        const store = yield* EventStore;
        const run = Effect.runPromiseWith(yield* Effect.context<never>());
        const tools = {
          db,
          onDelete,
          policies,
          retake: (...args: Parameters<typeof store.retake>) => run(store.retake(...args)),
        };
        const first = async (svixId: string, options: Omit<ReplayOptions, "choice">): Promise<ReplayedPage | null> => {
          for await (const page of replay(tools, { ...options, choice: { ids: [svixId] } })) {
            if (page.planned.length + page.again.length > 0 && !options.dry) onPlanned?.();
            return page;
          }
          return null;
        };
        return Replays.of({
          replayOne: (svixId, options) =>
            Effect.uninterruptible(Effect.tryPromise({ try: () => first(svixId, options), catch: (cause) => cause })),
        });
      }),
    );
  }
}
