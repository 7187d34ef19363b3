import { Data, Effect } from "effect";

/** There is no such thing. */
export class NotFound extends Data.TaggedError("NotFound")<{ readonly message: string }> {}

/** What was found, or a failure with this message. */
export function orNotFound<T extends object>(message: string): (found: T | null) => Effect.Effect<T, NotFound> {
  return (found) => (found === null ? Effect.fail(new NotFound({ message })) : Effect.succeed(found));
}
