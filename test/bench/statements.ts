import { parseArgs } from "node:util";
import { Effect } from "effect";
import { Kysely } from "kysely";
import { job, type Message, policy } from "../../src/core/mod.ts";
import { migrateToLatest } from "../../src/shell/database/migrate.ts";
import { PostgresSession, SESSION_LIMITS } from "../../src/shell/database/postgres_session.ts";
import type { DocketDatabase } from "../../src/shell/database/schema.ts";
import type { Session, SessionResult } from "../../src/shell/database/session.ts";
import { SessionDialect } from "../../src/shell/database/session_dialect.ts";
import { SessionPool } from "../../src/shell/database/session_pool.ts";
import { decodeDelivery } from "../../src/shell/decode/decode_delivery.ts";
import { recorder } from "../support/event_store.ts";
import { makePostgres } from "../support/postgres.ts";
import { breakIn } from "./ingest/admin.ts";
import { countOf, describePlace, tableOf } from "./ingest/report.ts";
import { type Load, makeRequests } from "./ingest/requests.ts";
import { INSTANCE_ID } from "./ingest/signing.ts";

/**
 * What the statements of a batch cost when PostgreSQL has the machine for itself: one batch after another, each statement
 * sent when the one before it was answered. What a message takes in all can't be less, on as many cores as that needs.
 *
 *     bun test/bench/statements.ts [--messages 12800] [--batch 64]
 */
const HELP = `bun test/bench/statements.ts [--messages <number>] [--batch <number>]
  --messages  new users, and then as many changes of them (12800); the first quarter is not counted
  --batch     messages in one transaction (64)`;

const LATER = policy("later", { kind: "user", once: true, stopAbove: false }, ({ after, ref }) =>
  after._tag === "Live" && after.event === "user.created" ? [job("log", { userId: ref.id }, { after: "1 day" })] : [],
);
const WARM_PART = 0.25;
const NAME_LENGTH = 60;

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
    const record = recorder({ db, flavor: "postgres" } as Parameters<typeof recorder>[0], {
      instanceIds: [INSTANCE_ID],
      policies: [LATER],
    });
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
  const receivedAtMs = Date.now();
  return makeRequests(load, "/").map((request, index) => {
    const body = request.subarray(request.indexOf("\r\n\r\n") + 4);
    return decodeDelivery({ svixId: `msg_${load.event}_${index}`, body, receivedAtMs });
  });
}

function print(what: string, times: Times, messages: number): void {
  const rows = times.all().map(([name, ms]) => [name, ((ms * 1_000) / messages).toFixed(1)] as const);
  const sum = times.all().reduce((total, [, ms]) => total + ms, 0);
  console.log(`\n${tableOf([what, "µs a message"], [...rows, ["all", ((sum * 1_000) / messages).toFixed(1)]])}`);
}

/** Milliseconds by statement. */
class Times {
  readonly #byName = new Map<string, number>();

  add(sql: string, ms: number): void {
    // The answer to this waits for us, who decide meanwhile what is written.
    if (sql.startsWith("begin")) return;
    const name = sql.replaceAll(/\s+/g, " ").replaceAll("|", "/").trim().slice(0, NAME_LENGTH);
    this.#byName.set(name, (this.#byName.get(name) ?? 0) + ms);
  }

  clear(): void {
    this.#byName.clear();
  }

  /** The dearest first. */
  all(): readonly (readonly [string, number])[] {
    return [...this.#byName].sort(([, left], [, right]) => right - left);
  }
}

/** A session that sends a statement when the one before it was answered, and keeps the time. */
class TimedSession implements Session {
  readonly keepsPlans = true;
  readonly #session: PostgresSession;
  readonly #times: Times;
  #last: Promise<unknown> = Promise.resolve();

  constructor(url: string, { times, onLost }: { readonly times: Times; readonly onLost: () => void }) {
    this.#session = new PostgresSession(url, { limits: SESSION_LIMITS, onLost });
    this.#times = times;
  }

  get isLost(): boolean {
    return this.#session.isLost;
  }

  setPatience(limitMs?: number): void {
    this.#session.setPatience(limitMs);
  }

  query(sql: string, parameters: readonly unknown[]): Promise<SessionResult> {
    return this.#timed(sql, () => this.#session.query(sql, parameters));
  }

  commit(): Promise<boolean> {
    return this.#timed("commit", () => this.#session.commit());
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  #timed<T>(sql: string, run: () => Promise<T>): Promise<T> {
    const timed = this.#last.then(async () => {
      const startMs = performance.now();
      const result = await run();
      this.#times.add(sql, performance.now() - startMs);
      return result;
    });
    this.#last = timed.catch(() => undefined);
    return timed;
  }
}
