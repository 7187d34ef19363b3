import { Clock, Effect } from "effect";
import type { EntityRef, Message } from "../../core/mod.ts";
import { PermanentFailure } from "../handler/failure.ts";
import type { ClerkApi } from "./clerk_api.ts";
import type { ClerkFailure } from "./clerk_failure.ts";
import { getEntity } from "./get_entity.ts";
import { observationOf } from "./observation.ts";

/** The kinds that Clerk can be asked for by an id alone. The others it only lists, or shows under their parent. */
export const ASKABLE_KINDS = ["user", "organization", "session", "role", "permission"] as const;

export type AskableKind = (typeof ASKABLE_KINDS)[number];

export interface AskableRef extends EntityRef {
  readonly kind: AskableKind;
}

/** True if Clerk can be asked for it by its id alone. */
export function isAskable(ref: EntityRef): ref is AskableRef {
  return ASKABLE_KINDS.some((kind) => kind === ref.kind);
}

/** Gets one entity from Clerk as an observation to be recorded, or says that Clerk has none of that id. */
export function fetchEntity(api: ClerkApi, ref: AskableRef): Effect.Effect<Message | "missing", ClerkFailure> {
  return Effect.gen(function* () {
    const instanceId = yield* api.instanceId;
    const answer = yield* getEntity(api, ref);
    switch (answer._tag) {
      case "Found": {
        const receivedAtMs = yield* Clock.currentTimeMillis;
        return observationOf(ref.kind, answer.data, { receivedAtMs, instanceId });
      }
      case "Missing":
        return "missing";
      case "CannotAsk":
        return yield* new PermanentFailure({ message: `Clerk can't be asked for a ${ref.kind} of such an id` });
      default:
        return answer satisfies never;
    }
  });
}
