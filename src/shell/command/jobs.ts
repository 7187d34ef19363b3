import { ask } from "./ask.ts";
import { hintsFor, type Item, JOB_COLUMNS, jobLines, jobRow } from "./job_lines.ts";
import { askPage, printHint, printJson, printNext } from "./list_page.ts";
import { tableLines, terminalWidth } from "./table.ts";
import { UsageError } from "./usage_error.ts";

export interface PlaceOptions {
  readonly url?: string;
  readonly json?: boolean;
}

export interface JobsOptions extends PlaceOptions {
  readonly state?: string;
  readonly policy?: string;
  readonly handler?: string;
  readonly entity?: string;
  readonly limit?: number;
  readonly before?: string;
}

/** `docket jobs list`: the last updated first. Rejects with a `UsageError` or `SettingError`. */
export async function listJobs(options: JobsOptions): Promise<number> {
  const { url, json = false, ...parameters } = options;
  const { items, next } = await askPage("/v1/jobs", { ...place(url), parameters });
  if (json) printJson(items);
  else if (items.length === 0) printHint(NO_JOBS);
  else {
    const lines = tableLines(items.map(jobRow), { columns: JOB_COLUMNS, width: terminalWidth() });
    for (const line of lines) console.log(line);
    for (const hint of hintsFor(items)) printHint(hint);
  }
  printNext(next);
  return 0;
}

/** `docket jobs show`: all that is known about one. Rejects with a `UsageError` or `SettingError`. */
export async function showJob(key: string, { url, json = false }: PlaceOptions): Promise<number> {
  if (key === "") throw new UsageError("Name the job by its key, as `docket jobs` shows it");
  const job: Item = { ...(await ask(`/v1/jobs/${encodeURIComponent(key)}`, place(url))) };
  if (json) printJson([job]);
  else {
    for (const line of jobLines(job)) console.log(line);
    for (const hint of hintsFor([job])) printHint(hint);
  }
  return 0;
}

/** Where the service runs, as `ask` takes it. */
export function place(url: string | undefined): { readonly url?: string } {
  return url === undefined ? {} : { url };
}

const NO_JOBS =
  "No jobs: the policies of docket.config.ts plan them (`docket preview` shows what they would), or ask for others";
