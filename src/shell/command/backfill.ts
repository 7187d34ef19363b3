import { Effect } from "effect";
import { chooseWalks, backfill as runBackfill, type Walked } from "../backfill/backfill.ts";
import type { WalkState } from "../backfill/walk_state.ts";
import { checkInstance } from "../clerk/check_instance.ts";
import { EventStore } from "../store/event_store.ts";
import { printHint, printJson } from "./list_page.ts";
import { withLog } from "./open_log.ts";
import { listedKind, patientApi } from "./patient_api.ts";
import { durationText, makeProgress, type Progress } from "./progress.ts";
import { storeLayer } from "./store_layer.ts";
import { untilStopped } from "./until_stopped.ts";

export interface BackfillCommandOptions {
  readonly config?: string;
  readonly sessions?: boolean;
  readonly billing?: boolean;
  readonly restart?: boolean;
  /** Rows asked for at a time. @default 500 */
  readonly page?: number;
  readonly json?: boolean;
}

/**
 * `docket backfill`: takes what Clerk has now into the log and the tables, through the same reducers as webhooks. Gives
 * the exit code: 1 if a kind failed, 130 if it was told to stop. Rejects as `withLog` does, and when Clerk or the
 * database can't be reached: what is done by then is kept, and the same command goes on from there.
 */
export async function backfill(kinds: readonly string[], options: BackfillCommandOptions): Promise<number> {
  const { sessions = false, billing = false, restart = false, page = 500 } = options;
  const walks = chooseWalks({ kinds: kinds.map(listedKind), sessions, billing });
  return withLog({ config: options.config }, async (log) => {
    const { db } = log;
    const { instanceIds } = log.settings;
    const api = patientApi(log);
    const reporter = options.json === true ? jsonReporter() : textReporter();
    const program = Effect.gen(function* () {
      const instanceId = yield* checkInstance(db, { api, instanceIds });
      const store = yield* EventStore;
      return yield* runBackfill({ ...reporter, api, db, store, instanceId, walks, restart, limit: page });
    });
    const walked = await untilStopped(Effect.provide(program, await storeLayer(log)));
    reporter.end();
    if (walked === "stopped") {
      printHint("Stopped. The same command goes on from here.");
      return 130;
    }
    return walked.some(({ _tag }) => _tag === "Failed") ? 1 : 0;
  });
}

interface Reporter {
  readonly onBegun: (state: WalkState) => void;
  readonly onMoved: (state: WalkState) => void;
  readonly onWalked: (walked: Walked) => void;
  readonly end: () => void;
}

function jsonReporter(): Reporter {
  return {
    onBegun: (state) => printJson([{ begun: toJson(state) }]),
    onMoved: (state) => printJson([{ page: toJson(state) }]),
    onWalked: (walked) =>
      printJson([
        walked._tag === "Finished" || walked._tag === "Before"
          ? { walk: { is: toWord(walked), ...toJson(walked.state) } }
          : { walk: { is: toWord(walked), kind: walked.kind, message: walked.message } },
      ]),
    end: () => undefined,
  };
}

/** A line for each kind, and a bar where somebody looks. */
function textReporter(): Reporter {
  let progress: Progress | undefined;
  const end = (): void => {
    progress?.end();
    progress = undefined;
  };
  return {
    onBegun: ({ kind, done, total, position }) => {
      if (position !== null) printHint(`${kind}: goes on after ${done}${total === null ? "" : ` of ${total}`}`);
      if (process.stderr.isTTY) progress = makeProgress(total ?? 0, { done, label: kind });
    },
    onMoved: ({ done, total }) => progress?.move(done, total ?? done),
    onWalked: (walked) => {
      end();
      console.log(toLine(walked));
    },
    end,
  };
}

function toWord({ _tag }: Walked): string {
  return { Finished: "finished", Before: "finished before", Off: "off", Failed: "failed" }[_tag];
}

function toJson({ kind, pages, entities, done, total, answers }: WalkState): object {
  return { kind, pages, entities, done, total, answers };
}

function toLine(walked: Walked): string {
  switch (walked._tag) {
    case "Finished": {
      const { kind, entities, pages, answers, startedAtMs, finishedAtMs } = walked.state;
      const counts = Object.entries(answers).map(([outcome, count]) => `${count} ${outcome}`);
      const took = durationText(((finishedAtMs ?? startedAtMs) - startedAtMs) / 1_000);
      return `${kind}: ${counts.length === 0 ? "none" : counts.join(", ")} (${entities} in ${pages} pages, ${took})`;
    }
    case "Before":
      return `${walked.state.kind}: finished at ${new Date(walked.state.finishedAtMs ?? 0).toISOString()}; --restart walks it again`;
    case "Off":
      return `${walked.kind}: left out, the instance has no such thing (${walked.message})`;
    case "Failed":
      return `${walked.kind}: failed: ${walked.message}`;
    default:
      return walked satisfies never;
  }
}
