import { ask } from "./ask.ts";
import { storyLines } from "./explain_lines.ts";
import type { Item } from "./job_lines.ts";
import { printHint, printJson, printNext } from "./list_page.ts";
import { terminalWidth } from "./table.ts";

export interface ExplainOptions {
  readonly limit?: number;
  readonly before?: string;
  readonly url?: string;
  readonly json?: boolean;
}

export interface ExplainedName {
  readonly kind: string;
  readonly id: string;
}

/** `docket explain`: why an entity is as it is. Rejects with a `UsageError` or `SettingError`. */
export async function explain({ kind, id }: ExplainedName, options: ExplainOptions): Promise<number> {
  const { url, json = false, ...parameters } = options;
  const path = `/v1/entities/${encodeURIComponent(kind)}/${encodeURIComponent(id)}/history`;
  const story: Item = { ...(await ask(path, { ...(url === undefined ? {} : { url }), parameters })) };
  if (json) printJson([story]);
  else for (const line of storyLines(story, terminalWidth())) console.log(line);
  const next = story["next"];
  printNext(typeof next === "string" ? next : null);
  if (!json) printHint(`As it was at a time: \`docket entity ${kind} ${id} --at <time>\``);
  return 0;
}
