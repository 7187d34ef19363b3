import { Context, Effect, Layer } from "effect";
import { refKey } from "../../core/mod.ts";
import { Database } from "../database/database.ts";
import { Ingest, type Overloaded, Unavailable } from "../ingest.ts";
import type { Answer } from "../store/event_store.ts";
import { findOnFile } from "../store/find_on_file.ts";
import type { ClerkApi } from "./clerk_api.ts";
import type { ClerkFailure } from "./clerk_failure.ts";
import { type AskableRef, fetchEntity } from "./fetch_entity.ts";
import { singleFlight } from "./single_flight.ts";

/**
 * What came of asking Clerk. `found`: it is on file now. `missing`: Clerk knows no such thing. `foreign`: the key is of an
 * instance that is not accepted. `unreadable`: Clerk's answer was not understood and is kept aside.
 */
export type Taken = "found" | "missing" | "foreign" | "unreadable";

/** Asks Clerk for one entity and takes the answer in. */
export type TakeFromClerk = (ref: AskableRef) => Effect.Effect<Taken, ClerkFailure | Overloaded | Unavailable>;

/**
 * Reading through to Clerk: one entity is asked for, and the answer goes through the reducers as any message does. As an
 * observation it plans no job that does not ask for those, and the webhook of that moment, before or after, wins.
 *
 * Many who ask for the same entity at once share one request; answers are written together, and with webhooks. The time
 * limits are the API client's and the queue's.
 */
export class FromClerk extends Context.Service<
  FromClerk,
  {
    /** Null: there is no key to ask with. */
    readonly take: TakeFromClerk | null;
  }
>()("docket/shell/FromClerk") {
  /** `api` is null where there is no key. */
  static layer(api: ClerkApi | null): Layer.Layer<FromClerk, never, Ingest | Database> {
    return Layer.effect(
      FromClerk,
      Effect.gen(function* () {
        const { submit } = yield* Ingest;
        const { db } = yield* Database;
        if (api === null) return FromClerk.of({ take: null });
        const take = singleFlight(
          refKey,
          (ref: AskableRef): ReturnType<TakeFromClerk> =>
            Effect.gen(function* () {
              // Who did not see it a moment ago may come when another's request is just over: the answer is here by now.
              const onFile = yield* Effect.tryPromise({
                try: () => findOnFile(db, [ref]),
                catch: () => new Unavailable({ reason: "database" }),
              });
              if (onFile.length > 0) return "found";
              const message = yield* fetchEntity(api, ref);
              return message === "missing" ? "missing" : takenOf(yield* submit(message));
            }),
        );
        return FromClerk.of({ take });
      }),
    );
  }
}

function takenOf(answer: Answer): Taken {
  switch (answer) {
    case "applied":
    case "stale":
    case "duplicate":
      return "found";
    case "foreign":
      return "foreign";
    case "quarantined":
    case "ignored":
      return "unreadable";
    default:
      return answer satisfies never;
  }
}
