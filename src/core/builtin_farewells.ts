import { type DefaultedOptions, type HandlerOptions, task, timingOf } from "./builtin_options.ts";
import type { JsonObject } from "./json.ts";
import { type Change, type PolicyOf, policy } from "./policy.ts";

/** No team means to delete more users than that a minute: then a person must look first. */
const MASS_DELETION = { jobs: 50, per: "1 minute" } as const;

/**
 * `cleanup`: removes what you keep of a user elsewhere. Stops at over 50 deletions a minute, until a person resumes it;
 * `stopAbove` says otherwise.
 *
 * - Plans on the user's deletion, however late, also of a user never seen before, and also when only observed.
 * - Key `cleanup/user/<id>/-`. Nothing cancels it but a person.
 * - Your handler, payload `{ userId, externalId }`: `externalId` as last seen, or null.
 */
export function cleanup(options: HandlerOptions): PolicyOf<"user"> {
  const planning = { kind: "user", until: "never", stopAbove: MASS_DELETION, ...timingOf(options) } as const;
  return policy("cleanup", planning, (change) =>
    change.after._tag === "Deleted" ? [task(options, farewell(change))] : [],
  );
}

/**
 * `cancel-subscriptions`: ends what a deleted user still pays for. Irreversible, so it waits an hour, shown, in which
 * a person can cancel it; `holdback` and `approval` say otherwise. Stops at over 50 deletions a minute, as `cleanup` does.
 *
 * - Plans on the user's deletion, as `cleanup` does. A deleted organization's subscription is not its business.
 * - Key `cancel-subscriptions/user/<id>/-`. Nothing cancels it but a person.
 * - Your handler, payload `{ userId, externalId }`: it finds the subscriptions by the user.
 */
export function cancelSubscriptions(options: HandlerOptions): PolicyOf<"user"> {
  const planning = {
    kind: "user",
    until: "never",
    holdback: "1 hour",
    stopAbove: MASS_DELETION,
    ...timingOf(options),
  } as const;
  return policy("cancel-subscriptions", planning, (change) =>
    change.after._tag === "Deleted" ? [task(options, farewell(change))] : [],
  );
}

/**
 * `archive`: says that a user is gone. Whether the row is kept or erased is `onDelete`'s business, not this policy's.
 *
 * - Plans on the user's deletion, as `cleanup` does.
 * - Key `archive/user/<id>/-`. Nothing cancels it but a person.
 * - Handler `log` unless you name one, payload `{ userId, externalId, deletedAtMs }`.
 */
export function archive(options: DefaultedOptions = {}): PolicyOf<"user"> {
  return policy("archive", { kind: "user", until: "never", ...timingOf(options) }, (change) =>
    change.after._tag === "Deleted"
      ? [task({ handler: "log", ...options }, { ...farewell(change), deletedAtMs: change.after.deletedAtMs })]
      : [],
  );
}

function farewell({ ref, after }: Change<"user">): JsonObject {
  return { userId: ref.id, externalId: after.value?.externalId ?? null };
}
