import { afterEach, expect, test } from "bun:test";
import { type KyselyPlugin, sql } from "kysely";
import { eachDatabase, type TestDatabase } from "../support/databases.ts";
import { type Service, startService } from "../support/service.ts";

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

async function start(database: TestDatabase): Promise<Service> {
  service = await startService(database);
  return service;
}

eachDatabase("GET /readyz", (database) => {
  test("asks the database once, however many ask, and with one statement", async () => {
    let statements = 0;
    const counter: KyselyPlugin = {
      transformQuery: ({ node }) => {
        // What the service does beside it at its start is not counted.
        if (JSON.stringify(node).includes("kysely_migration")) statements++;
        return node;
      },
      transformResult: async ({ result }) => result,
    };
    const { url } = await start({ ...database(), db: database().db.withPlugin(counter) });
    statements = 0;
    const replies = await Promise.all(Array.from({ length: 50 }, () => fetch(`${url}/readyz`)));
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([200]));
    expect(statements).toBe(1);
  });

  test("is 503, and names what is pending, while no migration has run", async () => {
    const { db } = database();
    await sql`alter table docket.kysely_migration rename to elsewhere`.execute(db);
    try {
      const { url } = await start(database());
      const reply = await fetch(`${url}/readyz`);
      expect([reply.status, await reply.text()]).toEqual([
        503,
        expect.stringContaining("migrations are pending: 0001_"),
      ]);
    } finally {
      await sql`alter table docket.elsewhere rename to kysely_migration`.execute(db);
    }
  });
});
