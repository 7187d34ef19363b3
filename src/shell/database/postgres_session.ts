import postgres from "postgres";
import { type Session, SessionLostError, type SessionResult, within } from "./session.ts";

/** How long things may take on one connection to PostgreSQL. */
export interface PostgresSessionLimits {
  readonly connectTimeoutSeconds: number;
  /** The server gives a statement up after this. */
  readonly statementTimeoutMs: number;
  /** Shorter, so that waiting for a lock is told apart from being slow. */
  readonly lockTimeoutMs: number;
  /** Our own limit, for a server that went silent: connecting and the server's own limit fit in it. */
  readonly silenceLimitMs: number;
  /** The server ends a transaction that its client has left open. */
  readonly idleTransactionTimeoutMs: number;
}

export const SESSION_LIMITS: PostgresSessionLimits = {
  connectTimeoutSeconds: 5,
  statementTimeoutMs: 5_000,
  lockTimeoutMs: 4_000,
  silenceLimitMs: 12_000,
  idleTransactionTimeoutMs: 30_000,
};

const CLOSE_LIMIT_MS = 1_000;
const OID_INT8 = 20;

/** Reads int8 as a number, or as a bigint where a number would not be exact. */
export function parseInt8(text: string): number | bigint {
  const number = Number(text);
  return Number.isSafeInteger(number) ? number : BigInt(text);
}

export interface PostgresSessionOptions {
  readonly limits: PostgresSessionLimits;
  /** Called once, when the connection ends. */
  readonly onLost: () => void;
  /** Called on each notification, once the session listens. */
  readonly onNotify?: () => void;
}

type Client = postgres.Sql<{ readonly int8: number | bigint }>;

/**
 * A session over postgres.js, which serves as the wire protocol only: one client of one connection, thrown away with it.
 * Its own pool and `reserve()` are not used: they hand a transaction a new connection when the old one died (see
 * `postgres_failure_test.ts`).
 */
export class PostgresSession implements Session {
  readonly keepsPlans = true;
  readonly #client: Client;
  readonly #onLost: () => void;
  readonly #limits: PostgresSessionLimits;
  #isLost = false;
  #patienceMs: number;
  #ended: Promise<void> | undefined;

  constructor(url: string, options: PostgresSessionOptions) {
    this.#limits = options.limits;
    this.#patienceMs = options.limits.silenceLimitMs;
    this.#onLost = options.onLost;
    this.#client = open(url, { ...options, onLost: () => this.#lose() });
  }

  get isLost(): boolean {
    return this.#isLost;
  }

  setPatience(limitMs: number = this.#limits.silenceLimitMs): void {
    this.#patienceMs = limitMs;
  }

  async query(sql: string, parameters: readonly unknown[]): Promise<SessionResult> {
    const result = await this.#run(sql, parameters);
    return { rows: result, affectedRows: result.command === "SELECT" ? undefined : (result.count ?? 0) };
  }

  async commit(): Promise<boolean> {
    return (await this.#run("commit", [])).command === "COMMIT";
  }

  close(): Promise<void> {
    this.#ended ??= within(this.#client.end({ timeout: 0 }), CLOSE_LIMIT_MS, {
      late: () => new SessionLostError("The connection did not close"),
    }).catch(() => undefined);
    this.#lose();
    return this.#ended;
  }

  async #run(sql: string, parameters: readonly unknown[]): Promise<postgres.RowList<postgres.Row[]>> {
    if (this.#isLost) throw new SessionLostError("The connection to the database was lost");
    const values = parameters as postgres.ParameterOrJSON<number | bigint>[];
    // `simple: false`: one statement per query, prepared once per session, as on the embedded database.
    const pending = this.#client.unsafe(sql, [...values], {
      prepare: true,
      simple: false,
    } as postgres.UnsafeQueryOptions);
    try {
      return await within(pending, this.#patienceMs, {
        late: () => new SessionLostError(`The database did not answer within ${this.#patienceMs} ms`),
      });
    } catch (cause) {
      if (endsSession(cause)) void this.close();
      throw cause;
    }
  }

  #lose(): void {
    if (this.#isLost) return;
    this.#isLost = true;
    this.#onLost();
  }
}

/** Everything but an answer of the server to this one statement. */
function endsSession(cause: unknown): boolean {
  return !(cause instanceof postgres.PostgresError) || /^(FATAL|PANIC)$/.test(cause.severity);
}

function open(url: string, { limits, onLost, onNotify }: PostgresSessionOptions): Client {
  // As in libpq, where it names the folder of a Unix socket, mostly.
  const host = new URL(url).searchParams.get("host");
  return postgres(withoutClientSettings(url), {
    ...(host === null ? {} : { host }),
    ...(onNotify === undefined ? {} : { onnotify: onNotify }),
    max: 1,
    // It would ask for the types of arrays before the first query, and leave that promise to itself: a connection lost
    // meanwhile would end the process. Arrays come as text, so select them as jsonb.
    fetch_types: false,
    connect_timeout: limits.connectTimeoutSeconds,
    // The pool decides on these: postgres.js would end a connection in the middle of a transaction.
    idle_timeout: 0,
    max_lifetime: null,
    onclose: onLost,
    onnotice: () => {},
    connection: {
      application_name: "docket",
      TimeZone: "UTC",
      statement_timeout: limits.statementTimeoutMs,
      lock_timeout: limits.lockTimeoutMs,
      idle_in_transaction_session_timeout: limits.idleTransactionTimeoutMs,
      // A plan made while the tables were small, kept with the prepared statement, reads them whole when they have grown.
      plan_cache_mode: "force_custom_plan",
    },
    types: { int8: { to: OID_INT8, from: [OID_INT8], parse: parseInt8, serialize: (value) => String(value) } },
  });
}

/** Settings of other clients that hosts put in their URLs; postgres.js would send them on, and the server refuses them. */
const CLIENT_SETTINGS = [
  "host",
  "channel_binding",
  "gssencmode",
  "schema",
  "pgbouncer",
  "connection_limit",
  "pool_timeout",
];

function withoutClientSettings(url: string): string {
  const parsed = new URL(url);
  for (const name of CLIENT_SETTINGS) parsed.searchParams.delete(name);
  return parsed.toString();
}
