import type { Kysely } from "kysely";
import type { EventsFilter } from "../api/query.ts";
import type { EventItem } from "../api/read_events.ts";
import type { DocketDatabase } from "../database/schema.ts";
import type { Signals } from "../signals/signals.ts";
import type { Tally } from "../signals/tally.ts";
import { Bell } from "../work/bell.ts";
import { chooseEvents, isAbout, showEvents } from "./choose.ts";
import { Gauges } from "./gauges.ts";
import { ITEMS_MAX, type LivePulse, Mailbox } from "./mailbox.ts";
import { type LiveNews, NewsReader } from "./news_reader.ts";
import { OthersTally } from "./others_tally.ts";
import { livePulseOf } from "./pulse_text.ts";
import { countOutcomes, readMissed } from "./read_news.ts";

export interface LiveFeedOptions {
  readonly onFault: (cause: unknown) => void;
  /** @default 100 */
  readonly listenersMax?: number;
  /** Between two looks. @default 250 */
  readonly lookEveryMs?: number;
  /** @default 1_000 */
  readonly pulseEveryMs?: number;
  /** @default 15_000 */
  readonly heartbeatEveryMs?: number;
}

export interface Subscription {
  readonly filter: EventsFilter;
  /** Only what was received after this time is new to the listener, and all of it. Undefined: what comes from now on. */
  readonly sinceMs: number | undefined;
}

interface Listener extends Subscription {
  readonly mailbox: Mailbox;
  /** Resolved by the look that takes all that is there for known: what comes after it is news. */
  readonly entered: PromiseWithResolvers<void>;
  isIn: boolean;
}

const LISTENERS_MAX = 100;
const LOOK_EVERY_MS = 250;
const PULSE_EVERY_MS = 1_000;
const HEARTBEAT_EVERY_MS = 15_000;
/** A look is followed by a pause of at least so many times what it took: the database is there for others. */
const REST_FACTOR = 3;
/** After a look that failed. */
const FAULT_PAUSE_MS = 1_000;
/** A listener comes in when what is there by then is known, or after this long. */
const FIRST_LOOK_LIMIT_MS = 2_000;

/** Tells listeners what happens, in all processes. One look at the database is for all of them, and none while nobody listens. */
export class LiveFeed {
  readonly #db: Kysely<DocketDatabase>;
  readonly #signals: Signals;
  readonly #options: LiveFeedOptions;
  readonly #listeners = new Set<Listener>();
  #others = new OthersTally();
  readonly #reader: NewsReader;
  readonly #gauges: Gauges;
  #watching: Promise<void> | undefined;
  readonly #bell = new Bell();
  #isClosed = false;

  constructor(db: Kysely<DocketDatabase>, signals: Signals, options: LiveFeedOptions) {
    this.#db = db;
    this.#signals = signals;
    this.#options = options;
    this.#reader = new NewsReader(db);
    this.#gauges = new Gauges(db);
  }

