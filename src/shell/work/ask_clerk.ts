import { type Context, Effect } from "effect";
import { isAskable } from "../clerk/fetch_entity.ts";
import type { TakeFromClerk } from "../clerk/from_clerk.ts";
import { describeFault } from "../store/fault.ts";
import type { AskFor } from "./parked.ts";

export interface AskClerkOptions {
  readonly take: TakeFromClerk;
  /** For what is logged. */
  readonly services: Context.Context<never>;
}

/**
 * Asks Clerk for what jobs wait for, and takes the answer through the reducers, as a snapshot: the webhook, should it
 * still come, is one version with it and wins.
 */
export function makeAskFor({ take, services }: AskClerkOptions): AskFor {
  return ({ kind, id }) => {
    const ref = { kind, id };
    if (!isAskable(ref)) return Promise.resolve("unsure");
    return Effect.runPromiseWith(services)(
      take(ref).pipe(
        Effect.map((taken) => (taken === "found" || taken === "missing" ? taken : "unsure")),
        Effect.catch((error) =>
          Effect.as(
            Effect.logWarning("Clerk could not be asked", { kind, id, ...describeFault(error) }),
            "unsure" as const,
          ),
        ),
      ),
    );
  };
}
