import { Effect } from "effect";
import type { Outcome } from "../../core/mod.ts";
import type { Database } from "../database/database.ts";
import { REPLAY_MODES, type ReplayedPage, type ReplayMode } from "../replay/replay.ts";
import { Replays } from "../replay/replays.ts";
import { NotFound, orNotFound } from "./not_found.ts";
import { type InvalidQuery, isName, one } from "./query.ts";
import { ReadError } from "./read_error.ts";
import { type EventDetail, findEvent } from "./read_events.ts";

/** What replaying a message came to: `changed` is false when all was so already, or it still can't be understood. */
export interface ReplayAnswer {
  readonly changed: boolean;
  readonly mode: ReplayMode;
  readonly dry: boolean;
  /** The outcome that the message has now; in a dry run, that it would have. */
  readonly outcome: Outcome;
  readonly jobs: Pick<ReplayedPage, "planned" | "restored" | "again" | "left">;
  /** In mode `state`: what the tables had otherwise. */
  readonly repaired: ReplayedPage["repaired"];
  /** The message as it is now. */
  readonly event: EventDetail;
}

const NO_EVENT = "No event has this id: GET /v1/events lists them";

/** Replays one message of the log. Reads `mode` and `dry` of the query. */
export function replayEvent(
  svixId: string,
  parameters: URLSearchParams,
): Effect.Effect<ReplayAnswer, InvalidQuery | NotFound | ReadError, Database | Replays> {
  return Effect.gen(function* () {
    const mode = (yield* one(parameters, "mode", MODE)) ?? "missing";
    const dry = (yield* one(parameters, "dry", DRY)) ?? false;
    if (!isName(svixId)) return yield* new NotFound({ message: NO_EVENT });
    const { replayOne } = yield* Replays;
    const page = yield* replayOne(svixId, { mode, dry, actor: "api" }).pipe(
      Effect.mapError((cause) => new ReadError({ cause })),
    );
    const event = yield* Effect.flatMap(findEvent(svixId), orNotFound(NO_EVENT));
    if (page === null) return yield* new NotFound({ message: NO_EVENT });
    const { planned, restored, again, left, repaired, retaken } = page;
    const [message] = retaken;
    const isOther = message !== undefined && message.is !== null && message.is !== message.was;
    return {
      changed: isOther || planned.length + restored.length + again.length + repaired.length > 0,
      mode,
      dry,
      outcome: message?.is ?? event.outcome,
      jobs: { planned, restored, again, left },
      repaired,
      event,
    };
  });
}

const MODE = {
  allowed: `one of ${REPLAY_MODES.join(", ")}`,
  read: (text: string) => REPLAY_MODES.find((it) => it === text),
};

const DRY = {
  allowed: "true or false",
  read: (text: string) => (text === "true" ? true : text === "false" ? false : undefined),
};
