import { Context, Effect, Layer, Redacted } from "effect";
import type { EntityRef, Message } from "../../core/mod.ts";
import { Database } from "../database/database.ts";
import { describeFault } from "../store/fault.ts";
import { Herald } from "./herald.ts";
import { type Waited, WaitingRoom, type WaitingRoomOptions, type WaitOptions } from "./waiting_room.ts";

export interface ArrivalsOptions extends Pick<WaitingRoomOptions, "waitersMax" | "pollMs"> {
  /** Absent: the embedded database, which no other process has. */
  readonly databaseUrl: Redacted.Redacted<string> | undefined;
}

/** News of what was recorded, here or by another process, for those who wait for an entity to be on file. */
export class Arrivals extends Context.Service<
  Arrivals,
  {
    /** Resolves when the entity is on file, deleted or not, or when the wait is over. Never rejects. */
    readonly wait: (ref: EntityRef, options: WaitOptions) => Promise<Waited>;
    /** To be called after each commit. Returns at once. */
    readonly recorded: (messages: readonly Message[]) => void;
    /** Ends all waits at once, and lets nobody wait any more. */
    readonly dismiss: () => void;
  }
>()("docket/shell/Arrivals") {
  static layer({ databaseUrl, ...options }: ArrivalsOptions): Layer.Layer<Arrivals, never, Database> {
    return Layer.effect(
      Arrivals,
      Effect.gen(function* () {
        const { db } = yield* Database;
        const log = Effect.runForkWith(yield* Effect.context<never>());
        const onFault = (cause: unknown): void => void log(Effect.logWarning("News not told", describeFault(cause)));
        const url = databaseUrl === undefined ? undefined : Redacted.value(databaseUrl);
        const herald = url === undefined ? undefined : new Herald(db, onFault);
        const room = yield* Effect.acquireRelease(
          Effect.sync(() => new WaitingRoom(db, { ...options, databaseUrl: url, onFault })),
          (it) => Effect.promise(() => Promise.all([it.close(), herald?.idle()])),
        );
        return Arrivals.of({
          wait: (ref, waiting) => room.wait(ref, waiting),
          recorded: (messages) => {
            room.recorded(messages);
            herald?.tell();
          },
          dismiss: () => room.dismiss(),
        });
      }),
    );
  }
}
