import type { EntityRef } from "../../core/mod.ts";
import type { EventsFilter } from "../api/query.ts";
import type { EventItem } from "../api/read_events.ts";
import { ITEMS_MAX } from "./mailbox.ts";
import type { LiveNews } from "./news_reader.ts";
import type { EventGlimpse } from "./read_news.ts";

/** Where the outcome is asked for it must be read first: so many are, of those that may have it. */
const READ_FOR_OUTCOME_MAX = 4 * ITEMS_MAX;

/** Those that somebody may want to see, as many as each may be shown. */
export function chooseEvents(
  events: readonly EventGlimpse[],
  filters: readonly EventsFilter[],
): readonly EventGlimpse[] {
  // Most listeners want the same, that is all.
  const chosen = new Set<EventGlimpse>();
  const distinct = new Map(filters.map((filter) => [JSON.stringify(filter), filter]));
  for (const filter of distinct.values()) {
    const most = filter.outcome === undefined ? ITEMS_MAX : READ_FOR_OUTCOME_MAX;
    for (const event of events.filter((it) => mayPass(it, filter)).slice(0, most)) chosen.add(event);
  }
  return [...chosen];
}

/** What a listener is shown of them, and how many more there are; those not read may have another outcome than it wants. */
export function showEvents(
  { events, items }: Pick<LiveNews, "events" | "items">,
  filter: EventsFilter,
): { readonly shown: readonly EventItem[]; readonly skipped: number } {
  const wanted = events.filter((event) => mayPass(event, filter));
  const read = wanted.flatMap(({ name }) => items.get(name) ?? []);
  const passed = filter.outcome === undefined ? read : read.filter(({ outcome }) => outcome === filter.outcome);
  const shown = passed.slice(0, ITEMS_MAX);
  return { shown, skipped: passed.length - shown.length + (wanted.length - read.length) };
}

function mayPass({ type, kind, id }: EventGlimpse, filter: EventsFilter): boolean {
  return (filter.type === undefined || type === filter.type) && isAbout({ kind, id }, filter.entity);
}

/** True for an entity that is asked for, or where none is. */
export function isAbout(
  { kind, id }: { readonly kind: string; readonly id: string },
  entity: EventsFilter["entity"],
): boolean {
  if (entity === undefined) return true;
  const kinds: readonly (EntityRef["kind"] | string)[] = entity.kinds;
  return entity.id === id && kinds.includes(kind);
}
