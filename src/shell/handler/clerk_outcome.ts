import { Effect } from "effect";
import type { JsonObject } from "../../core/mod.ts";
import type { ClerkApi } from "../clerk/clerk_api.ts";
import { type ClerkFailure, type ClerkNotFound, ClerkRefusal } from "../clerk/clerk_failure.ts";
import { getEntity } from "../clerk/get_entity.ts";
import { PermanentFailure } from "./failure.ts";

/** What an action has besides its fields. */
export interface ActionContext {
  readonly api: ClerkApi;
  /** The job's. */
  readonly key: string;
}

/** An action that was tried: done, or why it is not. */
export type Acted = Effect.Effect<void, ClerkFailure>;

type Asked = Effect.Effect<unknown, ClerkFailure | ClerkNotFound>;

/** For what is done when there is nothing to do it to. */
export function orGone(asked: Asked): Acted {
  return Effect.asVoid(Effect.catchTag(asked, "ClerkNotFound", () => Effect.void));
}

/** For what can't be done without. */
export function mustExist(what: string): (asked: Asked) => Acted {
  return (asked) =>
    Effect.asVoid(
      Effect.catchTag(asked, "ClerkNotFound", ({ message }) =>
        Effect.fail(new PermanentFailure({ message: `Clerk has no such ${what}: ${message}` })),
      ),
    );
}

/**
 * A refusal counts as done where what was asked for is so already. The codes that Clerk refuses with are documented only
 * in part, so it is asked how things are.
 */
export function unlessSo(isSo: Effect.Effect<boolean, ClerkFailure>): <E>(asked: AskedOf<E>) => AskedOf<E> {
  return (asked) =>
    Effect.catchIf(
      asked,
      (error) => error instanceof ClerkRefusal,
      (refusal) => Effect.flatMap(isSo, (so) => (so ? Effect.void : Effect.fail(refusal))),
    );
}

type AskedOf<E> = Effect.Effect<unknown, E | ClerkFailure>;

/** Whether Clerk's user is as `is` says; false for a user that Clerk does not have. */
export function userIs(
  { api }: ActionContext,
  userId: string,
  is: (user: JsonObject) => boolean,
): Effect.Effect<boolean, ClerkFailure> {
  return Effect.map(
    getEntity(api, { kind: "user", id: userId }),
    (answer) => answer._tag === "Found" && is(answer.data),
  );
}
