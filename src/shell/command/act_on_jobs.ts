import { ask, Refusal } from "./ask.ts";
import { type Item, standingOf } from "./job_lines.ts";
import { type PlaceOptions, place } from "./jobs.ts";
import { printHint, printJson } from "./list_page.ts";
import { printable } from "./printable.ts";

export type ActOptions = PlaceOptions;

const DONE = { retry: "let go again", cancel: "cancelled", approve: "approved" } as const;

/**
 * `docket jobs retry`, `cancel` and `approve`: one job after the other. One that is refused does not keep the others
 * from it. Rejects with a `UsageError` or `SettingError` when the service can't be asked at all.
 *
 * @returns 0 if all was done, or was so already.
 */
export async function actOnJobs(
  action: keyof typeof DONE,
  keys: readonly string[],
  { url, json = false }: ActOptions,
): Promise<number> {
  let refused = 0;
  for (const key of keys) {
    try {
      const path = `/v1/jobs/${encodeURIComponent(key)}/${action}`;
      const { changed, job = {} }: Acted = await ask(path, { ...place(url), method: "POST" });
      if (json) printJson([job]);
      else
        console.log(
          `${printable(key)}: ${changed === true ? DONE[action] : "nothing to do"}; it is ${standingOf(job)}`,
        );
    } catch (error) {
      if (!(error instanceof Refusal) || !error.isOfThis) throw error;
      printHint(`docket: ${printable(key)}: ${error.message}`);
      refused++;
    }
  }
  return refused === 0 ? 0 : 1;
}

interface Acted {
  readonly changed?: unknown;
  readonly job?: Item;
}
