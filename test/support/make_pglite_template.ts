/** Writes a dump of a migrated, empty PGlite to the file named by the argument. */
import { Effect } from "effect";
import { migrateToLatest } from "../../src/shell/database/migrate.ts";
import { makePgliteKysely, startPglite } from "../../src/shell/database/pglite_database.ts";

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("Usage: make_pglite_template.ts <file>");
const pglite = await startPglite({});
const { db, close } = makePgliteKysely(pglite);
await Effect.runPromise(migrateToLatest(db));
await Bun.write(file, await pglite.dumpDataDir("none"));
await close();
