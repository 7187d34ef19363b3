import { randomUUID } from "node:crypto";
import { Clock, Effect } from "effect";
import { ClerkForbidden, ClerkNotFound, ClerkRefusal } from "../clerk/clerk_failure.ts";
import { WALKS, type Walk } from "../clerk/listing.ts";
import type { ObservableKind } from "../clerk/observation.ts";
import { type WalkFailure, type WalkOptions, walk } from "./walk.ts";
import { beginWalk, type WalkState } from "./walk_state.ts";

/** How the walk over one kind went. */
export type Walked =
  | { readonly _tag: "Finished"; readonly state: WalkState }
  /** An earlier run finished it, and it was not to begin anew. */
  | { readonly _tag: "Before"; readonly state: WalkState }
  /** The instance has not the feature. */
  | { readonly _tag: "Off"; readonly kind: ObservableKind; readonly message: string }
  /** Clerk refuses it for good. */
  | { readonly _tag: "Failed"; readonly kind: ObservableKind; readonly message: string };

export interface BackfillOptions extends Omit<WalkOptions, "run"> {
  readonly walks: readonly Walk[];
  /** Walk again what is finished, and from the beginning what is not. @default false */
  readonly restart?: boolean;
  /** Told before each walk, from where it goes on. @default nobody is told */
  readonly onBegun?: (state: WalkState) => void;
  /** Told after each walk. @default nobody is told */
  readonly onWalked?: (walked: Walked) => void;
}

/**
 * Walks the lists of Clerk's API into the log and the tables, one kind after the other. Every run goes on where the last
 * one ended, however it ended. One kind that Clerk refuses does not keep the others back; fails when Clerk or the
 * database can't be reached, or another process takes over.
 */
export function backfill(options: BackfillOptions): Effect.Effect<readonly Walked[], WalkFailure> {
  const { walks, restart = false, db, instanceId, onBegun = () => undefined, onWalked = () => undefined } = options;
  const run = randomUUID();
  return Effect.forEach(walks, (it) =>
    Effect.gen(function* () {
      const nowMs = yield* Clock.currentTimeMillis;
      const state = yield* beginWalk(db, { kind: it.kind, instanceId, run, restart, nowMs });
      if (state.finishedAtMs !== null) return { _tag: "Before", state } as const;
      onBegun(state);
      return yield* walk(it, state, { ...options, run }).pipe(
        Effect.map((finished): Walked => ({ _tag: "Finished", state: finished })),
        Effect.catch((error) => refusalOf(it.kind, error)),
      );
    }).pipe(Effect.tap((walked) => Effect.sync(() => onWalked(walked)))),
  );
}

export interface ChooseOptions {
  /** Empty: all but the extras. */
  readonly kinds: readonly ObservableKind[];
  readonly sessions: boolean;
  readonly billing: boolean;
}

/** Which walks, in their order. Those who pay are known by what they pay for: subscriptions bring the items along. */
export function chooseWalks({ kinds, sessions, billing }: ChooseOptions): readonly Walk[] {
  const extras = { sessions, billing };
  const named = new Set(kinds);
  if (named.has("subscription")) named.add("subscription_item");
  return WALKS.filter(({ kind, extra }) => {
    if (extra !== null && extras[extra]) return true;
    return kinds.length > 0 ? named.has(kind) : extra === null;
  });
}

function refusalOf(kind: ObservableKind, error: WalkFailure): Effect.Effect<Walked, WalkFailure> {
  const { message } = error;
  if (error instanceof ClerkNotFound || isOff(error)) return Effect.succeed({ _tag: "Off", kind, message });
  if (error._tag === "PermanentFailure" || error instanceof ClerkForbidden)
    return Effect.succeed({ _tag: "Failed", kind, message });
  return Effect.fail(error);
}

/** Such as `organization_not_enabled_in_instance`. */
function isOff(error: WalkFailure): boolean {
  const codes = error instanceof ClerkRefusal || error instanceof ClerkForbidden ? error.codes : [];
  return codes.some((code) => code.includes("not_enabled"));
}
