import { ask } from "./ask.ts";
import type { Item } from "./job_lines.ts";
import { type PlaceOptions, place } from "./jobs.ts";
import { askPage, printJson } from "./list_page.ts";
import { printable } from "./printable.ts";
import { UsageError } from "./usage_error.ts";

export interface ResumeOptions extends PlaceOptions {
  readonly policy?: boolean;
  readonly target?: boolean;
}

/** `docket jobs resume`: a stopped policy, or a target. Rejects with a {@link UsageError} or `SettingError`. */
export async function resume(name: string, options: ResumeOptions): Promise<number> {
  const { url, json = false } = options;
  const thing = await thingOf(name, options);
  const path = `/v1/${thing}/${encodeURIComponent(name)}/resume`;
  const answer: Item = { ...(await ask(path, { ...place(url), method: "POST" })) };
  if (json) printJson([answer]);
  else {
    const what = thing === "policies" ? `The policy ${printable(name)}` : `The target ${printable(name)}`;
    const done = answer["changed"] === true ? "goes on: its jobs that wait are due" : "was going on already";
    console.log(`${what} ${done}`);
  }
  return 0;
}

type Thing = "policies" | "breakers";

/** Which of the two it is that is stopped: to let the wrong one go on could do harm. */
async function thingOf(name: string, { url, policy = false, target = false }: ResumeOptions): Promise<Thing> {
  if (policy !== target) return policy ? "policies" : "breakers";
  const policies = (await askPage("/v1/policies", place(url))).items;
  const breakers = (await askPage("/v1/breakers", place(url))).items;
  const isStopped = policies.some((it) => it["policy"] === name && it["stoppedAt"] !== null);
  const isOpen = breakers.some((it) => it["target"] === name && it["open"] === true);
  if (isStopped && isOpen) {
    throw new UsageError(`A policy and a target are named "${name}", and both are stopped: say --policy or --target`);
  }
  if (isStopped || isOpen) return isStopped ? "policies" : "breakers";
  if (policies.some((it) => it["policy"] === name)) return "policies";
  if (breakers.some((it) => it["target"] === name)) return "breakers";
  const stopped = [
    ...policies.filter((it) => it["stoppedAt"] !== null).map((it) => printable(it["policy"])),
    ...breakers.filter((it) => it["open"] === true).map((it) => printable(it["target"])),
  ];
  throw new UsageError(
    `No policy and no target is named "${name}": ${stopped.length === 0 ? "nothing is stopped" : `stopped are ${stopped.join(", ")}`}`,
  );
}
