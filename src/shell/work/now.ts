import { type RawBuilder, sql } from "kysely";

/** The moment that leases, waits and due times are held against, as SQL. */
export type Now = () => RawBuilder<Date>;

/** The database's own clock, so that all processes agree whatever theirs say. */
export const databaseNow: Now = () => sql`clock_timestamp()`;
