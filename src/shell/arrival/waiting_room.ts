import type { Kysely } from "kysely";
import { type EntityRef, type Message, refKey } from "../../core/mod.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { findOnFile } from "../store/find_on_file.ts";
import { Bell } from "../work/bell.ts";
import { noteWaiting } from "./herald.ts";
import { Listener } from "./listener.ts";

/** How a wait ended. `full`: it never began, since too many wait. `left`: its signal ended it. `closed`: the service stops. */
export type Waited = "here" | "late" | "left" | "full" | "closed";

export interface WaitOptions {
  readonly limitMs: number;
  /** Ends the wait: nobody wants to know any more. */
  readonly signal?: AbortSignal | undefined;
}

export interface WaitingRoomOptions {
  /** Where what other processes record is heard of. Undefined: there are no others. */
  readonly databaseUrl: string | undefined;
  /** How many may wait at once. @default 1_000 */
  readonly waitersMax?: number;
  /** Between two looks when nothing is heard. @default 500 */
  readonly pollMs?: number;
  readonly onFault: (cause: unknown) => void;
}

interface Waiter {
  readonly ref: EntityRef;
  readonly leave: (how: Waited) => void;
}

const WAITERS_MAX = 1_000;
const POLL_MS = 500;
/** Between two looks, however often the bell rings. */
const GAP_MS = 10;
/** Others are told for this long that somebody waits here, and told again in time. */
const NOTED_SECONDS = 30;
const NOTE_EVERY_MS = 10_000;

/**
 * Where those wait who want an entity that is not on file yet. One look at the database is for all of them: when this
 * process recorded something of theirs, when another says that it recorded anything, and twice a second in any case.
 */
export class WaitingRoom {
  readonly #db: Kysely<DocketDatabase>;
  readonly #options: WaitingRoomOptions;
  readonly #waiters = new Map<string, Set<Waiter>>();
  readonly #bell = new Bell();
  readonly #listener: Listener | undefined;
  #count = 0;
  #notedAtMs = Number.NEGATIVE_INFINITY;
  #watching: Promise<void> | undefined;
  #isClosed = false;

  constructor(db: Kysely<DocketDatabase>, options: WaitingRoomOptions) {
    this.#db = db;
    this.#options = options;
    const { databaseUrl, onFault } = options;
    if (databaseUrl !== undefined) {
      this.#listener = new Listener(databaseUrl, { onNews: () => this.#bell.ring(), onFault });
    }
  }

  /** Resolves as soon as the entity is on file, deleted or not, or when the time is up. Never rejects. */
  async wait(ref: EntityRef, { limitMs, signal }: WaitOptions): Promise<Waited> {
    if (this.#isClosed) return "closed";
    if (signal?.aborted === true) return "left";
    if (this.#count >= (this.#options.waitersMax ?? WAITERS_MAX)) return "full";
    const { promise, resolve } = Promise.withResolvers<Waited>();
    const waiter: Waiter = { ref, leave: resolve };
    const timer = setTimeout(resolve, limitMs, "late");
    const onAbort = (): void => resolve("left");
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#enter(waiter);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
      this.#exit(waiter);
    }
  }

  /** Says that this process recorded these. Costs a look into a map for each, and nothing while nobody waits. */
  recorded(messages: readonly Message[]): void {
    if (this.#count === 0) return;
    const isAwaited = messages.some((it) => "ref" in it && this.#waiters.has(refKey(it.ref)));
    if (isAwaited) this.#bell.ring();
  }

  /** How many wait. */
  get count(): number {
    return this.#count;
  }

  /** Ends all waits at once, and lets nobody in any more. */
  dismiss(): void {
    this.#isClosed = true;
    for (const waiter of this.#all()) waiter.leave("closed");
  }

  /** Bounded; never rejects. */
  async close(): Promise<void> {
    this.dismiss();
    this.#bell.ring();
    await this.#watching;
    await this.#listener?.close();
  }

  #all(): readonly Waiter[] {
    return [...this.#waiters.values()].flatMap((those) => [...those]);
  }

  #enter(waiter: Waiter): void {
    const key = refKey(waiter.ref);
    const those = this.#waiters.get(key) ?? new Set();
    this.#waiters.set(key, those.add(waiter));
    this.#count += 1;
    this.#bell.ring();
    this.#watching ??= this.#watch();
  }

  #exit(waiter: Waiter): void {
    const key = refKey(waiter.ref);
    const those = this.#waiters.get(key);
    those?.delete(waiter);
    if (those?.size === 0) this.#waiters.delete(key);
    this.#count -= 1;
  }

  async #watch(): Promise<void> {
    try {
      while (this.#count > 0 && !this.#isClosed) {
        await this.#bell.sleep(this.#options.pollMs ?? POLL_MS);
        await this.#hear().catch(this.#options.onFault);
        await Bun.sleep(GAP_MS);
      }
    } finally {
      // In the same breath as the last count, or who enters between the two would be looked after by nobody.
      this.#watching = undefined;
    }
  }

  async #hear(): Promise<void> {
    if (this.#count === 0) return;
    this.#listener?.keepUp();
    // Noted before looking: what is committed after the look is then told of.
    await this.#note();
    await this.#look();
  }

  async #note(): Promise<void> {
    if (this.#listener === undefined || performance.now() - this.#notedAtMs < NOTE_EVERY_MS) return;
    await noteWaiting(this.#db, NOTED_SECONDS);
    this.#notedAtMs = performance.now();
  }

  async #look(): Promise<void> {
    const refs = [...this.#waiters.values()].flatMap(([first]) => (first === undefined ? [] : [first.ref]));
    const here = await findOnFile(this.#db, refs);
    for (const ref of here) for (const { leave } of this.#waiters.get(refKey(ref)) ?? []) leave("here");
  }
}
