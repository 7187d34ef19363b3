import type { Kysely } from "kysely";
import { KINDS, type Kind, type Policy, refKey, untilHolds, type WantedJob } from "../../core/mod.ts";
import type { DocketDatabase } from "../database/schema.ts";
import type { Tx } from "../store/sql.ts";
import { readHeads } from "../verify/compare_head.ts";
import { readEntityPage } from "../verify/entity_page.ts";
import { type Folded, headOf } from "../verify/fold.ts";
import { foldPage } from "../verify/fold_page.ts";
import { readLogLines } from "../verify/log_lines.ts";
import { readOnly } from "../verify/read_only.ts";
import { type PlanFault, wantsOf } from "../verify/wanted.ts";

export interface PreviewOptions {
  readonly policies: readonly Policy[];
}

/** A job that a policy would have planned, and whether it would still be waiting. */
export interface PreviewedJob {
  readonly job: WantedJob;
  /** `cancelled`: what its `until` names has come by now. */
  readonly state: "planned" | "cancelled";
}

/** What one page of entities came to. */
export interface Previewed {
  readonly entities: number;
  readonly messages: number;
  readonly jobs: readonly PreviewedJob[];
  /** Policies that threw, or returned what is no list of jobs. */
  readonly faults: readonly PlanFault[];
  /** Deleted entities left out: their personal data is erased, so that nobody can say what was wanted of it. */
  readonly erased: number;
}

/** Runs policies over the log, entity by entity in pages, each read as of one moment. Nothing is written. */
export async function* previewLog(db: Kysely<DocketDatabase>, { policies }: PreviewOptions): AsyncGenerator<Previewed> {
  for (const kind of KINDS.filter((kind) => policies.some(({ options }) => options.kind === kind))) {
    for (let after: string | null = ""; after !== null; ) {
      const from: string = after;
      const page = await readOnly(db, (tx) => previewPage(tx, { policies, kind, after: from }));
      after = page.after;
      yield page.previewed;
    }
  }
}

interface PageOptions extends PreviewOptions {
  readonly kind: Kind;
  readonly after: string;
}

async function previewPage(
  tx: Tx,
  { policies, kind, after }: PageOptions,
): Promise<{ readonly previewed: Previewed; readonly after: string | null }> {
  const page = await readEntityPage(tx, kind, after);
  const { folds } = await foldPage(tx, page.refs, await readLogLines(tx, page.refs));
  const heads = await readHeads(tx, page.refs);
  const told = folds.filter(({ messages }) => messages > 0);
  const open = told.filter(({ ref }) => heads.get(refKey(ref))?.sealed !== true);
  const wants = open.map((folded) => ({ folded, wants: wantsOf(policies, folded) }));
  const previewed: Previewed = {
    entities: open.length,
    messages: open.reduce((sum, { messages }) => sum + messages, 0),
    jobs: wants.flatMap(({ folded, wants }) => wants.flatMap(({ jobs }) => jobs.map((job) => shown(job, folded)))),
    faults: wants.flatMap(({ wants }) => wants.flatMap(({ faults }) => faults)),
    erased: told.length - open.length,
  };
  return { previewed, after: page.after };
}

function shown(job: WantedJob, folded: Folded): PreviewedJob {
  const moot = untilHolds(job.until, headOf(folded));
  return { job, state: moot ? "cancelled" : "planned" };
}
