import type { PGlite } from "@electric-sql/pglite";
import { type Session, SessionLostError, type SessionResult, within } from "./session.ts";
import { sqlState } from "./sql_state.ts";

const CLOSE_LIMIT_MS = 5_000;

/** The embedded database's only session. It has no connection to lose. */
export class PgliteSession implements Session {
  readonly keepsPlans = false;
  readonly #pglite: PGlite;
  #ended: Promise<void> | undefined;

  constructor(pglite: PGlite) {
    this.#pglite = pglite;
  }

  get isLost(): boolean {
    return this.#ended !== undefined;
  }

  /** No statement has a limit: the event loop stands still while one runs. */
  setPatience(): void {}

  async query(sql: string, parameters: readonly unknown[]): Promise<SessionResult> {
    if (this.isLost) throw new SessionLostError("The database is closed");
    try {
      const { rows, fields, affectedRows } = await this.#pglite.query<Record<string, unknown>>(sql, [...parameters]);
      return { rows, affectedRows: fields.length > 0 && !affectedRows ? undefined : affectedRows };
    } catch (cause) {
      throw withoutParameters(cause);
    }
  }

  async commit(): Promise<boolean> {
    const failed = await this.#isAborted();
    await this.query("commit", []);
    return !failed;
  }

  close(): Promise<void> {
    this.#ended ??= this.#close();
    return this.#ended;
  }

  /** PGlite does not say that a commit became a rollback, so it is asked before. */
  async #isAborted(): Promise<boolean> {
    return this.query("select 1", []).then(
      () => false,
      (cause) => sqlState(cause) === "25P02",
    );
  }

  async #close(): Promise<void> {
    const late = (): Error => new SessionLostError("The embedded database did not close");
    await within(this.#pglite.close(), CLOSE_LIMIT_MS, { late }).catch(() => undefined);
  }
}

/** PGlite hangs the parameters, which are people's data, on its errors, where a log would print them. */
function withoutParameters(cause: unknown): unknown {
  if (typeof cause !== "object" || cause === null) return cause;
  for (const name of ["params", "query", "queryOptions"]) Reflect.deleteProperty(cause, name);
  return cause;
}
