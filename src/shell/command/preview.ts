import type { Policy } from "../../core/mod.ts";
import { sinceOf } from "../config/policy_since.ts";
import { type PreviewedJob, previewLog } from "../preview/preview.ts";
import { timeText } from "../verify/table_rows.ts";
import type { PlanFault } from "../verify/wanted.ts";
import { printHint, printJson } from "./list_page.ts";
import { withLog } from "./open_log.ts";
import { printable, shortTime } from "./printable.ts";
import { type TableColumn, tableLines, terminalWidth } from "./table.ts";
import { UsageError } from "./usage_error.ts";

export interface PreviewCommandOptions {
  readonly config?: string;
  readonly policy?: string;
  /** Whatever its age. */
  readonly past?: boolean;
  /** Jobs shown. @default 50 */
  readonly limit?: number;
  readonly json?: boolean;
}

const FAULTS_MAX = 20;
const COLUMNS: readonly TableColumn[] = [
  { name: "key", holds: "id" },
  { name: "handler" },
  { name: "when", holds: "time" },
  { name: "for" },
  { name: "state" },
  { name: "payload" },
];

/**
 * `docket preview`: which jobs the policies of a config would have planned of the log as it is. Nothing is planned.
 * Rejects as `withLog` does.
 */
export function preview({ limit = 50, json = false, ...options }: PreviewCommandOptions): Promise<number> {
  return withLog({ config: options.config }, async ({ db, policies }) => {
    const chosen = choose(policies, options).map((policy) => reaching(policy, options.past ?? false));
    const total = { jobs: 0, cancelled: 0, faults: 0, entities: 0, messages: 0, erased: 0 };
    const jobs: PreviewedJob[] = [];
    const faults: PlanFault[] = [];
    for await (const page of previewLog(db, { policies: chosen })) {
      total.jobs += page.jobs.length;
      total.cancelled += page.jobs.filter(({ state }) => state === "cancelled").length;
      total.faults += page.faults.length;
      total.entities += page.entities;
      total.messages += page.messages;
      total.erased += page.erased;
      jobs.push(...page.jobs.slice(0, limit - jobs.length));
      faults.push(...page.faults.slice(0, FAULTS_MAX - faults.length));
    }
    if (json) {
      printJson([...jobs.map((job) => ({ job: toJson(job) })), ...faults.map((fault) => ({ fault })), { total }]);
      return 0;
    }
    if (jobs.length > 0) {
      for (const line of tableLines(jobs.map(toRow), { columns: COLUMNS, width: terminalWidth() })) console.log(line);
    }
    for (const fault of faults) console.log(printable(faultLine(fault)));
    const cancelled = total.cancelled === 0 ? "" : ` (${total.cancelled} of them pointless by now)`;
    console.log(
      `${total.jobs} jobs${cancelled}, ${total.faults} faults, of ${total.messages} messages about ${total.entities} entities`,
    );
    if (total.jobs > jobs.length) printHint(`${total.jobs - jobs.length} more jobs: --limit shows them`);
    if (total.erased > 0) printHint(`${total.erased} deleted entities left out: their personal data is erased`);
    printHint("Nothing was planned.");
    return 0;
  });
}

function choose(policies: readonly Policy[], { policy }: PreviewCommandOptions): readonly Policy[] {
  if (policies.length === 0) {
    throw new UsageError("No policies: write them in docket.config.ts, or name a config with --config");
  }
  const chosen = policy === undefined ? policies : policies.filter(({ name }) => name === policy);
  if (chosen.length > 0) return chosen;
  const names = policies.map(({ name }) => name).join(", ");
  throw new UsageError(`No policy is named "${policy}": must be one of ${names}`);
}

/** Policies as if they had always been on; with `past` for what came late too. */
function reaching(policy: Policy, past: boolean): Policy {
  const always = sinceOf(policy, 0);
  return past ? ({ ...always, options: { ...always.options, maxAge: "forever" } } as Policy) : always;
}

function toJson({ job, state }: PreviewedJob): object {
  const { key, policy, handler, startAtMs, ref, payload, approval } = job;
  return { key, policy, handler, when: timeText(startAtMs), kind: ref.kind, id: ref.id, state, approval, payload };
}

function toRow({ job, state }: PreviewedJob): Readonly<Record<string, unknown>> {
  const { key, handler, startAtMs, ref, payload } = job;
  return { key, handler, when: shortTime(timeText(startAtMs)), for: ref.id, state, payload };
}

function faultLine({ policy, ref, intent, fault }: PlanFault): string {
  return `fault: ${policy} on ${ref.kind}/${ref.id} ${intent}: ${fault}`;
}
