import { type Body, eraseBody, type Json, type Kind, refKey, type UserValue } from "../../core/mod.ts";
import type { Tx } from "../store/sql.ts";
import { cleanJson, isoTime, PARTS, type PartTable, partsOf, rowOf, TABLES } from "../tables/mod.ts";
import type { HeadRow } from "./compare_head.ts";
import { compareRowSets, compareRows, type Difference, type Fields } from "./difference.ts";
import type { Folded } from "./fold.ts";
import { readParts, readRows } from "./table_rows.ts";

/** Compares the rows of these entities, all of one kind, in schema `clerk`. */
export async function compareTables(
  tx: Tx,
  { kind, folds }: { readonly kind: Kind; readonly folds: readonly Folded[] },
  heads: ReadonlyMap<string, HeadRow>,
): Promise<readonly Difference[]> {
  const { table } = TABLES[kind];
  const rows = await readRows(
    tx,
    TABLES[kind],
    folds.map(({ ref }) => ref.id),
  );
  const differences = folds.flatMap((folded) => {
    const fromLog = rowFrom(folded, heads.get(refKey(folded.ref)) ?? null);
    const place = { table: `clerk.${table}`, row: folded.ref.id };
    return compareRows(place, { inTable: rows.get(folded.ref.id) ?? null, fromLog });
  });
  return kind === "user" ? [...differences, ...(await compareParts(tx, folds, heads))] : differences;
}

/** The row that the log comes to, but for `id`; null for an entity without messages, which has none. */
export function rowFrom(folded: Folded, head: HeadRow | null): Fields | null {
  if (folded.messages === 0) return null;
  const { ref, instanceId, newest, tombstone } = folded;
  const body = shownBody(folded, head);
  const deletedAtMs = tombstone?.deletedAtMs ?? null;
  const isAlive = newest !== null && newest.asOfMs >= 0;
  return {
    instance_id: instanceId,
    ...(body === null ? blankRow(ref.kind) : rowOf(body)),
    ...(body?.kind === "user" ? { last_sign_in_at: lastSignInAt(body.value, head) } : {}),
    data: body === null ? null : cleanJson(body.data),
    created_at: isoTime(body?.value.createdAtMs ?? null),
    updated_at: isoTime(body?.value.updatedAtMs ?? null),
    deleted_at: isoTime(deletedAtMs),
    version_ms: isAlive ? newest.asOfMs : deletedAtMs,
  };
}

function shownBody({ body }: Folded, head: HeadRow | null): Body | null {
  return body !== null && head?.erased === true ? eraseBody(body) : body;
}

function blankRow(kind: Kind): Fields {
  return Object.fromEntries(TABLES[kind].columns.map(({ name }) => [name, null]));
}

/** The greatest of the user's own and of its sessions'; of an erased user nothing stays. */
function lastSignInAt({ lastSignInAtMs }: UserValue, head: HeadRow | null): string | null {
  const known = [lastSignInAtMs, head?.erased === true ? null : (head?.signed_in_at_ms ?? null)];
  const times = known.filter((it) => it !== null);
  return times.length === 0 ? null : isoTime(Math.max(...times));
}

/** Compares the addresses, numbers and accounts of users. One that another user claims too is left out. */
async function compareParts(
  tx: Tx,
  folds: readonly Folded[],
  heads: ReadonlyMap<string, HeadRow>,
): Promise<readonly Difference[]> {
  const differences: Difference[] = [];
  for (const part of Object.keys(PARTS) as readonly PartTable[]) {
    const rows = folds.flatMap((folded) => partRowsFrom(folded, heads.get(refKey(folded.ref)) ?? null)[part]);
    const fromLog = new Map(rows.map(({ id, ...fields }): readonly [string, Fields] => [String(id), fields]));
    const users = folds.map(({ ref }) => ref.id);
    const inTable = await readParts(tx, PARTS[part], { users, ids: [...fromLog.keys()] });
    const disputed = [...inTable].filter(([id, row]) => isDisputed(row, fromLog.get(id)));
    for (const [id] of disputed) {
      fromLog.delete(id);
      inTable.delete(id);
    }
    differences.push(...compareRowSets(`clerk.${part}`, { inTable, fromLog }));
  }
  return differences;
}

/** The addresses, numbers and accounts that the log comes to; none for what is no user. */
export function partRowsFrom(
  folded: Folded,
  head: HeadRow | null,
): { readonly [P in PartTable]: readonly (Fields & { readonly id: Json })[] } {
  const body = shownBody(folded, head);
  if (body?.kind !== "user") return { email_addresses: [], phone_numbers: [], external_accounts: [] };
  const common = {
    instance_id: folded.instanceId,
    deleted_at: isoTime(folded.tombstone?.deletedAtMs ?? null),
    version_ms: folded.newest?.asOfMs ?? null,
  };
  const parts = partsOf(folded.ref.id, body.value);
  const whole = (part: PartTable) => parts[part].map((row) => ({ ...row, ...common, id: row["id"] ?? null }));
  return {
    email_addresses: whole("email_addresses"),
    phone_numbers: whole("phone_numbers"),
    external_accounts: whole("external_accounts"),
  };
}

/** Two users never have one part, says Clerk. Should they, which of them has the row is not promised. */
function isDisputed(inTable: Fields, fromLog: Fields | undefined): boolean {
  return fromLog !== undefined && inTable["user_id"] !== fromLog["user_id"];
}
