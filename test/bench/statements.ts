import { parseArgs } from "node:util";
import { Effect } from "effect";
import { Kysely } from "kysely";
import type { Message } from "../../src/core/mod.ts";
import { migrateToLatest } from "../../src/shell/database/migrate.ts";
import type { DocketDatabase } from "../../src/shell/database/schema.ts";
import { SessionDialect } from "../../src/shell/database/session_dialect.ts";
import { SessionPool } from "../../src/shell/database/session_pool.ts";
import { decodeDelivery } from "../../src/shell/decode/decode_delivery.ts";
import { recorder } from "../support/event_store.ts";
import { makePostgres } from "../support/postgres.ts";
import { breakIn } from "./ingest/admin.ts";
import { LATER } from "./ingest/later.ts";
import { countOf, describePlace, tableOf } from "./ingest/report.ts";
import { clerkBody, type Load } from "./ingest/requests.ts";
import { INSTANCE_ID } from "./ingest/signing.ts";
import { TimedSession, Times } from "./ingest/timed_session.ts";

/**
 * What the statements of a batch cost when PostgreSQL has the machine for itself: one batch after another, each statement
 * sent when the one before it was answered. What a message takes in all can't be less, on as many cores as that needs.
 *
 *     bun test/bench/statements.ts [--messages 12800] [--batch 64]
 */
const HELP = `bun test/bench/statements.ts [--messages <number>] [--batch <number>]
  --messages  new users, and then as many changes of them (12800); the first quarter is not counted
  --batch     messages in one transaction (64)`;

const WARM_PART = 0.25;

await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      messages: { type: "string", default: "12800" },
      batch: { type: "string", default: "64" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const count = countOf(values.messages, HELP);
  const size = countOf(values.batch, HELP);
  const server = await makePostgres({ settings: {} });
  try {
    await breakIn(server);
    console.log(`${await describePlace(server)}, ${size} messages a batch`);
    const times = new Times();
    const pool = new SessionPool({
      open: (onLost) => new TimedSession(server.url("postgres"), { times, onLost }),
      sessionsMax: 1,
      acquireLimitMs: 10_000,
      waitersMax: 10,
      idleLimitMs: undefined,
      lifetimeLimitMs: undefined,
      closeGraceMs: 1_000,
    });
    const db = new Kysely<DocketDatabase>({ dialect: new SessionDialect(pool) });
    await Effect.runPromise(migrateToLatest(db));
    const record = recorder(
      { db, flavor: "postgres" },
      {
        instanceIds: [INSTANCE_ID],
        policies: [LATER],
      },
    );
    for (const event of ["created", "updated"] as const) {
      const messages = messagesOf({ sender: "clerk", event, count, bodyBytes: 1_500, keys: count, run: "cost" });
      const warm = Math.ceil((count * WARM_PART) / size) * size;
      for (let from = 0; from < messages.length; from += size) {
        if (from === warm) times.clear();
        await record(messages.slice(from, from + size));
      }
      print(event === "created" ? "new users" : "changes", times, count - warm);
    }
    await pool.close();
  } finally {
    await server.remove();
  }
}

function messagesOf(load: Load): readonly Message[] {
  const nowMs = Date.now();
  return Array.from({ length: load.count }, (_, index) => {
    const body = clerkBody(load, { index, nowMs });
    return decodeDelivery({ svixId: `msg_${load.event}_${index}`, body, receivedAtMs: nowMs });
  });
}

function print(what: string, times: Times, messages: number): void {
  const rows = times.all().map(([name, ms]) => [name, ((ms * 1_000) / messages).toFixed(1)] as const);
  const sum = times.all().reduce((total, [, ms]) => total + ms, 0);
  console.log(`\n${tableOf([what, "µs a message"], [...rows, ["all", ((sum * 1_000) / messages).toFixed(1)]])}`);
}
