import { Context, Effect, Layer, type Redacted } from "effect";
import type { Kysely } from "kysely";
import type { DatabaseError } from "./database_error.ts";
import { openPgliteDatabase } from "./pglite_database.ts";
import { openPostgresDatabase } from "./postgres_database.ts";
import type { DocketDatabase } from "./schema.ts";
import type { PoolUse } from "./session_pool.ts";

export { DatabaseError, toDatabaseError } from "./database_error.ts";

export type DatabaseFlavor = "pglite" | "postgres";

export interface DatabaseOptions {
  /** Absent: the embedded database in `dataDir`. */
  readonly databaseUrl: Redacted.Redacted<string> | undefined;
  readonly dataDir: string;
}

/** The one database of this process. Opened with the layer, closed with it, both in bounded time. */
export class Database extends Context.Service<
  Database,
  {
    readonly db: Kysely<DocketDatabase>;
    readonly flavor: DatabaseFlavor;
    /** Where nobody says, it is another one's pool. */
    readonly poolUse?: () => PoolUse;
  }
>()("docket/shell/Database") {
  static layer(options: DatabaseOptions): Layer.Layer<Database, DatabaseError> {
    const { databaseUrl, dataDir } = options;
    return Layer.effect(
      Database,
      databaseUrl === undefined
        ? Effect.map(openPgliteDatabase(dataDir), (open) => ({ ...open, flavor: "pglite" as const }))
        : Effect.map(openPostgresDatabase(databaseUrl), (open) => ({ ...open, flavor: "postgres" as const })),
    );
  }
}
