import type { ColumnType, Generated } from "kysely";
import type { Json } from "../../core/mod.ts";

export type Text = string | null;
export type Integer = number | null;
export type Flag = boolean | null;
/** Read as a `Date`, written as ISO text. */
export type Instant = ColumnType<Date | null, string | null, string | null>;
export type Jsonb = Json;

/** What every table of schema `clerk` has besides its typed columns. */
export interface EntityColumns {
  readonly id: string;
  readonly instance_id: Text;
  /** The newest payload's `data`, whole but for U+0000 and lone surrogates. Null for what is known only as deleted. */
  readonly data: Jsonb;
  /** Clerk's. */
  readonly created_at: Instant;
  /** Clerk's. */
  readonly updated_at: Instant;
  /** Null while live. A parent's deletion counts. */
  readonly deleted_at: Instant;
  /** As of when the row shows the entity, milliseconds since the Unix epoch. For people; the order is kept elsewhere. */
  readonly version_ms: Integer;
  /** When Docket wrote the row. */
  readonly synced_at: Generated<Date>;
}
