import type { Kysely } from "kysely";
import type { EventItem } from "../api/read_events.ts";
import type { JobItem } from "../api/read_jobs.ts";
import type { DocketDatabase } from "../database/schema.ts";
import {
  type EventGlimpse,
  type Glimpse,
  glimpseEvents,
  glimpseJobs,
  JOBS_SHOWN_MAX,
  readEvents,
  readJobs,
} from "./read_news.ts";

/** What is new since the look before, newest first. */
export interface LiveNews {
  readonly events: readonly EventGlimpse[];
  /** Those of them that were chosen to be read whole, by name. */
  readonly items: ReadonlyMap<string, EventItem>;
  readonly jobs: readonly JobItem[];
  /** Further jobs that changed, at least. */
  readonly jobsSkipped: number;
}

/**
 * Finds what any process recorded since the last look. What was in the last look is known: whatever else was on file
 * then is older than the oldest of it, and so it stays.
 */
export class NewsReader {
  readonly #db: Kysely<DocketDatabase>;
  #events: ReadonlySet<string> | undefined;
  #jobs: ReadonlySet<string> | undefined;

  constructor(db: Kysely<DocketDatabase>) {
    this.#db = db;
  }

  /** Takes all that is there for known. */
  forget(): void {
    this.#events = undefined;
    this.#jobs = undefined;
  }

  /**
   * The first look finds nothing new. Rejects if the database does, and then the next one finds what this one missed.
   *
   * @param choose Of the new messages, those that somebody wants to see.
   */
  async look(choose: (events: readonly EventGlimpse[]) => readonly EventGlimpse[]): Promise<LiveNews> {
    const seenEvents = await glimpseEvents(this.#db);
    const events = unknown(seenEvents, this.#events);
    const items = await readEvents(this.#db, choose(events));
    const seenJobs = await glimpseJobs(this.#db);
    const changed = unknown(seenJobs, this.#jobs);
    const jobs = await readJobs(this.#db, changed.slice(0, JOBS_SHOWN_MAX));
    this.#events = namesOf(seenEvents);
    this.#jobs = namesOf(seenJobs);
    return {
      events,
      items: new Map(items.map((item) => [item.svixId, item])),
      jobs,
      jobsSkipped: changed.length - jobs.length,
    };
  }
}

function unknown<T extends Glimpse>(glimpses: readonly T[], known: ReadonlySet<string> | undefined): readonly T[] {
  return known === undefined ? [] : glimpses.filter(({ name }) => !known.has(name));
}

function namesOf(glimpses: readonly Glimpse[]): ReadonlySet<string> {
  return new Set(glimpses.map(({ name }) => name));
}
