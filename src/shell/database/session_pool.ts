import { type Session, SessionLostError, SessionsBusyError } from "./session.ts";

export interface SessionPoolOptions {
  /** Starts a session; `onLost` is called at most once, when its connection ends. */
  readonly open: (onLost: () => void) => Session;
  readonly sessionsMax: number;
  /** Longest wait for a session to become free. */
  readonly acquireLimitMs: number;
  /** Callers that may wait at once. */
  readonly waitersMax: number;
  /** An unused session is closed after this; undefined keeps it. */
  readonly idleLimitMs: number | undefined;
  /** A session this old is closed when it comes back; undefined keeps it. */
  readonly lifetimeLimitMs: number | undefined;
  /** How long `close()` lets statements in flight go on. */
  readonly closeGraceMs: number;
}

/** How much of a pool is in use. */
export interface PoolUse {
  /** Sessions that somebody has. */
  readonly busy: number;
  /** Open ones that nobody has. */
  readonly idle: number;
  /** Callers that wait for one. */
  readonly waiting: number;
  readonly most: number;
}

interface Waiter {
  readonly resolve: (session: Session) => void;
  readonly reject: (error: Error) => void;
}

/** Hands out sessions, each to one holder at a time, newest first. Every wait ends: with a session or with an error. */
export class SessionPool {
  readonly #options: SessionPoolOptions;
  readonly #idle: { readonly session: Session; readonly timer: ReturnType<typeof setTimeout> | undefined }[] = [];
  readonly #busy = new Set<Session>();
  readonly #openedAtMs = new WeakMap<Session, number>();
  readonly #waiters = new Set<Waiter>();
  readonly #drained = Promise.withResolvers<void>();
  #closing: Promise<void> | undefined;

  constructor(options: SessionPoolOptions) {
    this.#options = options;
  }

  async acquire(): Promise<Session> {
    if (this.#closing !== undefined) throw new SessionLostError("The database is closed");
    const session = this.#take();
    if (session !== undefined) return session;
    if (this.#waiters.size >= this.#options.waitersMax)
      throw busy(`${this.#waiters.size} callers wait for one already`);
    return this.#wait();
  }

  get use(): PoolUse {
    return {
      busy: this.#busy.size,
      idle: this.#idle.length,
      waiting: this.#waiters.size,
      most: this.#options.sessionsMax,
    };
  }

  release(session: Session): void {
    this.#busy.delete(session);
    if (this.#closing !== undefined || session.isLost || this.#isOld(session)) void session.close();
    else this.#rest(session);
    if (this.#closing !== undefined && this.#busy.size === 0) this.#drained.resolve();
    this.#serve();
  }

  /** Refuses newcomers at once, lets holders finish for the time of grace, then ends every connection. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #take(): Session | undefined {
    const rested = this.#idle.pop();
    clearTimeout(rested?.timer);
    if (rested !== undefined) return this.#lend(rested.session);
    if (this.#busy.size >= this.#options.sessionsMax) return undefined;
    const session = this.#options.open(() => this.#forget(session));
    this.#openedAtMs.set(session, performance.now());
    return this.#lend(session);
  }

  #lend(session: Session): Session {
    this.#busy.add(session);
    return session;
  }

  #isOld(session: Session): boolean {
    const openedAtMs = this.#openedAtMs.get(session) ?? 0;
    return performance.now() - openedAtMs > (this.#options.lifetimeLimitMs ?? Number.POSITIVE_INFINITY);
  }

  #rest(session: Session): void {
    const { idleLimitMs } = this.#options;
    const timer = idleLimitMs === undefined ? undefined : setTimeout(() => void session.close(), idleLimitMs);
    timer?.unref();
    this.#idle.push({ session, timer });
  }

  #forget(session: Session): void {
    const index = this.#idle.findIndex((it) => it.session === session);
    if (index < 0) return;
    clearTimeout(this.#idle[index]?.timer);
    this.#idle.splice(index, 1);
  }

  /** Waiters leave the set in the same breath as they are answered, so that none is given two sessions. */
  #serve(): void {
    const [waiter] = this.#waiters;
    const session = waiter === undefined ? undefined : this.#take();
    if (waiter === undefined || session === undefined) return;
    this.#waiters.delete(waiter);
    waiter.resolve(session);
  }

  #wait(): Promise<Session> {
    const { promise, resolve, reject } = Promise.withResolvers<Session>();
    const { acquireLimitMs, sessionsMax } = this.#options;
    const waiter: Waiter = { resolve, reject };
    this.#waiters.add(waiter);
    const timer = setTimeout(() => {
      this.#waiters.delete(waiter);
      reject(busy(`all ${sessionsMax} stayed busy for ${acquireLimitMs} ms`));
    }, acquireLimitMs);
    return promise.finally(() => clearTimeout(timer));
  }

  async #close(): Promise<void> {
    for (const waiter of this.#waiters) waiter.reject(new SessionLostError("The database is closed"));
    this.#waiters.clear();
    const idle = this.#idle.splice(0);
    for (const { timer } of idle) clearTimeout(timer);
    const ends = idle.map(({ session }) => session.close());
    if (this.#busy.size === 0) this.#drained.resolve();
    const grace = setTimeout(this.#drained.resolve, this.#options.closeGraceMs);
    await this.#drained.promise;
    clearTimeout(grace);
    await Promise.all([...ends, ...[...this.#busy].map((session) => session.close())]);
  }
}

function busy(detail: string): SessionsBusyError {
  return new SessionsBusyError(`No database connection is free: ${detail}`);
}
