import { sql } from "kysely";
import {
  type EntityRef,
  find,
  type Index,
  type Json,
  type LogChanges,
  type NotePlan,
  refKey,
  type Source,
} from "../../core/mod.ts";
import { cleanJson, cleanText } from "../tables/mod.ts";
import { type BulkRow, bulkOf, deletionOf } from "./bulk.ts";
import type { Pipeline } from "./pipeline.ts";
import { instantText, recordset } from "./sql.ts";

const KEY_COLUMNS = "kind text, id text, intent text";

const CHANGES_OF_EDGES = deletionOf("clerk.changes", {
  columns: KEY_COLUMNS,
  where: "t.entity_kind = x.kind and t.entity_id = x.id and t.intent = x.intent",
});

const INTO_CHANGES = bulkOf(
  `${KEY_COLUMNS}, path text, before jsonb, after jsonb, event text, source text, version_ms bigint, svix_id text`,
  (rows) => `
    insert into clerk.changes (entity_kind, entity_id, intent, path, before, after, event, source, version_ms, svix_id,
      changed_at)
    select x.kind, x.id, x.intent, x.path, x.before, x.after, x.event, x.source, x.version_ms, x.svix_id,
      ${instantText("x.version_ms")}
    from ${rows}
    on conflict do nothing`,
);

/**
 * Writes the change log's lines, an edge at a time: those of an edge are all replaced.
 *
 * @param before What was on file: an entity first heard of now has no lines to replace.
 */
export function writeChanges(line: Pipeline, effects: readonly LogChanges[], before: Index): void {
  if (effects.length === 0) return;
  const last = [...new Map(effects.map((it) => [`${refKey(it.ref)}#${it.intent}`, it])).values()];
  const edges = last
    .filter(({ ref }) => isKnown(before, ref))
    .map(({ ref, intent }) => ({ kind: ref.kind, id: ref.id, intent }));
  line.addRows(CHANGES_OF_EDGES, edges);
  line.addRows(INTO_CHANGES, last.flatMap(linesOf) as readonly object[] as readonly BulkRow[]);
}

/** Takes what the living were out of the change log: of a sealed entity it keeps only that it is gone. */
export function sealChanges(line: Pipeline, refs: readonly EntityRef[]): void {
  if (refs.length === 0) return;
  line.add(sql`
    delete from clerk.changes c using ${recordset(refs, "kind text, id text")}
    where c.entity_kind = x.kind and c.entity_id = x.id and c.intent <> '-'`);
}

const CLEARED_FAULTS = deletionOf("docket.plan_fault", {
  columns: `policy text, ${KEY_COLUMNS}`,
  where: "t.policy = x.policy and t.kind = x.kind and t.entity = x.id and t.intent = x.intent",
});

/** Notes the faults of policies, and clears those of edges that were planned well since. */
export function writePlanFaults(line: Pipeline, effects: readonly NotePlan[], before: Index): void {
  const last = [...new Map(effects.map((it) => [`${it.policy}#${refKey(it.ref)}#${it.intent}`, it])).values()];
  const rows = last.map(({ policy, ref, intent, fault }) => ({
    policy,
    kind: ref.kind,
    id: ref.id,
    intent,
    fault: fault === null ? null : cleanText(fault),
  }));
  const columns = `policy text, ${KEY_COLUMNS}, fault text`;
  line.addRows(
    CLEARED_FAULTS,
    rows.filter((row) => row.fault === null && isKnown(before, row)),
  );
  const faulted = rows.filter(({ fault }) => fault !== null);
  if (faulted.length === 0) return;
  line.add(sql`
    insert into docket.plan_fault (policy, kind, entity, intent, fault)
    select x.policy, x.kind, x.id, x.intent, x.fault from ${recordset(faulted, columns)}
    on conflict (policy, kind, entity, intent) do update set fault = excluded.fault, noted_at = now()`);
}

export interface ChangeLine extends EntityRef {
  readonly intent: string;
  readonly path: string;
  readonly before: Json;
  readonly after: Json;
  readonly event: string;
  readonly source: Source;
  readonly version_ms: number;
  readonly svix_id: string;
}

/** False for what was first heard of in this batch. */
function isKnown(before: Index, { kind, id }: EntityRef): boolean {
  return find(before, { kind, id }).entity._tag !== "Absent";
}

/** The lines of an edge, one a field. Named as the columns of `clerk.changes`, but for `kind` and `id` of the entity. */
export function linesOf({ ref, intent, entry }: LogChanges): readonly ChangeLine[] {
  if (entry === null) return [];
  const { event, source, asOfMs, svixId, changes } = entry;
  return changes.map(({ path, before, after }) => ({
    kind: ref.kind,
    id: ref.id,
    intent,
    path: cleanText(path),
    before: cleanJson(before),
    after: cleanJson(after),
    event,
    source,
    version_ms: asOfMs,
    svix_id: svixId,
  }));
}
