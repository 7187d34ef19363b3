import { type Kysely, sql } from "kysely";
import { type EntityRef, type Message, type OnDelete, type Outcome, type Policy, refKey } from "../../core/mod.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { repairEntities } from "../rebuild/repair_entities.ts";
import type { Answers, RetakingOptions } from "../store/event_store.ts";
import { inTransaction, recordset, type Tx } from "../store/sql.ts";
import type { Difference } from "../verify/difference.ts";
import { untilNoRace } from "../work/until_no_race.ts";
import { type Choice, type Chosen, chosenPages } from "./choose.ts";
import { decodeFiled } from "./decode_filed.ts";
import { type ReplayedJobs, replayJobs } from "./replay_jobs.ts";

/**
 * What replaying comes to. `missing`: jobs that should exist by the log and don't are planned. `state`: the tables are
 * made what the log says, and no job is planned. `forced`: as `missing`, and the messages' jobs are run again although
 * done. In all of them what was set aside and is understood by now takes its place.
 */
export const REPLAY_MODES = ["missing", "state", "forced"] as const;
export type ReplayMode = (typeof REPLAY_MODES)[number];

export interface ReplayOptions {
  readonly choice: Choice;
  readonly mode: ReplayMode;
  /** Everything is tried, told and taken back. */
  readonly dry: boolean;
  /** Whom the audit names. */
  readonly actor: string;
}

/** What replaying works with. */
export interface ReplayTools {
  readonly db: Kysely<DocketDatabase>;
  readonly policies: readonly Policy[];
  readonly onDelete: OnDelete;
  readonly retake: (messages: readonly Message[], options: RetakingOptions) => Promise<Answers>;
}

/** A message that was set aside, and what it is now. */
export interface Retaken {
  readonly svixId: string;
  readonly type: string | null;
  readonly was: Outcome;
  /** Null: the database refused it for now. */
  readonly is: Outcome | null;
  /** Why it is not understood; null otherwise. */
  readonly fault: string | null;
}

export interface ReplayedPage extends ReplayedJobs {
  readonly messages: number;
  /** Those that were set aside. */
  readonly retaken: readonly Retaken[];
  /** In `state`: what the tables had otherwise. */
  readonly repaired: readonly Difference[];
}

/** Entities in one transaction. */
const ENTITIES_PER_PAGE = 100;

/** Replays the chosen messages in pages, each in transactions of its own. Safe to repeat, but for `forced`. */
export async function* replay(tools: ReplayTools, options: ReplayOptions): AsyncGenerator<ReplayedPage> {
  const seen = new Set<string>();
  for await (const chosen of chosenPages(tools.db, options.choice)) {
    const aside = chosen.filter(isSetAside);
    const told = chosen.filter((it) => !isSetAside(it));
    const retaken = await retakeAll(tools, aside, options);
    const done = await replayTold(tools, told, { ...options, seen });
    const changed = retaken.filter(({ was, is }) => is !== null && was !== is).map(({ svixId }) => svixId);
    const forced = options.mode === "forced" ? told.map(({ filed }) => filed.svixId) : [];
    if (!options.dry) await writeAudits(tools.db, [...changed, ...forced], options.actor);
    yield { messages: chosen.length, retaken, ...done };
  }
}

function isSetAside({ outcome }: Chosen): boolean {
  return outcome === "quarantined" || outcome === "foreign" || outcome === "ignored";
}

async function retakeAll(
  { retake }: ReplayTools,
  aside: readonly Chosen[],
  { mode, dry }: ReplayOptions,
): Promise<readonly Retaken[]> {
  if (aside.length === 0) return [];
  const messages = aside.map(({ filed }) => decodeFiled(filed));
  const answers = await retake(messages, { jobs: mode !== "state", dry });
  return aside.map(({ filed: { svixId }, type, outcome: was }, index) => {
    const message = messages[index];
    const answer = answers[index] ?? null;
    const is = answer === "duplicate" ? was : answer;
    const fault = message?._tag === "Unreadable" && is === "quarantined" ? message.fault : null;
    return { svixId, type, was, is, fault };
  });
}

interface Telling extends ReplayOptions {
  /** Entities that are done already: but for `forced`, one message of each is enough. */
  readonly seen: Set<string>;
}

type Done = ReplayedJobs & Pick<ReplayedPage, "repaired">;

async function replayTold(tools: ReplayTools, told: readonly Chosen[], telling: Telling): Promise<Done> {
  const { db, onDelete, policies } = tools;
  const { mode, dry, seen } = telling;
  const total = { planned: [] as string[], restored: [] as string[], again: [] as string[], left: [] as string[] };
  const repaired: Difference[] = [];
  const forcedBy = mode === "forced" ? told.map(({ filed }) => filed.svixId) : [];
  for await (const refs of entityPages(db, told)) {
    const fresh = mode === "forced" ? refs : refs.filter((ref) => !seen.has(refKey(ref)));
    for (const ref of fresh) seen.add(refKey(ref));
    if (fresh.length === 0) continue;
    if (mode === "state") {
      const repair = (tx: Tx): Promise<readonly Difference[]> => repairEntities(tx, fresh, onDelete);
      repaired.push(...(await untilNoRace(() => inTransaction(db, { dry }, repair))));
      continue;
    }
    const plan = (tx: Tx): Promise<ReplayedJobs> => replayJobs(tx, { refs: fresh, policies, onDelete, forcedBy });
    const jobs = await untilNoRace(() => inTransaction(db, { dry }, plan));
    for (const field of ["planned", "restored", "again", "left"] as const) total[field].push(...jobs[field]);
  }
  return { ...total, repaired };
}

/** The entities that messages are about, and of those that are deleted the children, which their deletion ended. */
async function* entityPages(db: Kysely<DocketDatabase>, told: readonly Chosen[]): AsyncGenerator<readonly EntityRef[]> {
  const refs = distinct(told.flatMap(({ ref }) => ref ?? []));
  if (refs.length > 0) yield refs;
  for (const parent of distinct(told.flatMap(({ ref, isDeletion }) => (isDeletion && ref !== null ? [ref] : [])))) {
    for (let last: EntityRef | null = null, isDone = false; !isDone; ) {
      const after: { readonly kind: string; readonly id: string } = last ?? { kind: "", id: "" };
      const { rows } = await sql<EntityRef>`
        select child_kind as kind, child_id as id from docket.link
        where parent_kind = ${parent.kind} and parent_id = ${parent.id}
          and (child_kind, child_id) > (${after.kind}, ${after.id})
        order by child_kind, child_id limit ${ENTITIES_PER_PAGE}`.execute(db);
      if (rows.length > 0) yield rows;
      last = rows.at(-1) ?? last;
      isDone = rows.length < ENTITIES_PER_PAGE;
    }
  }
}

function distinct(refs: readonly EntityRef[]): readonly EntityRef[] {
  return [...new Map(refs.map((ref) => [refKey(ref), ref])).values()];
}

async function writeAudits(db: Kysely<DocketDatabase>, subjects: readonly string[], actor: string): Promise<void> {
  if (subjects.length === 0) return;
  const rows = subjects.map((subject) => ({ subject }));
  await sql`
    insert into docket.audit (action, subject, actor)
    select 'replay', x.subject, ${actor} from ${recordset(rows, "subject text")}`.execute(db);
}