  /** What is recorded after it resolved comes into the mailbox. `full`: too many listen. `closed`: the service stops. */
  async open(subscription: Subscription): Promise<Mailbox | "full" | "closed"> {
    if (this.#isClosed) return "closed";
    if (this.#listeners.size >= (this.#options.listenersMax ?? LISTENERS_MAX)) return "full";
    const entered = Promise.withResolvers<void>();
    const listener: Listener = { ...subscription, mailbox: new Mailbox(), entered, isIn: false };
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#bell.ring();
    this.#watching ??= this.#watch();
    await Promise.race([entered.promise, Bun.sleep(FIRST_LOOK_LIMIT_MS)]);
    listener.isIn = true;
    await this.#catchUp(listener).catch(this.#options.onFault);
    return listener.mailbox;
  }

  /** Nobody reads the mailbox any more. */
  leave(mailbox: Mailbox): void {
    for (const listener of this.#listeners) if (listener.mailbox === mailbox) this.#listeners.delete(listener);
    mailbox.close();
  }

  /** How many listen. */
  get count(): number {
    return this.#listeners.size;
  }

  /** Sends all listeners away, and lets nobody in any more. */
  close(): void {
    this.#isClosed = true;
    for (const { mailbox } of [...this.#listeners]) this.leave(mailbox);
    this.#bell.ring();
  }

  readonly #noteFault = (cause: unknown): boolean => {
    this.#options.onFault(cause);
    return false;
  };

  get #present(): readonly Listener[] {
    return [...this.#listeners].filter(({ isIn }) => isIn);
  }

  async #watch(): Promise<void> {
    const { pulseEveryMs = PULSE_EVERY_MS, heartbeatEveryMs = HEARTBEAT_EVERY_MS } = this.#options;
    const stopListening = this.#signals.listen({ recorded: ({ messages }) => this.#others.recordedHere(messages) });
    let before = this.#total();
    const pulse = setInterval(() => {
      const total = this.#total();
      this.#tell(livePulseOf(total.since(before), this.#gauges.last));
      before = total;
    }, pulseEveryMs);
    const heartbeat = setInterval(() => {
      for (const { mailbox } of this.#present) mailbox.putHeartbeat();
    }, heartbeatEveryMs);
    try {
      while (this.#listeners.size > 0) {
        const startedMs = performance.now();
        const isWell = await this.#look().then(() => true, this.#noteFault);
        const tookMs = performance.now() - startedMs;
        const everyMs = isWell ? (this.#options.lookEveryMs ?? LOOK_EVERY_MS) : FAULT_PAUSE_MS;
        await this.#bell.sleep(Math.max(everyMs - tookMs, REST_FACTOR * tookMs));
      }
    } finally {
      clearInterval(pulse);
      clearInterval(heartbeat);
      stopListening();
      this.#reader.forget();
      this.#others = new OthersTally();
      // In the same breath as the last count, or who comes in between the two would hear nothing.
      this.#watching = undefined;
    }
  }

  async #look(): Promise<void> {
    const entering = [...this.#listeners].filter(({ isIn }) => !isIn);
    const filters = this.#present.map(({ filter }) => filter);
    const news = await this.#reader.look((events) => chooseEvents(events, filters));
    this.#deliver(news);
    for (const listener of entering) {
      listener.isIn = true;
      listener.entered.resolve();
    }
    const unread = this.#others.found(news);
    for (const { outcome, count } of await countOutcomes(this.#db, unread)) this.#others.count(outcome, count);
    await this.#gauges.refresh();
  }

  #total(): Tally {
    const total = this.#signals.total();
    total.add(this.#others.total());
    return total;
  }

  #tell(pulse: LivePulse): void {
    for (const { mailbox } of this.#present) mailbox.putPulse(pulse);
  }

  #deliver(news: LiveNews): void {
    // What many listen to is put into words once.
    const texts = new Map<object, string>();
    const textOf = (item: object): string => {
      const text = texts.get(item) ?? JSON.stringify(item);
      texts.set(item, text);
      return text;
    };
    for (const { filter, mailbox } of this.#present) {
      const { shown, skipped } = showEvents(news, filter);
      mailbox.put("events", shown.map(textOf), { skipped, ...idOf(shown[0]) });
      const jobs = news.jobs.filter((it) => isAbout({ kind: it.entityKind, id: it.entityId }, filter.entity));
      // Of jobs that were not read it is not known whose they are.
      mailbox.put("jobs", jobs.map(textOf), { skipped: filter.entity === undefined ? news.jobsSkipped : 0 });
    }
  }

  async #catchUp({ sinceMs, filter, mailbox }: Listener): Promise<void> {
    if (sinceMs === undefined) return;
    const { items, skipped } = await readMissed(this.#db, filter, { sinceMs, most: ITEMS_MAX });
    mailbox.put(
      "events",
      items.map((item) => JSON.stringify(item)),
      { skipped, ...idOf(items[0]) },
    );
  }
}

/** Where to go on after this one. */
function idOf(newest: EventItem | undefined): { readonly id?: string } {
  return newest === undefined ? {} : { id: String(newest.receivedAt.getTime()) };
}
