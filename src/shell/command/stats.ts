import type { Stats } from "../stats/read_stats.ts";
import { ask } from "./ask.ts";
import { type PlaceOptions, place } from "./jobs.ts";
import { printJson } from "./list_page.ts";
import { statsLines } from "./stats_lines.ts";
import { UsageError } from "./usage_error.ts";

/** The same over HTTP: its times are text. */
export type AnsweredStats = Answered<Stats>;
type Answered<T> = T extends Date ? string : T extends object ? { readonly [K in keyof T]: Answered<T[K]> } : T;

/** `docket stats`: how the running service stands. Rejects with a `UsageError` or `SettingError`. */
export async function stats({ url, json = false }: PlaceOptions): Promise<number> {
  const answer = await ask("/v1/stats", place(url));
  if (!isStats(answer)) throw new UsageError("The answer is no statistics: is this another version of Docket?");
  if (json) printJson([answer]);
  else for (const line of statsLines(answer)) console.log(line);
  return 0;
}

function isStats(answer: object): answer is AnsweredStats {
  return ["problems", "messages", "jobs", "entities", "source"].every((name) => name in answer);
}
