import type { ClerkTables } from "../tables/mod.ts";

/** The tables as Kysely sees them. Those of schema `docket` are only ever met in bulk statements of our own. */
export type DocketDatabase = ClerkTables;
