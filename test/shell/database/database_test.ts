import { afterEach, describe, expect, test } from "bun:test";
import { spawn } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Effect, Exit, Redacted, Scope } from "effect";
import { type Kysely, sql } from "kysely";
import { Database, type DatabaseError, type DatabaseOptions } from "../../../src/shell/database/database.ts";
import { openPostgresDatabase, placeOf } from "../../../src/shell/database/postgres_database.ts";
import type { DocketDatabase } from "../../../src/shell/database/schema.ts";
import { makePostgres, sharedPostgres } from "../../support/postgres.ts";
import { temporaryFolder } from "../../support/postgres_binaries.ts";

const LIMIT_MS = 60_000;
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = temporaryFolder("docket-data-");
  folders.push(made);
  return made;
}

function withDatabase<T>(options: DatabaseOptions, use: (db: Kysely<DocketDatabase>) => Promise<T>): Promise<T> {
  const program = Database.use(({ db }) => Effect.promise(() => use(db)));
  return Effect.runPromise(Effect.provide(program, Database.layer(options)));
}

function failure(options: DatabaseOptions): Promise<DatabaseError> {
  return Effect.runPromise(Effect.flip(Effect.provide(Database, Database.layer(options))));
}

const ONE = sql<{ one: number }>`select 1 as one`;

