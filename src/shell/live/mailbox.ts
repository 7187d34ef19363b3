import type { Counts } from "../signals/tally.ts";
import { COUNT_NAMES } from "../signals/tally.ts";

/** What happened since the pulse before it. */
export interface LivePulse {
  readonly counts: Counts;
  readonly [field: string]: unknown;
}

export type NewsName = "events" | "jobs";

interface News {
  /** As JSON, newest first. */
  items: readonly string[];
  skipped: number;
}

/** Items of one kind that wait for a listener. */
export const ITEMS_MAX = 50;

/**
 * What waits for one listener, as much as it may be: what comes on top pushes out what is older, which is counted. So
 * one who reads slowly gets less, and costs no more.
 */
export class Mailbox {
  readonly #news: Record<NewsName, News> = { events: { items: [], skipped: 0 }, jobs: { items: [], skipped: 0 } };
  #pulse: LivePulse | undefined;
  #lastId = "";
  #hasComment = false;
  #isClosed = false;
  #wake: (() => void) | undefined;
  #onStuck: (() => void) | undefined;

  /** `items` are newest first, and newer than those given before. */
  put(
    name: NewsName,
    items: readonly string[],
    { skipped, id }: { readonly skipped: number; readonly id?: string },
  ): void {
    if (items.length === 0 && skipped === 0) return;
    const waiting = this.#news[name];
    const all = [...items, ...waiting.items];
    this.#news[name] = {
      items: all.slice(0, ITEMS_MAX),
      skipped: waiting.skipped + skipped + Math.max(0, all.length - ITEMS_MAX),
    };
    if (id !== undefined) this.#lastId = id;
    this.#ring();
  }

  putPulse(pulse: LivePulse): void {
    const before = this.#pulse?.counts;
    const counts = COUNT_NAMES.map((name) => [name, pulse.counts[name] + (before?.[name] ?? 0)]);
    this.#pulse = { ...pulse, counts: Object.fromEntries(counts) as Counts };
    this.#ring();
  }

  /** So that whoever stands between knows that the connection lives. */
  putHeartbeat(): void {
    this.#hasComment = true;
    this.#ring();
  }

  /** Nothing comes any more. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#wake === undefined) this.#onStuck?.();
    this.#ring();
  }

  /** Called when it is closed while nobody waits for what comes next: the listener has not taken what it was given. */
  whenStuck(onStuck: () => void): void {
    this.#onStuck = onStuck;
  }

  /** All that waits, in the words of server-sent events, as soon as there is something. Null: it was closed. */
  async next(): Promise<string | null> {
    for (;;) {
      if (this.#isClosed) return null;
      const text = this.#take();
      if (text !== "") return text;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }

  #take(): string {
    const texts = (["events", "jobs"] as const).map((name) => {
      const { items, skipped } = this.#news[name];
      if (items.length === 0 && skipped === 0) return "";
      this.#news[name] = { items: [], skipped: 0 };
      const id = name === "events" && this.#lastId !== "" ? `id: ${this.#lastId}\n` : "";
      return `${id}event: ${name}\ndata: {"items":[${items.join(",")}],"skipped":${skipped}}\n\n`;
    });
    if (this.#pulse !== undefined) texts.push(`event: pulse\ndata: ${JSON.stringify(this.#pulse)}\n\n`);
    if (this.#hasComment) texts.push(": still here\n\n");
    this.#pulse = undefined;
    this.#hasComment = false;
    return texts.join("");
  }

  #ring(): void {
    this.#wake?.();
  }
}
