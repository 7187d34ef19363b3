import { sql } from "kysely";
import { withSince } from "../config/policy_since.ts";
import type { Difference } from "../verify/difference.ts";
import { type Verified, verifyLog } from "../verify/verify.ts";
import { differenceLines } from "./difference_lines.ts";
import { printHint, printJson } from "./list_page.ts";
import { type OpenLog, withLog } from "./open_log.ts";
import { makeProgress } from "./progress.ts";

export interface VerifyCommandOptions {
  readonly config?: string;
  /** Differences shown. @default 100 */
  readonly limit?: number;
  readonly json?: boolean;
}

type Total = { -readonly [F in "entities" | "messages" | "jobs" | "waiting"]: number } & {
  differences: number;
  faults: number;
};

/**
 * `docket verify`: makes everything anew from the log, and says what the tables have otherwise. Gives the exit code: 1
 * if anything differs. Rejects as `withLog` does.
 */
export function verify({ config, limit = 100, json = false }: VerifyCommandOptions): Promise<number> {
  return withLog({ config }, async ({ db, settings, policies }) => {
    const total: Total = { entities: 0, messages: 0, jobs: 0, waiting: 0, differences: 0, faults: 0 };
    const progress = !json && process.stderr.isTTY ? makeProgress(await countHeads(db)) : undefined;
    const options = { onDelete: settings.onDelete, policies: await withSince(db, policies) };
    for await (const page of verifyLog(db, options)) {
      for (let entity = 0; entity < page.entities; entity += 1) progress?.tick();
      progress?.end();
      print(page.differences.slice(0, Math.max(0, limit - total.differences)), json);
      add(total, page);
    }
    progress?.end();
    const equal = total.differences === 0;
    if (json) printJson([{ total: { equal, ...total } }]);
    else for (const line of summary(total, limit)) console.log(line);
    if (!json) for (const hint of hints(total)) printHint(hint);
    return equal ? 0 : 1;
  });
}

function add(total: Total, page: Verified): void {
  total.entities += page.entities;
  total.messages += page.messages;
  total.jobs += page.jobs;
  total.waiting += page.waiting;
  total.differences += page.differences.length;
  total.faults += page.faults.length;
}

function print(differences: readonly Difference[], json: boolean): void {
  if (json) printJson(differences.map((difference) => ({ difference })));
  else for (const difference of differences) for (const line of differenceLines(difference)) console.log(line);
}

function summary({ entities, messages, jobs, differences }: Total, limit: number): readonly string[] {
  const counted = `${messages} messages, ${entities} entities, ${jobs} jobs`;
  if (differences === 0) return [`equal: the tables are what the log says (${counted})`];
  const more = differences > limit ? [`and ${differences - limit} more: --limit shows them`] : [];
  return [...more, `different: ${differences} ${differences === 1 ? "difference" : "differences"} (${counted})`];
}

function hints({ waiting, faults }: Total): readonly string[] {
  return [
    ...(waiting > 0
      ? [`${waiting} entities left out: a parent's deletion is on its way to them; verify again soon`]
      : []),
    ...(faults > 0 ? [`${faults} edges on which a policy failed: their jobs were not compared`] : []),
  ];
}

async function countHeads(db: OpenLog["db"]): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*)::integer as count from docket.head`.execute(db);
  return Math.max(1, rows[0]?.count ?? 1);
}
