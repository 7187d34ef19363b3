import { sql } from "kysely";
import type { Json } from "../../core/mod.ts";
import { isJsonObject } from "../decode/parse_json.ts";
import { recordset, type Tx } from "../store/sql.ts";

/** The function that a payload names, quoted: `name` or `schema.name`, of letters, digits and `_`. Null if it names none. */
export function functionOf(payload: Json): string | null {
  const name = isJsonObject(payload) ? payload["function"] : null;
  if (typeof name !== "string" || !/^[A-Za-z_]\w{0,62}(\.[A-Za-z_]\w{0,62})?$/.test(name)) return null;
  return name
    .split(".")
    .map((part) => `"${part}"`)
    .join(".");
}

/** Calls `name(payload jsonb, key text)` for each of the jobs, in their order. `name` is of `functionOf`. */
export async function callFunction(
  tx: Tx,
  name: string,
  jobs: readonly { readonly sentKey: string; readonly payload: Json }[],
): Promise<void> {
  const rows = jobs.map(({ sentKey, payload }, place) => ({ place, key: sentKey, payload: withoutFunction(payload) }));
  await sql`
    select ${sql.raw(name)}(x.payload, x.key) from ${recordset(rows, "place integer, key text, payload jsonb")}
    order by x.place`.execute(tx);
}

function withoutFunction(payload: Json): Json {
  if (!isJsonObject(payload)) return payload;
  const { function: _, ...rest } = payload;
  return rest;
}
