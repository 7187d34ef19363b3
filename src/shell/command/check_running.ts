import { BREAKER_ADVICE, DEAD_ADVICE, QUARANTINED_ADVICE, SILENCE_ADVICE, STOPPED_ADVICE } from "../stats/advice.ts";
import { type Check, failure, ok, warning } from "./check.ts";

const TIMEOUT_MS = 5_000;

/** What the running service counts, where its embedded database can't be looked into. Nothing if it does not say. */
export async function checkRunning(port: number): Promise<readonly Check[]> {
  const numbers = await readNumbers(`http://localhost:${port}/metrics`);
  if (numbers === null) return [];
  const waiting = WAITING.filter(({ metric }) => (numbers.get(metric) ?? 0) > 0).map(({ name, metric, what, advice }) =>
    warning(name, { detail: `${numbers.get(metric)} ${what}`, advice }),
  );
  return [
    numbers.get("docket_source_silent") === 1
      ? failure("source", {
          detail: "Clerk's webhooks are silent: the log of the service says why",
          advice: SILENCE_ADVICE,
        })
      : ok("source", "Clerk's webhooks come, or there is nothing to tell"),
    ...waiting,
  ];
}

const WAITING = [
  {
    name: "jobs",
    metric: 'docket_jobs{state="dead"}',
    what: "given up",
    advice: DEAD_ADVICE,
  },
  {
    name: "policies",
    metric: "docket_policies_stopped",
    what: "stopped, since too many jobs came at once",
    advice: STOPPED_ADVICE,
  },
  {
    name: "targets",
    metric: "docket_breakers_open",
    what: "failing, and left alone",
    advice: BREAKER_ADVICE,
  },
  {
    name: "messages",
    metric: "docket_messages_quarantined",
    what: "on file that were not understood",
    advice: QUARANTINED_ADVICE,
  },
] as const;

/** By name and labels. Null: nobody answers, or something other than a Docket with its database. */
async function readNumbers(url: string): Promise<ReadonlyMap<string, number> | null> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: "manual" });
    const lines = (await response.text()).split("\n").map((line) => /^(docket_\S+) (\S+)$/.exec(line));
    const numbers = new Map(lines.flatMap((it) => (it === null ? [] : [[it[1] ?? "", Number(it[2])] as const])));
    return numbers.has("docket_source_silent") ? numbers : null;
  } catch {
    // The check of the endpoint says that nobody answers.
    return null;
  }
}
