import type { Effect } from "effect";
import { type Kysely, sql } from "kysely";
import { KINDS, type Kind } from "../../core/mod.ts";
import type { Database } from "../database/database.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { findOnFile } from "../store/find_on_file.ts";
import { TABLES } from "../tables/mod.ts";
import type { Page } from "./page.ts";
import { type ReadError, reading } from "./read_error.ts";

/** What is searched by. */
export type FoundBy = "id" | "key" | "email_address" | "phone_number" | "external_id" | "slug";

/** Something on file that has what was searched for. */
export type Found =
  | { readonly what: "entity"; readonly kind: Kind; readonly id: string; readonly by: FoundBy }
  | { readonly what: "event"; readonly id: string; readonly by: "id" }
  | { readonly what: "job"; readonly id: string; readonly by: "key" };

/** More of them say that it was searched for too little. */
export const FOUND_MAX = 20;
export const TEXT_LENGTH_MAX = 1_500;

/**
 * All that has exactly this id, key, e-mail address, phone number, external id or slug, at most 20. What was erased is
 * found by its id alone.
 */
export function search(text: string): Effect.Effect<Page<Found>, ReadError, Database> {
  return reading(async (db) => {
    const found = [...(await findByName(db, text)), ...(await findByField(db, text))];
    const once = [...new Map(found.map((it) => [keyOf(it), it])).values()];
    return { items: once.slice(0, FOUND_MAX), next: null };
  });
}

async function findByName(db: Kysely<DocketDatabase>, text: string): Promise<readonly Found[]> {
  const entities = await findOnFile(
    db,
    KINDS.map((kind) => ({ kind, id: text })),
  );
  const { rows } = await sql<{ readonly event: string | null; readonly job: string | null }>`
    select (select svix_id from docket.message where svix_id = ${text}) as event,
      (select key from docket.job where key = ${text}) as job`.execute(db);
  return [
    ...entities.map(({ kind, id }): Found => ({ what: "entity", kind, id, by: "id" })),
    ...rows.flatMap(({ event, job }): readonly Found[] => [
      ...(event === null ? [] : [{ what: "event", id: event, by: "id" } as const]),
      ...(job === null ? [] : [{ what: "job", id: job, by: "key" } as const]),
    ]),
  ];
}

/** Where an index serves the field. `owner`: the column that has the entity's id. */
interface Field {
  readonly kind: Kind;
  readonly by: FoundBy;
  readonly table: string;
  readonly column: string;
  readonly owner: string;
}

const FIELDS: readonly Field[] = [
  { kind: "user", by: "email_address", table: "email_addresses", column: "email_address", owner: "user_id" },
  { kind: "user", by: "phone_number", table: "phone_numbers", column: "phone_number", owner: "user_id" },
  fieldOf("user", "external_id"),
  fieldOf("organization", "slug"),
  fieldOf("organization_invitation", "email_address"),
  fieldOf("waitlist_entry", "email_address"),
];

function fieldOf(kind: Kind, column: "email_address" | "external_id" | "slug"): Field {
  return { kind, by: column, table: TABLES[kind].table, column, owner: "id" };
}

/** Clerk writes addresses in small letters, whoever typed them. */
async function findByField(db: Kysely<DocketDatabase>, text: string): Promise<readonly Found[]> {
  const texts = sql.join([...new Set([text, text.toLowerCase()])]);
  const parts = FIELDS.map(
    ({ table, column, owner }, place) => sql`
      (select ${place}::int as place, ${sql.ref(owner)} as id from ${sql.table(`clerk.${table}`)}
      where ${sql.ref(column)} in (${texts}) and ${sql.ref(owner)} is not null order by id limit ${FOUND_MAX})`,
  );
  const { rows } = await sql<{ readonly place: number; readonly id: string }>`
    ${sql.join(parts, sql` union all `)} order by place, id`.execute(db);
  return rows.flatMap(({ place, id }): readonly Found[] => {
    const field = FIELDS[place];
    return field === undefined ? [] : [{ what: "entity", kind: field.kind, id, by: field.by }];
  });
}

function keyOf(found: Found): string {
  return found.what === "entity" ? `entity/${found.kind}/${found.id}` : `${found.what}/${found.id}`;
}
