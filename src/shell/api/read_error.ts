import { Data, Effect } from "effect";
import type { Kysely } from "kysely";
import { Database } from "../database/database.ts";
import type { DocketDatabase } from "../database/schema.ts";

/** The database refused or could not be reached. Asking again is always safe. */
export class ReadError extends Data.TaggedError("ReadError")<{ readonly cause: unknown }> {}

/** Asks the database. */
export function reading<T>(read: (db: Kysely<DocketDatabase>) => Promise<T>): Effect.Effect<T, ReadError, Database> {
  return Database.use(({ db }) =>
    Effect.tryPromise({ try: () => read(db), catch: (cause) => new ReadError({ cause }) }),
  );
}
