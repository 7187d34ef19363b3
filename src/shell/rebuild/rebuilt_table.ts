import { PARTS, TABLES, type TableSpec } from "../tables/mod.ts";

/** A table that is made anew, and how its rows are known. */
export interface RebuiltTable {
  /** As it is called where it is in use. */
  readonly name: string;
  readonly columns: readonly string[];
  /** What makes a row one. */
  readonly unique: readonly string[];
  /** The column with the kind of the entity that a row belongs to; null where all are of one kind. */
  readonly kindColumn: string | null;
  /** The column with its id. */
  readonly idColumn: string;
}

export const CHANGES: RebuiltTable = {
  name: "clerk.changes",
  columns: [
    ...["entity_kind", "entity_id", "intent", "path", "before", "after", "event", "source", "version_ms", "svix_id"],
    "changed_at",
  ],
  unique: ["entity_kind", "entity_id", "intent", "path"],
  kindColumn: "entity_kind",
  idColumn: "entity_id",
};

export const HEADS: RebuiltTable = {
  name: "docket.head",
  columns: [
    ...["kind", "id", "as_of_ms", "rank", "timestamp_ms", "svix_id", "own_tombstone", "inherited_tombstone"],
    ...["deleted_at_ms", "parents", "signed_in_at_ms", "erased", "sealed"],
  ],
  unique: ["kind", "id"],
  kindColumn: "kind",
  idColumn: "id",
};

export const LINKS: RebuiltTable = {
  name: "docket.link",
  columns: ["parent_kind", "parent_id", "child_kind", "child_id"],
  unique: ["parent_kind", "parent_id", "child_kind", "child_id"],
  kindColumn: "child_kind",
  idColumn: "child_id",
};

/** The table of a kind, or of a user's parts. */
export function entityTable(spec: TableSpec, idColumn: "id" | "user_id"): RebuiltTable {
  const common = ["id", "instance_id", "data", "created_at", "updated_at", "deleted_at", "version_ms"];
  const columns = [...common, ...spec.columns.map(({ name }) => name)];
  return { name: `clerk.${spec.table}`, columns, unique: ["id"], kindColumn: null, idColumn };
}

/** All of them. */
export const REBUILT_TABLES: readonly RebuiltTable[] = [
  ...Object.values(TABLES).map((spec) => entityTable(spec, "id")),
  ...Object.values(PARTS).map((spec) => entityTable(spec, "user_id")),
  CHANGES,
  HEADS,
  LINKS,
];