/** A process that opens the embedded database in `dataDir`, says "open", and keeps it until it is killed. */
async function holder(dataDir: string): Promise<ReturnType<typeof spawn>> {
  const program = `
    import { Effect, Layer } from "effect";
    import { Database } from "${join(import.meta.dir, "../../../src/shell/database/database.ts")}";
    const layer = Database.layer({ databaseUrl: undefined, dataDir: process.argv[1] });
    const program = Database.use(() => Effect.sync(() => console.log("open")).pipe(Effect.andThen(Effect.never)));
    await Effect.runPromise(Effect.provide(program, layer));`;
  const child = spawn(process.execPath, ["-e", program, dataDir], {
    cwd: join(import.meta.dir, "../../.."),
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((resolve, reject) => {
    child.stdout.once("data", resolve);
    child.once("exit", (code) => reject(new Error(`The holder ended with ${code}`)));
  });
  return child;
}

describe("Database.layer() without a URL", () => {
  test(
    "makes the embedded database, keeps what is stored, and is for one process at a time, however that ends",
    async () => {
      const dataDir = join(folder(), "new", ".docket");
      await withDatabase({ databaseUrl: undefined, dataDir }, async (db) => {
        await sql`create table thing (id int)`.execute(db);
        await sql`insert into thing values (7)`.execute(db);
      });

      const child = await holder(dataDir);
      const error = await failure({ databaseUrl: undefined, dataDir });
      expect(error.problem).toBe(
        "Cannot open the folder of DOCKET_DATA_DIR: another Docket process uses it; stop that process, or set DATABASE_URL so that several can share a PostgreSQL",
      );
      expect(error.retryable).toBe(false);

      const gone = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await gone;
      const rows = await withDatabase({ databaseUrl: undefined, dataDir }, async (db) => {
        expect((await failure({ databaseUrl: undefined, dataDir })).problem).toContain(
          "another Docket process uses it",
        );
        return (await sql`select id from thing`.execute(db)).rows;
      });
      expect(rows).toEqual([{ id: 7 }]);
    },
    LIMIT_MS,
  );

  test("says that it cannot write to the folder, and what to do, without naming the folder", async () => {
    const file = join(folder(), "file");
    writeFileSync(file, "");
    const error = await failure({ databaseUrl: undefined, dataDir: join(file, ".docket") });
    expect(error.problem).toMatch(/^Cannot write to the folder of DOCKET_DATA_DIR \(E[A-Z]+\): make it writable/);
    expect(error.problem).not.toContain(file);
    expect(error.retryable).toBe(false);
  });

  test("says that the database in the folder cannot be opened, without naming the folder", async () => {
    const dataDir = folder();
    writeFileSync(join(dataDir, "pglite"), "a file in the folder's place");
    const error = await failure({ databaseUrl: undefined, dataDir });
    expect(error.problem).toStartWith("Cannot open the embedded database in the folder of DOCKET_DATA_DIR: EEXIST;");
    expect(error.problem).not.toContain(dataDir);
  });
});

describe("Database.layer() with a URL", () => {
  test(
    "opens PostgreSQL, and touches no data folder",
    async () => {
      const cluster = await sharedPostgres();
      const dataDir = join(folder(), ".docket");
      const result = await withDatabase(
        { databaseUrl: Redacted.make(cluster.url("postgres")), dataDir },
        async (db) => {
          const name = await sql`select current_setting('application_name') as name`.execute(db);
          return [(await ONE.execute(db)).rows, name.rows];
        },
      );
      expect(result).toEqual([[{ one: 1 }], [{ name: "docket" }]]);
      expect(existsSync(dataDir)).toBe(false);
    },
    LIMIT_MS,
  );

  test(
    "fails at once, naming host and database but no password, when the database does not exist",
    async () => {
      const { port } = await sharedPostgres();
      const url = `postgres://postgres:s3cret@127.0.0.1:${port}/missing`;
      const error = await failure({ databaseUrl: Redacted.make(url), dataDir: folder() });
      expect(error).toMatchObject({ code: "3D000", retryable: false });
      expect(error.problem).toContain(`Cannot connect to the database 127.0.0.1:${port}/missing: `);
      expect(Bun.inspect(error)).not.toContain("s3cret");
      expect(JSON.stringify(error)).not.toContain("s3cret");
    },
    LIMIT_MS,
  );

  test(
    "plans each statement for its own parameters: a plan kept from when the tables were small never serves big ones",
    async () => {
      const databaseUrl = Redacted.make((await sharedPostgres()).url("postgres"));
      const rows = await withDatabase(
        { databaseUrl, dataDir: folder() },
        async (db) => (await sql`show plan_cache_mode`.execute(db)).rows,
      );
      expect(rows).toEqual([{ plan_cache_mode: "force_custom_plan" }]);
    },
    LIMIT_MS,
  );

  test(
    "refuses a database of another encoding at once, and says how to make one",
    async () => {
      const cluster = await sharedPostgres();
      const databaseUrl = Redacted.make(cluster.url("postgres"));
      await withDatabase({ databaseUrl, dataDir: folder() }, async (db) => {
        await sql`create database latin encoding 'LATIN1' template template0`.execute(db);
      });
      const error = await failure({ databaseUrl: Redacted.make(cluster.url("latin")), dataDir: folder() });
      expect(error.problem).toBe(
        `Cannot use the database 127.0.0.1:${cluster.port}/latin: its encoding is LATIN1; Docket needs UTF8: create another with encoding 'UTF8' template template0`,
      );
      expect(error.retryable).toBe(false);
    },
    LIMIT_MS,
  );

  test(
    "leaves out settings that hosts put into URLs for other clients",
    async () => {
      const cluster = await sharedPostgres();
      const databaseUrl = Redacted.make(
        `${cluster.url("postgres").replace("127.0.0.1", "wrong.invalid")}?sslmode=disable&channel_binding=require&schema=public&host=127.0.0.1`,
      );
      const rows = await withDatabase({ databaseUrl, dataDir: folder() }, async (db) => (await ONE.execute(db)).rows);
      expect(rows).toEqual([{ one: 1 }]);
    },
    LIMIT_MS,
  );
});

describe("openPostgresDatabase()", () => {
  test(
    "waits for a server that comes up a little later",
    async () => {
      const cluster = await makePostgres();
      try {
        await cluster.stop("INT");
        const url = Redacted.make(cluster.url("postgres"));
        const scope = await Effect.runPromise(Scope.make());
        const opening = Effect.runPromise(Scope.provide(openPostgresDatabase(url), scope));
        await cluster.start();
        const { db } = await opening;
        expect((await ONE.execute(db)).rows).toEqual([{ one: 1 }]);
        await Effect.runPromise(Scope.close(scope, Exit.void));
      } finally {
        await cluster.remove();
      }
    },
    LIMIT_MS,
  );

  test("gives up after its limit, with a line that names the place and the remedy", async () => {
    const url = Redacted.make("postgres://postgres:s3cret@127.0.0.1:1/docket");
    const opened = Effect.scoped(openPostgresDatabase(url, { startLimitMs: 600 }));
    const error = await Effect.runPromise(Effect.flip(opened));
    expect(error.retryable).toBe(true);
    expect(error.problem).toContain("Cannot connect to the database 127.0.0.1:1/docket: ");
    expect(error.problem).toContain("check that it runs and that DATABASE_URL names it");
    expect(error.problem).not.toContain("s3cret");
    expect(error.problem).not.toContain("\n");
  });
});

describe("placeOf()", () => {
  test("shows host, port and database only", () => {
    expect(placeOf("postgres://user:s3cret@db.example:6543/docket?sslmode=require")).toBe("db.example:6543/docket");
    expect(placeOf("postgres://user:s3cret@db.example/docket")).toBe("db.example:5432/docket");
    expect(placeOf("postgres:///docket?host=/run/postgresql")).toBe("/run/postgresql:5432/docket");
  });

  test.each(["/", "?", "#"])("shows no piece of a password that holds an unescaped %s", (mark) => {
    for (const password of [`12${mark}s3cret`, `${mark}s3cret`, `12${mark}s3@cret`]) {
      const url = `postgres://user:${password}@db.example/docket`;
      expect(URL.canParse(url) ? placeOf(url) : "").not.toMatch(/12|s3|cret/);
    }
  });
});
