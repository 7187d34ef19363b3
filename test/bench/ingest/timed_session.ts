import { PostgresSession, SESSION_LIMITS } from "../../../src/shell/database/postgres_session.ts";
import type { SessionResult } from "../../../src/shell/database/session.ts";

const NAME_LENGTH = 60;

/** Milliseconds by statement. */
export class Times {
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
export class TimedSession extends PostgresSession {
  readonly #times: Times;
  #last: Promise<unknown> = Promise.resolve();

  constructor(url: string, { times, onLost }: { readonly times: Times; readonly onLost: () => void }) {
    super(url, { limits: SESSION_LIMITS, onLost });
    this.#times = times;
  }

  override query(sql: string, parameters: readonly unknown[]): Promise<SessionResult> {
    return this.#timed(sql, () => super.query(sql, parameters));
  }

  override commit(): Promise<boolean> {
    return this.#timed("commit", () => super.commit());
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
