import { type Kysely, sql } from "kysely";
import { type EntityRef, KINDS, type Kind, type OnDelete, refKey } from "../../core/mod.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { recordset, type Tx } from "../store/sql.ts";
import { readTold, type ToldRow } from "../store/told_row.ts";
import type { Difference } from "../verify/difference.ts";
import { readEntityPage } from "../verify/entity_page.ts";
import { foldEntities, type Refolded } from "./fold_entities.ts";
import { putAside } from "./put_rows.ts";
import { checkSide } from "./side_schema.ts";

/** What one page of entities came to. */
export interface Built {
  readonly entities: number;
  readonly messages: number;
  readonly differences: readonly Difference[];
  /** Entities left out, since the deletion of a parent has yet to reach them. */
  readonly waiting: number;
  /** Entities left as they are, since the payload of their newest version is gone. */
  readonly kept: number;
}

export interface BuildOptions {
  readonly run: string;
  readonly onDelete: OnDelete;
}

/** Sessions first: what they say of their users' sign-ins must be known before the users are made. */
const BUILD_ORDER: readonly Kind[] = ["session", ...KINDS.filter((kind) => kind !== "session")];

/**
 * Makes everything anew from the log in the side schema, entity by entity in pages, each as of one moment, and
 * compares. The tables in use are only read.
 *
 * @throws {RebuildOvertaken} If another rebuild began meanwhile.
 */
export async function* build(db: Kysely<DocketDatabase>, options: BuildOptions): AsyncGenerator<Built> {
  for (const kind of BUILD_ORDER) {
    for (let after: string | null = ""; after !== null; ) {
      const from: string = after;
      const page = await db
        .transaction()
        .setIsolationLevel("repeatable read")
        .execute((tx) => buildPage(tx, { ...options, kind, after: from }));
      after = page.after;
      yield page.built;
    }
  }
}

interface PageOptions extends BuildOptions {
  readonly kind: Kind;
  readonly after: string;
}

async function buildPage(
  tx: Tx,
  { run, kind, after, onDelete }: PageOptions,
): Promise<{ readonly built: Built; readonly after: string | null }> {
  await checkSide(tx, run);
  const page = await readEntityPage(tx, kind, after);
  const signIns = kind === "user" ? await readSideSignIns(tx, page.refs) : new Map<string, number>();
  const { entities, messages, waiting, kept } = await foldEntities(tx, { kind, refs: page.refs, onDelete, signIns });
  const rows = entities.map((it) => it.rows);
  await putAside(tx, rows, { kind, fresh: true });
  await noteEntities(tx, entities);
  if (kind === "session") await noteSignIns(tx, page.refs);
  const differences = entities.flatMap((it) => it.differences);
  return { built: { entities: entities.length, messages, differences, waiting, kept }, after: page.after };
}

/** Notes what was made, whether it differs, and from what: one that is other by then is made again. */
export async function noteEntities(tx: Tx, entities: readonly Refolded[]): Promise<void> {
  const rows = entities.map(({ rows: { ref, lost }, differences }) => ({
    kind: ref.kind,
    id: ref.id,
    lost,
    differs: differences.length > 0,
  }));
  await sql`
    insert into docket_rebuild.entity (kind, id, differs, lost, head_seen, told_seen)
    select x.kind, x.id, x.differs, x.lost, ${HEAD_SEEN}, ${TOLD_SEEN}
    from ${recordset(rows, "kind text, id text, differs boolean, lost jsonb")}
    left join docket.head h on h.kind = x.kind and h.id = x.id
    on conflict (kind, id) do update set differs = excluded.differs, lost = excluded.lost,
      head_seen = excluded.head_seen, told_seen = excluded.told_seen`.execute(tx);
}

/** What of an entity `x` with head `h` changes with every message that its rows depend on: its own, and parents' ends. */
export const HEAD_SEEN = sql.raw("h.xmin::text");
export const TOLD_SEEN = sql.raw(
  "(select count(*) from docket.log l where l.told and l.entity_kind = x.kind and l.entity_id = x.id)",
);

async function noteSignIns(tx: Tx, refs: readonly EntityRef[]): Promise<void> {
  const { rows } = await sql<ToldRow>`
    select l.entity_kind, l.entity_id, l.svix_id, l.type, l.source, l.as_of_ms, l.rank, l.timestamp_ms, l.is_deletion,
      l.payload, (extract(epoch from l.received_at) * 1000)::bigint as received_at_ms
    from ${recordset(refs, "kind text, id text")}
    join docket.log l on l.told and not l.is_deletion and l.entity_kind = x.kind and l.entity_id = x.id`.execute(tx);
  const latestMs = new Map<string, number>();
  for (const row of rows) {
    const { body } = readTold(row);
    if (body?.kind !== "session" || body.value.userId === null || body.value.createdAtMs === null) continue;
    latestMs.set(body.value.userId, Math.max(latestMs.get(body.value.userId) ?? 0, body.value.createdAtMs));
  }
  const signIns = [...latestMs].map(([id, at_ms]) => ({ id, at_ms }));
  await sql`
    insert into docket_rebuild.sign_in as t (id, at_ms) select x.id, x.at_ms from ${recordset(signIns, "id text, at_ms bigint")}
    on conflict (id) do update set at_ms = greatest(t.at_ms, excluded.at_ms)`.execute(tx);
}

/** The latest sign-ins of users that sessions tell of, links or not, by `refKey`. */
export async function readSideSignIns(tx: Tx, refs: readonly EntityRef[]): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ id: string; at_ms: number }>`
    select s.id, s.at_ms from docket_rebuild.sign_in s join ${recordset(refs, "id text")} on s.id = x.id`.execute(tx);
  return new Map(rows.map(({ id, at_ms }) => [refKey({ kind: "user", id }), at_ms]));
}
