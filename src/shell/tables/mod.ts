/**
 * The tables of schema `clerk` as data: which value field stands in which column, and of which type.
 *
 * @module
 */

export type * from "./billing_tables.ts";
export { cleanJson, cleanText } from "./clean_json.ts";
export type { ColumnType } from "./columns.ts";
export type { ClerkTables } from "./docket_tables.ts";
export type * from "./entity_columns.ts";
export type * from "./organization_tables.ts";
export { PARTS, type PartIds, type PartTable, partIdsOf, partsOf } from "./parts.ts";
export type * from "./session_tables.ts";
export { type Column, isoTime, type Row, type TableSpec } from "./table_spec.ts";
export { rowOf, TABLES } from "./tables.ts";
export type * from "./user_tables.ts";
