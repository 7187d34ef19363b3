import { sql } from "kysely";
import type { CountDelivery, FileMessage } from "../../core/mod.ts";
import { eraseTextPayload } from "../decode/erase_payload.ts";
import { cleanText } from "../tables/mod.ts";
import { type BulkRow, bulkOf } from "./bulk.ts";
import { LedgerRace } from "./ledger_race.ts";
import type { Pipeline } from "./pipeline.ts";
import { instantText, recordset } from "./sql.ts";

const LEDGER_COLUMNS = "svix_id text, entity_kind text, entity_id text, body_hash text, outcome text";
const LOG_COLUMNS = `entity_kind text, entity_id text, svix_id text, type text, instance_id text, source text,
  as_of_ms bigint, rank smallint, timestamp_ms bigint, received_at_ms bigint, fault text, told boolean, is_deletion boolean, erased boolean,
  not_applied text, payload text, payload_hex text`;

const INTO_LEDGER = bulkOf(
  LEDGER_COLUMNS,
  (rows) => `
    insert into docket.message (svix_id, entity_kind, entity_id, body_hash, outcome)
    select * from ${rows}
    order by x.svix_id collate "C"`,
);

const INTO_LOG = bulkOf(
  LOG_COLUMNS,
  (rows) => `
    insert into docket.log (entity_kind, entity_id, svix_id, type, instance_id, source, as_of_ms, rank, timestamp_ms,
      received_at, fault, told, is_deletion, erased, not_applied, payload, payload_bytes)
    select x.entity_kind, x.entity_id, x.svix_id, x.type, x.instance_id, x.source, x.as_of_ms, x.rank, x.timestamp_ms,
      ${instantText("x.received_at_ms")}, x.fault, x.told, x.is_deletion, x.erased, x.not_applied, x.payload,
      decode(x.payload_hex, 'hex')
    from ${rows}`,
);

/**
 * Puts messages into the ledger and the log. `known` are the svix ids already there when the transaction read them:
 * those are tried again, and get their new outcome and entity; their first receipt and their deliveries stay.
 *
 * Fails on the key of one that was new and is there now, which is a race.
 */
export function writeMessages(
  line: Pipeline,
  effects: readonly FileMessage[],
  known: { has(svixId: string): boolean },
): void {
  const filed = [...new Map(effects.map((effect) => [effect.envelope.svixId, effect])).values()];
  const triedAgain = filed.filter(({ envelope }) => known.has(envelope.svixId));
  const fresh = filed.filter(({ envelope }) => !known.has(envelope.svixId));
  if (triedAgain.length > 0) refile(line, triedAgain);
  if (fresh.length === 0) return;
  const inOrder = fresh.toSorted((left, right) => (left.envelope.svixId < right.envelope.svixId ? -1 : 1));
  line.addRows(INTO_LEDGER, inOrder.map(ledgerRow));
  line.addRows(INTO_LOG, inOrder.map(logRow));
}

/** Counts further deliveries of messages on file. */
export function writeDeliveries(line: Pipeline, effects: readonly CountDelivery[]): void {
  if (effects.length === 0) return;
  const counts = new Map<string, { svix_id: string; more: number; differing: number }>();
  for (const { svixId, differs } of effects) {
    const { more, differing } = counts.get(svixId) ?? { more: 0, differing: 0 };
    counts.set(svixId, { svix_id: svixId, more: more + 1, differing: differing + (differs ? 1 : 0) });
  }
  const rows = [...counts.values()].sort((left, right) => (left.svix_id < right.svix_id ? -1 : 1));
  line.add(sql`
    update docket.message m set deliveries = m.deliveries + x.more, differing = m.differing + x.differing
    from ${recordset(rows, "svix_id text, more integer, differing integer")}
    where m.svix_id = x.svix_id`);
}

function refile(line: Pipeline, effects: readonly FileMessage[]): void {
  line.add(
    sql`
      select m.svix_id from docket.message m
      join ${recordset(effects.map(ledgerRow), LEDGER_COLUMNS)} on m.svix_id = x.svix_id
      where m.outcome in ('quarantined', 'foreign', 'ignored') order by m.svix_id for update of m`,
    ({ rows }) => {
      if (rows.length < effects.length) throw new LedgerRace("another process understood one of these messages first");
    },
  );
  line.add(sql`
    update docket.log l set entity_kind = x.entity_kind, entity_id = x.entity_id, type = x.type,
      instance_id = x.instance_id, as_of_ms = x.as_of_ms, rank = x.rank, timestamp_ms = x.timestamp_ms,
      fault = x.fault, told = x.told, is_deletion = x.is_deletion, erased = x.erased,
      not_applied = x.not_applied, payload = x.payload,
      payload_bytes = case when x.erased then null else l.payload_bytes end, filed_at = now()
    from ${recordset(effects.map(logRow), LOG_COLUMNS)}
    join docket.message m on m.svix_id = x.svix_id
    where l.entity_kind = m.entity_kind and l.entity_id = m.entity_id and l.svix_id = m.svix_id`);
  line.add(sql`
    update docket.message m set entity_kind = x.entity_kind, entity_id = x.entity_id, outcome = x.outcome
    from ${recordset(effects.map(ledgerRow), LEDGER_COLUMNS)}
    where m.svix_id = x.svix_id`);
}

function ledgerRow({ envelope, ref, outcome }: FileMessage): BulkRow {
  return {
    svix_id: envelope.svixId,
    entity_kind: ref?.kind ?? "",
    entity_id: ref?.id ?? "",
    body_hash: envelope.bodyHash,
    outcome,
  };
}

function logRow({ envelope, ref, version, outcome, fault, told, erased }: FileMessage): BulkRow {
  const erasedKind = erased && ref !== null ? ref.kind : null;
  const payload = erasedKind === null ? envelope.payload : eraseTextPayload(envelope.payload, erasedKind);
  return {
    entity_kind: ref?.kind ?? "",
    entity_id: ref?.id ?? "",
    svix_id: envelope.svixId,
    type: envelope.type === null ? null : cleanText(envelope.type),
    instance_id: envelope.instanceId === null ? null : cleanText(envelope.instanceId),
    source: envelope.source,
    as_of_ms: version?.asOfMs ?? null,
    rank: version?.rank ?? null,
    timestamp_ms: version?.timestampMs ?? envelope.timestampMs,
    received_at_ms: envelope.receivedAtMs,
    fault,
    told: told !== null,
    is_deletion: told?.change === "deleted",
    erased,
    not_applied: outcome === "applied" ? null : outcome,
    payload: payload.replaceAll("\u0000", "\u2400"),
    payload_hex: erasedKind === null ? envelope.payloadHex : null,
  };
}
