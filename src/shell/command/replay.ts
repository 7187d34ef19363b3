import { createInterface } from "node:readline/promises";
import { Effect, Layer, Logger } from "effect";
import { type Outcome, spanMs } from "../../core/mod.ts";
import { readPlace } from "../api/place.ts";
import { OUTCOMES } from "../api/query.ts";
import { withSince } from "../config/policy_since.ts";
import { Database } from "../database/database.ts";
import { type Choice, countChosen } from "../replay/choose.ts";
import { REPLAY_MODES, type ReplayedPage, type ReplayMode, type ReplayTools, replay as run } from "../replay/replay.ts";
import { EventStore } from "../store/event_store.ts";
import { printHint, printJson } from "./list_page.ts";
import { type OpenLog, withLog } from "./open_log.ts";
import { makeProgress } from "./progress.ts";
import { pageLines, type ReplayTotal, summaryLines, totalOf } from "./replay_lines.ts";
import { UsageError } from "./usage_error.ts";

export interface ReplayCommandOptions {
  readonly config?: string;
  readonly id?: readonly string[];
  readonly type?: string;
  readonly since?: string;
  readonly outcome?: string;
  readonly mode?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  /** Lines shown. @default 100 */
  readonly limit?: number;
  readonly json?: boolean;
}

/**
 * `docket replay`: messages that were set aside, and those chosen, once more. Gives the exit code: 1 if messages that
 * were to be understood are not. Rejects as `withLog` does.
 */
export function replay(options: ReplayCommandOptions): Promise<number> {
  const { json = false, limit = 100, dryRun = false, yes = false } = options;
  const choice = readChoice(options);
  const mode = readMode(options.mode ?? "missing");
  return withLog({ config: options.config }, async (log) => {
    const count = await countChosen(log.db, choice);
    await checkIds(choice, count);
    if (mode === "forced" && !dryRun && count !== 0) await confirm(count, yes);
    const isShown = !json && process.stderr.isTTY && count !== null;
    const progress = isShown ? makeProgress(Math.max(1, count)) : undefined;
    const total: ReplayTotal = totalOf();
    let shown = 0;
    for await (const page of run(await toolsOf(log), { choice, mode, dry: dryRun, actor: "cli" })) {
      total.add(page);
      for (let message = 0; message < page.messages; message += 1) progress?.tick();
      progress?.end();
      if (json) printJson(jsonOf(page));
      else {
        const lines = pageLines(page).slice(0, Math.max(0, limit - shown));
        shown += lines.length;
        for (const line of lines) console.log(line);
      }
    }
    progress?.end();
    if (json) printJson([{ total: { mode, dryRun, ...total.counts() } }]);
    else for (const line of summaryLines(total, { mode, lines: shown })) console.log(line);
    if (!json && dryRun) printHint("Nothing was changed: this was a dry run");
    return total.counts().quarantined > 0 ? 1 : 0;
  });
}

/** Without any condition: what is quarantined. */
function readChoice({ id = [], type, since, outcome }: ReplayCommandOptions): Choice {
  const sinceMs = since === undefined ? undefined : readSince(since);
  const isAll = id.length === 0 && type === undefined && since === undefined && outcome === undefined;
  const known = OUTCOMES.find((it) => it === outcome);
  if (outcome !== undefined && known === undefined) {
    throw new UsageError(`No outcome is called "${outcome}": must be one of ${OUTCOMES.join(", ")}`);
  }
  const only: Outcome | undefined = isAll ? "quarantined" : known;
  return { ids: id.length === 0 ? undefined : [...new Set(id)], type, sinceMs, outcome: only };
}

function readSince(text: string): number {
  const place = readPlace(text);
  if (place?.id === "") return place.atMs;
  const span = spanMs(text as `${number} days`);
  if (span !== null) return Date.now() - span;
  throw new UsageError(
    `Cannot read --since "${text}": it must be a time such as 2026-01-31T12:00:00Z, or a span such as "2 days"`,
  );
}

function readMode(text: string): ReplayMode {
  const mode = REPLAY_MODES.find((it) => it === text);
  if (mode === undefined)
    throw new UsageError(`No mode is called "${text}": must be one of ${REPLAY_MODES.join(", ")}`);
  return mode;
}

async function checkIds({ ids }: Choice, count: number | null): Promise<void> {
  if (ids === undefined || count !== 0) return;
  throw new UsageError("No message of the log is meant: `docket events` lists them with their ids");
}

async function confirm(count: number | null, yes: boolean): Promise<void> {
  if (yes) return;
  const messages = count === 1 ? "1 message" : `${count ?? "very many"} messages`;
  const what = `run the jobs of ${messages} again, although they are done`;
  if (!process.stdin.isTTY) throw new UsageError(`This would ${what}: say --yes if it is to, or --dry-run to see`);
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    if (/^y(es)?$/i.test((await terminal.question(`This will ${what}. Go on? [y/N] `)).trim())) return;
  } finally {
    terminal.close();
  }
  throw new UsageError("Nothing was done");
}

async function toolsOf({ db, flavor, settings, policies }: OpenLog): Promise<ReplayTools> {
  const { onDelete, instanceIds } = settings;
  const known = await withSince(db, policies);
  const layer = EventStore.layer({ instanceIds, onDelete, policies: known, production: true }).pipe(
    Layer.provide(Layer.succeed(Database, { db, flavor })),
    Layer.provideMerge(Logger.layer([])),
  );
  return {
    db,
    onDelete,
    policies: known,
    retake: (messages, options) =>
      Effect.runPromise(EventStore.use((store) => store.retake(messages, options)).pipe(Effect.provide(layer))),
  };
}

function jsonOf({ retaken, planned, restored, again, left, repaired }: ReplayedPage): readonly object[] {
  return [
    ...retaken.map((message) => ({ message })),
    ...repaired.map((difference) => ({ repaired: difference })),
    ...planned.map((key) => ({ job: { key, is: "planned" } })),
    ...restored.map((key) => ({ job: { key, is: "restored" } })),
    ...again.map((key) => ({ job: { key, is: "again" } })),
    ...left.map((key) => ({ job: { key, is: "left" } })),
  ];
}
