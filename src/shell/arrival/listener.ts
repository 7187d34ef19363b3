import { PostgresSession, SESSION_LIMITS } from "../database/postgres_session.ts";
import { CHANNEL } from "./herald.ts";

export interface ListenerOptions {
  /** Called on each notification, and when one may have been missed. */
  readonly onNews: () => void;
  readonly onFault: (cause: unknown) => void;
}

const PAUSE_MS_MIN = 250;
const PAUSE_MS_MAX = 10_000;

/** One connection that listens for what other processes record. Opened when first needed, and again when it was lost. */
export class Listener {
  readonly #url: string;
  readonly #options: ListenerOptions;
  #session: PostgresSession | undefined;
  #pauseMs = PAUSE_MS_MIN;
  #againAtMs = Number.NEGATIVE_INFINITY;
  #isClosed = false;

  constructor(url: string, options: ListenerOptions) {
    this.#url = url;
    this.#options = options;
  }

  /** Opens the connection unless it is open or was tried a moment ago. Returns at once; to be called now and then. */
  keepUp(): void {
    if (this.#isClosed || this.#session !== undefined || performance.now() < this.#againAtMs) return;
    const { onNews, onFault } = this.#options;
    const session: PostgresSession = new PostgresSession(this.#url, {
      limits: SESSION_LIMITS,
      onLost: () => this.#lose(session),
      onNotify: onNews,
    });
    this.#session = session;
    session.query(`listen ${CHANNEL}`, []).then(
      () => {
        this.#pauseMs = PAUSE_MS_MIN;
        onNews();
      },
      (cause) => {
        onFault(cause);
        void session.close();
      },
    );
  }

  /** Bounded; never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#session?.close();
  }

  #lose(session: PostgresSession): void {
    if (this.#session !== session) return;
    this.#session = undefined;
    this.#againAtMs = performance.now() + this.#pauseMs;
    this.#pauseMs = Math.min(this.#pauseMs * 2, PAUSE_MS_MAX);
  }
}
