/** Docket's tables as Kysely sees them. */
// biome-ignore lint/suspicious/noEmptyInterface: tables are added by the modules that own them
export interface DocketDatabase {}
