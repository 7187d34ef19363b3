import type { Kysely } from "kysely";
import { type JobOnFile, KINDS, type Kind, type OnDelete, type Policy, refKey } from "../../core/mod.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { readJobs } from "../store/jobs.ts";
import type { Tx } from "../store/sql.ts";
import { compareChanges, readChanges } from "./compare_changes.ts";
import { compareHead, compareLinks, compareSeal, readHeads } from "./compare_head.ts";
import { compareJobs, isCompared } from "./compare_jobs.ts";
import { compareTables } from "./compare_tables.ts";
import type { Difference } from "./difference.ts";
import { readEntityPage } from "./entity_page.ts";
import type { Folded } from "./fold.ts";
import { foldPage } from "./fold_page.ts";
import { readLogLines } from "./log_lines.ts";
import { readOnly } from "./read_only.ts";
import { readSignIns } from "./sign_ins.ts";
import { type PlanFault, wantsOf } from "./wanted.ts";

export interface VerifyOptions {
  readonly onDelete: OnDelete;
  readonly policies: readonly Policy[];
}

/** What one page of entities came to. */
export interface Verified {
  readonly entities: number;
  readonly messages: number;
  readonly jobs: number;
  readonly differences: readonly Difference[];
  /** Policies that failed on an edge: its jobs were not compared. */
  readonly faults: readonly PlanFault[];
  /** Entities left out, since the deletion of a parent has yet to reach them. */
  readonly waiting: number;
}

/**
 * Makes everything anew from the log, and compares it with the tables: rows, parts, heads, links, jobs, change log.
 * Goes entity by entity, in pages, each read as of one moment; nothing is written.
 */
export async function* verifyLog(db: Kysely<DocketDatabase>, options: VerifyOptions): AsyncGenerator<Verified> {
  for (const kind of KINDS) {
    for (let after: string | null = ""; after !== null; ) {
      const from: string = after;
      const page = await readOnly(db, (tx) => verifyPage(tx, { ...options, kind, after: from }));
      after = page.after;
      yield page.verified;
    }
  }
}

interface PageOptions extends VerifyOptions {
  readonly kind: Kind;
  readonly after: string;
}

async function verifyPage(
  tx: Tx,
  { kind, after, onDelete, policies }: PageOptions,
): Promise<{ readonly verified: Verified; readonly after: string | null }> {
  const page = await readEntityPage(tx, kind, after);
  const lines = await readLogLines(tx, page.refs);
  const { folds, waiting } = await foldPage(tx, page.refs, lines);
  const refs = folds.map(({ ref }) => ref);
  const heads = await readHeads(tx, refs);
  const signIns = await readSignIns(tx, refs);
  const jobs = await readJobs(tx, refs);
  const changes = await readChanges(tx, refs);
  const differences = [
    ...folds.filter((folded) => !isReadable(folded)).map(unreadable),
    ...(await compareTables(tx, { kind, folds: folds.filter(isReadable) }, heads)),
    ...(await compareLinks(tx, folds)),
  ];
  const faults: PlanFault[] = [];
  let compared = 0;
  for (const folded of folds) {
    const key = refKey(folded.ref);
    const head = heads.get(key) ?? null;
    const sealed = head?.sealed ?? false;
    const recorded = jobs.get(key) ?? [];
    const wants = sealed ? [] : wantsOf(policies, folded);
    const wanted = wants.flatMap((want) => want.jobs);
    const deathJobs = [...wanted, ...recorded.map(({ job }) => job)].filter(({ intent }) => intent === "-");
    differences.push(
      ...compareHead(folded, head, { onDelete, signedInAtMs: signIns.get(key) ?? null }),
      ...(onDelete === "erase" ? compareSeal(folded, head, deathJobs) : []),
      ...compareJobs(folded, { wants, jobs: recorded }),
      ...compareChanges(folded, { lines: changes.get(key) ?? new Map(), sealed }),
    );
    faults.push(...wants.flatMap((want) => want.faults));
    compared += sealed ? 0 : countJobs(wanted, recorded, policies);
  }
  const messages = folds.reduce((sum, folded) => sum + folded.messages, 0);
  const verified = { entities: folds.length, messages, jobs: compared, differences, faults, waiting };
  return { verified, after: page.after };
}

function countJobs(
  wanted: readonly { readonly key: string }[],
  recorded: readonly JobOnFile[],
  policies: readonly Policy[],
): number {
  const known = recorded.filter((entry) => isCompared(entry, policies)).map(({ job }) => job.key);
  return new Set([...known, ...wanted.map(({ key }) => key)]).size;
}

/** The newest version must be readable: retention never takes it. */
export function isReadable({ newest, body }: Folded): boolean {
  return newest === null || body !== null;
}

function unreadable({ ref, newest }: Folded): Difference {
  return {
    is: "different",
    table: "docket.log",
    row: `${refKey(ref)} ${newest?.svixId ?? ""}`,
    field: "payload",
    inTable: "nothing that can be read",
    fromLog: `what a ${ref.kind} needs`,
  };
}
