import {
  AbortedTransactionError,
  type CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from "kysely";
import type { DocketDatabase } from "./schema.ts";
import { type Session, SessionLostError } from "./session.ts";
import type { PoolUse, SessionPool } from "./session_pool.ts";

export interface OpenKysely {
  readonly db: Kysely<DocketDatabase>;
  /** Bounded; never rejects. `db.destroy()` does the same, but nothing at all before the first query. */
  readonly close: () => Promise<void>;
  readonly poolUse: () => PoolUse;
}

/** One that its scope closes. */
export type ScopedKysely = Omit<OpenKysely, "close">;

/** Kysely over a pool of sessions: the same driver for PostgreSQL and for PGlite. */
export class SessionDialect implements Dialect {
  readonly #pool: SessionPool;

  constructor(pool: SessionPool) {
    this.#pool = pool;
  }

  createDriver(): Driver {
    return new SessionDriver(this.#pool);
  }

  createAdapter(): DialectAdapter {
    return new PostgresAdapter();
  }

  createQueryCompiler(): QueryCompiler {
    return new PostgresQueryCompiler();
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new PostgresIntrospector(db);
  }
}

/** What Kysely holds while it uses a session. */
export class SessionConnection implements DatabaseConnection {
  readonly session: Session;
  #sent: readonly Promise<unknown>[] = [];

  constructor(session: Session) {
    this.session = session;
  }

  /** Leaves statements that were sent to whoever uses the connection next, the commit at last: it waits for them. */
  leave(sent: readonly Promise<unknown>[]): void {
    this.#sent = [...this.#sent, ...sent];
    for (const it of sent) it.catch(() => undefined);
  }

  /** Waits for what was left. @throws What the first of them that failed threw: the others failed because of it. */
  async settle(): Promise<void> {
    const sent = this.#sent;
    if (sent.length === 0) return;
    this.#sent = [];
    const failed = (await Promise.allSettled(sent)).find(({ status }) => status === "rejected");
    if (failed?.status === "rejected") throw failed.reason;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    await this.settle();
    const { rows, affectedRows } = await this.session.query(query.sql, query.parameters);
    return {
      rows: rows as R[],
      ...(affectedRows === undefined ? {} : { numAffectedRows: BigInt(affectedRows) }),
    };
  }

  // biome-ignore lint/correctness/useYield: the embedded database cannot stream, so nothing may come to need it
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error("Streaming is not supported: read in pages");
  }
}

class SessionDriver implements Driver {
  readonly #pool: SessionPool;

  constructor(pool: SessionPool) {
    this.#pool = pool;
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<SessionConnection> {
    return new SessionConnection(await this.#pool.acquire());
  }

  async releaseConnection(connection: SessionConnection): Promise<void> {
    this.#pool.release(connection.session);
  }

  async beginTransaction(connection: SessionConnection, settings: TransactionSettings): Promise<void> {
    const level = settings.isolationLevel === undefined ? "" : ` isolation level ${settings.isolationLevel}`;
    const access = settings.accessMode === undefined ? "" : ` ${settings.accessMode}`;
    // Not waited for: what follows is behind it on the same connection, and fails if this does, since only a lost one can't.
    connection.session.query(`begin${level}${access}`, []).catch(() => undefined);
  }

  /** Sent behind what was left, in one go with it: where that failed, the server turns it into a rollback. */
  async commitTransaction(connection: SessionConnection): Promise<void> {
    const committed = connection.session.commit();
    committed.catch(() => undefined);
    await connection.settle();
    if (!(await committed)) throw new AbortedTransactionError();
  }

  /** A session that cannot roll back is ended, which rolls back as well. */
  async rollbackTransaction({ session }: SessionConnection): Promise<void> {
    if (session.isLost) return;
    await session.query("rollback", []).catch(() => session.close());
  }

  async savepoint({ session }: SessionConnection, name: string): Promise<void> {
    await session.query(`savepoint ${quote(name)}`, []);
  }

  async rollbackToSavepoint({ session }: SessionConnection, name: string): Promise<void> {
    await session.query(`rollback to ${quote(name)}`, []);
  }

  async releaseSavepoint({ session }: SessionConnection, name: string): Promise<void> {
    await session.query(`release ${quote(name)}`, []);
  }

  async destroy(): Promise<void> {
    await this.#pool.close();
  }
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Waits for what was left to the commit, where none will come. */
export async function settle<DB>(db: Kysely<DB>): Promise<void> {
  await withConnection(db, async () => undefined);
}

/** Calls `use` with the connection that `db` is bound to: inside `db.connection()` or a transaction only. */
export async function withConnection<DB, T>(
  db: Kysely<DB>,
  use: (connection: SessionConnection) => Promise<T>,
): Promise<T> {
  return db.getExecutor().provideConnection(async (connection) => {
    if (!(connection instanceof SessionConnection)) throw new SessionLostError("The database is not Docket's own");
    await connection.settle();
    return use(connection);
  });
}
