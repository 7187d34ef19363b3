/**
 * The Clerk of the soak, in a process of its own: a large old world, changes that go on, and webhooks of them. What its
 * parent sends it, it does, and answers.
 *
 * @module
 */
import { Redacted } from "effect";
import { sql } from "kysely";
import type { JsonObject } from "../../src/core/mod.ts";
import { makePostgresKysely } from "../../src/shell/database/postgres_database.ts";
import { TABLES } from "../../src/shell/tables/mod.ts";
import type { FakeEvent } from "../support/fake_clerk/world.ts";
import { startFakeClerk } from "../support/fake_clerk.ts";
import { Living, populateSilently, type Size } from "../support/living.ts";
import { send } from "../support/service.ts";

export type Order =
  | { readonly do: "populate"; readonly size: Size }
  | { readonly do: "live"; readonly docketUrl: string; readonly changesPerSecond: number }
  /** Ends the changes, and sends what is not yet sent. */
  | { readonly do: "rest" }
  | { readonly do: "compare"; readonly databaseUrl: string };

const YEAR_MS = 365 * 86_400_000;
const TICK_MS = 50;
const PAGE = 2_000;
const SHOWN = 5;
const KINDS = ["user", "organization", "organization_membership"] as const;

const age = { ms: YEAR_MS };
const clerk = startFakeClerk({ clock: () => Date.now() - age.ms, rateLimit: { requests: 1_000, windowMs: 10_000 } });
const living = new Living(clerk.world, "soak");
const state = { isLive: false, lived: Promise.resolve(), deliveries: 0, changes: 0 };

process.on("message", (order: Order) => {
  void carryOut(order).then(
    (answer) => process.send?.({ answer }),
    (error: unknown) => process.send?.({ error: String(error) }),
  );
});
process.send?.({ answer: { url: clerk.url, secretKey: clerk.secretKey } });

async function carryOut(order: Order): Promise<unknown> {
  switch (order.do) {
    case "populate":
      populateSilently(clerk.world, order.size);
      age.ms = 0;
      return process.memoryUsage.rss();
    case "live":
      state.isLive = true;
      state.lived = live(order.docketUrl, order.changesPerSecond);
      return null;
    case "rest":
      state.isLive = false;
      await state.lived;
      return {
        changes: state.changes,
        deliveries: state.deliveries,
        born: living.born,
        requests: clerk.calls.length,
        refused: clerk.refusedCalls(),
        sizes: Object.fromEntries(KINDS.map((kind) => [kind, clerk.world.table(kind).size])),
      };
    case "compare":
      return compare(order.databaseUrl);
    default:
      return order satisfies never;
  }
}

async function live(url: string, changesPerSecond: number): Promise<void> {
  let told = 0;
  const deliver = async ({ svixId, body }: FakeEvent): Promise<void> => {
    for (;;) {
      state.deliveries += 1;
      const reply = await send({ url, stop: async () => undefined }, body, { id: svixId });
      if (reply.ok) return;
      // Svix comes again.
      await Bun.sleep(200);
    }
  };
  while (state.isLive) {
    const endMs = performance.now() + TICK_MS;
    for (let due = (changesPerSecond * TICK_MS) / 1_000; due > 0; due -= 1) {
      living.step();
      state.changes += 1;
    }
    told = await living.tell(deliver, told);
    await Bun.sleep(Math.max(0, endMs - performance.now()));
  }
  await living.tell(deliver, told);
}

/** Every live row against the world: there or not, and every field of it. */
async function compare(databaseUrl: string): Promise<readonly string[]> {
  const { db, close } = makePostgresKysely(Redacted.make(databaseUrl));
  const differences: string[] = [];
  for (const kind of KINDS) {
    let rows = 0;
    for (let after = ""; ; ) {
      const page = await sql<{ id: string; updated_ms: number; data: JsonObject }>`
        select id, data, (extract(epoch from updated_at) * 1000)::bigint as updated_ms
        from ${sql.table(`clerk.live_${TABLES[kind].table}`)} where id > ${after} order by id limit ${PAGE}`.execute(
        db,
      );
      for (const { id, data, updated_ms: updatedMs } of page.rows) {
        const row = clerk.world.get(kind, id);
        if (row === undefined) differences.push(`${kind} ${id} is not in Clerk`);
        else if (row["updated_at"] !== updatedMs || !Bun.deepEquals(row, data))
          differences.push(`${kind} ${id} differs`);
      }
      rows += page.rows.length;
      const last = page.rows.at(-1)?.id;
      if (last === undefined) break;
      after = last;
    }
    const missing = clerk.world.table(kind).size - rows;
    if (missing !== 0) differences.push(`${kind}: ${missing} rows missing, all in all`);
  }
  await close();
  return differences.length > SHOWN ? [...differences.slice(0, SHOWN), `${differences.length} in all`] : differences;
}
