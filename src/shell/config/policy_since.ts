import { type Kysely, sql } from "kysely";
import type { Policy } from "../../core/mod.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { recordset } from "../store/sql.ts";

/**
 * Switches policies on: from the first time that any process started with a policy of this name, it plans; what was
 * received before does not concern it. A `sinceMs` of the config's own is left as it is.
 *
 * @param nowMs Milliseconds since the Unix epoch.
 */
export async function switchOn(
  db: Kysely<DocketDatabase>,
  policies: readonly Policy[],
  nowMs: number,
): Promise<readonly Policy[]> {
  const unset = policies.filter(isUnset).map((it) => ({ key: keyOf(it), value: String(nowMs) }));
  if (unset.length === 0) return policies;
  await sql`
    insert into docket.setting (key, value)
    select x.key, x.value from ${recordset(unset, "key text, value text")}
    order by x.key
    on conflict do nothing`.execute(db);
  return withSince(db, policies);
}

/** The policies as a running process has them. One that no process ever started with wants nothing. */
export async function withSince(db: Kysely<DocketDatabase>, policies: readonly Policy[]): Promise<readonly Policy[]> {
  const keys = policies.filter(isUnset).map((it) => ({ key: keyOf(it) }));
  if (keys.length === 0) return policies;
  const { rows } = await sql<{ key: string; value: string }>`
    select s.key, s.value from docket.setting s join ${recordset(keys, "key text")} on s.key = x.key`.execute(db);
  const since = new Map(rows.map(({ key, value }) => [key, Number(value)]));
  return policies.map((it) => (isUnset(it) ? sinceOf(it, since.get(keyOf(it)) ?? Number.POSITIVE_INFINITY) : it));
}

function isUnset({ options }: Policy): boolean {
  return options.sinceMs === undefined;
}

function keyOf({ name }: Policy): string {
  return `policy:${name}`;
}

/** The same policy with `sinceMs`. */
export function sinceOf(policy: Policy, sinceMs: number): Policy {
  // The kinds of the options and of `decide` stay one, which the compiler can't follow through a union.
  return { ...policy, options: { ...policy.options, sinceMs } } as Policy;
}
