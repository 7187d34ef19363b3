import type { Message } from "../../core/mod.ts";
import type { EventItem } from "../api/read_events.ts";
import { type CountName, Tally } from "../signals/tally.ts";
import type { LiveNews } from "./news_reader.ts";
import { RecentIds } from "./recent_ids.ts";

/** Many times what is recorded between two looks. */
const OWN_IDS_MAX = 20_000;

/** Counts what other processes recorded, as it is found in the log; a message that comes again to them is not in it. */
export class OthersTally {
  readonly #total = new Tally();
  readonly #own = new RecentIds(OWN_IDS_MAX);
  #undecided: Pick<LiveNews, "events" | "items"> = { events: [], items: new Map() };

  /** Recorded by this process, which counts its own. */
  recordedHere(messages: readonly Message[]): void {
    for (const { svixId } of messages) this.#own.add(svixId);
  }

  /**
   * New in the log. Counted with the next look: what this process committed may be found in the log a moment before it
   * is known here.
   *
   * @returns The names of others' messages whose outcomes are to be counted, since they were not read.
   */
  found(news: Pick<LiveNews, "events" | "items">): readonly string[] {
    const { events, items } = this.#undecided;
    this.#undecided = news;
    const others = events.map(({ name }) => name).filter((name) => !this.#own.has(name));
    for (const name of others) this.#countItem(items.get(name));
    return others.filter((name) => !items.has(name));
  }

  count(outcome: CountName, more: number): void {
    this.#total.count("received", more);
    this.#total.count(outcome, more);
  }

  /** All that was counted so far, in a copy. */
  total(): Tally {
    return this.#total.copy();
  }

  #countItem(item: EventItem | undefined): void {
    if (item === undefined) return;
    const { outcome, source, timestampMs, receivedAt, filedAt } = item;
    this.count(outcome, 1);
    const receivedAtMs = receivedAt.getTime();
    if (source === "webhook" && timestampMs !== null) {
      this.#total.observe("happenedToReceived", receivedAtMs - timestampMs);
    }
    this.#total.observe("receivedToApplied", filedAt.getTime() - receivedAtMs);
  }
}
