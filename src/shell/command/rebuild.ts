import { sql } from "kysely";
import type { Built } from "../rebuild/build.ts";
import { rebuild as makeAnew, type Rebuilt } from "../rebuild/rebuild.ts";
import { RebuildOvertaken, SIDE_SCHEMA } from "../rebuild/side_schema.ts";
import { SwapTooLong } from "../rebuild/swap.ts";
import { differenceLines } from "./difference_lines.ts";
import { printHint, printJson } from "./list_page.ts";
import { type OpenLog, withLog } from "./open_log.ts";
import { makeProgress } from "./progress.ts";
import { UsageError } from "./usage_error.ts";

export interface RebuildCommandOptions {
  /** Put what was made in the place of what differs. */
  readonly swap?: boolean;
  /** Leave the side schema there. */
  readonly keep?: boolean;
  /** Longest time that the swap may hold its locks, seconds. @default 20 */
  readonly hold?: number;
  /** Differences shown. @default 100 */
  readonly limit?: number;
  readonly json?: boolean;
}

interface Total {
  entities: number;
  messages: number;
  differences: number;
  waiting: number;
  kept: number;
}

/**
 * `docket rebuild`: makes the tables anew from the log in a side schema, shows what differs, and with `swap` puts it in
 * its place. Gives the exit code: 1 if something differs and was not swapped. Rejects as `withLog` does.
 */
export function rebuild({ swap = false, keep = false, ...options }: RebuildCommandOptions): Promise<number> {
  const { limit = 100, json = false, hold = 20 } = options;
  return withLog({}, async ({ db, settings }) => {
    const total: Total = { entities: 0, messages: 0, differences: 0, waiting: 0, kept: 0 };
    const progress = !json && process.stderr.isTTY ? makeProgress(await countHeads(db)) : undefined;
    const onPage = (built: Built): void => {
      for (let entity = 0; entity < built.entities; entity += 1) progress?.tick();
      progress?.end();
      const shown = built.differences.slice(0, Math.max(0, limit - total.differences));
      if (json) printJson(shown.map((difference) => ({ difference })));
      else for (const line of shown.flatMap(differenceLines)) console.log(line);
      total.entities += built.entities;
      total.messages += built.messages;
      total.differences += built.differences.length;
      total.waiting += built.waiting;
      total.kept += built.kept;
    };
    const { swapped } = await makeAnew(db, {
      onDelete: settings.onDelete,
      swap,
      keep,
      holdLimitMs: hold * 1_000,
      onPage,
    }).catch((cause: unknown) => {
      throw explained(cause, hold);
    });
    progress?.end();
    const equal = total.differences === 0;
    if (json) printJson([{ total: { equal, ...total, swapped } }]);
    else {
      for (const line of summary(total, { limit, swapped })) console.log(line);
      for (const hint of hints(total, { swap, keep })) printHint(hint);
    }
    return equal || swapped !== null ? 0 : 1;
  });
}

function summary(
  { entities, messages, differences }: Total,
  { limit, swapped }: { readonly limit: number; readonly swapped: Rebuilt["swapped"] },
): readonly string[] {
  const counted = `${messages} messages, ${entities} entities`;
  if (differences === 0) return [`equal: the tables are what the log says (${counted})`];
  const more = differences > limit ? [`and ${differences - limit} more: --limit shows them`] : [];
  const different = `different: ${differences} ${differences === 1 ? "difference" : "differences"} (${counted})`;
  if (swapped === null) return [...more, different];
  const { entities: changed, caughtUp, heldMs } = swapped;
  const again = caughtUp === 0 ? "" : `, ${caughtUp} of them made again, as messages came meanwhile`;
  return [...more, different, `swapped: ${changed} entities in ${heldMs} ms${again}. No job was planned or run.`];
}

function hints(
  { differences, waiting, kept }: Total,
  { swap, keep }: { readonly swap: boolean; readonly keep: boolean },
): readonly string[] {
  return [
    ...(differences > 0 && !swap ? ["Nothing was changed: --swap makes it good"] : []),
    ...(waiting > 0
      ? [`${waiting} entities left out: a parent's deletion is on its way to them; do it again soon`]
      : []),
    ...(kept > 0 ? [`${kept} entities left as they are: the payload of their newest version can't be read`] : []),
    ...(keep ? [`The tables as they were made are in schema ${SIDE_SCHEMA}, until the next rebuild`] : []),
  ];
}

function explained(cause: unknown, holdSeconds: number): unknown {
  if (cause instanceof RebuildOvertaken) return new UsageError(cause.message);
  if (!(cause instanceof SwapTooLong)) return cause;
  return new UsageError(
    `Nothing was changed: the swap was not done after ${holdSeconds} s, in which messages about what differs had to wait. Run it again when less comes in, or with a longer --hold <seconds>`,
  );
}

async function countHeads(db: OpenLog["db"]): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::integer as count from docket.head`.execute(db);
  return Math.max(1, rows[0]?.count ?? 1);
}
