import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { narrow } from "../live.ts";
import { mergeEvents, putFirst } from "../merge.ts";
import { Select, TextFilter } from "../parts/filters.tsx";
import { FirstSteps } from "../parts/first_steps.tsx";
import { More } from "../parts/more.tsx";
import { EventRow } from "../parts/rows.tsx";
import { Empty, Loading, Trouble, View } from "../parts/view.tsx";
import { withQuery } from "../route.ts";
import { useNews, useReturn } from "../use_news.ts";
import { usePages } from "../use_pages.ts";
import { replaceAddress } from "../use_route.ts";
import type { Event } from "../wire.ts";
import { countWords } from "../words.ts";

const OUTCOMES = ["applied", "stale", "ignored", "foreign", "quarantined"];
/** Rows shown of what arrives: the older ones are in the log. */
const SHOWN_MAX = 100;

/** The log as it grows, newest first. */
export function EventsView({ filters }: { readonly filters: URLSearchParams }): JSX.Element {
  const [type, entity, outcome] = [filters.get("type"), filters.get("entity"), filters.get("outcome")];
  const isFiltered = Boolean(type || entity || outcome);
  const pages = usePages<Event>(withQuery("/events", { type, entity, outcome, limit: "50" }), mergeEvents);
  const [isHeld, setHeld] = useState(false);
  const [isPointed, setPointed] = useState(false);
  const [waiting, setWaiting] = useState<{ readonly items: readonly Event[]; readonly count: number }>(NONE);
  const isStill = isHeld || isPointed;
  useEffect(() => {
    narrow({ type, entity, outcome });
    setWaiting(NONE);
    return () => narrow({});
  }, [type, entity, outcome]);
  useReturn(pages.again);
  const show = (items: readonly Event[]): void =>
    pages.change((old) => putFirst(items, old).slice(0, Math.max(SHOWN_MAX, old.length)));
  useNews(({ events, skipped }) => {
    if (events.length === 0) return;
    if (!isStill) return show(events);
    setWaiting((old) => ({
      items: putFirst(events, old.items).slice(0, SHOWN_MAX),
      count: old.count + events.length + skipped,
    }));
  });
  const held = useRef(waiting);
  held.current = waiting;
  // Only letting go matters.
  useEffect(() => {
    if (isStill || held.current.count === 0) return;
    show(held.current.items);
    setWaiting(NONE);
  }, [isStill]);
  const filter = (changed: Readonly<Record<string, string | null>>): void =>
    replaceAddress(withQuery("#/events", { type, entity, outcome, ...changed }));
  const { items, error } = pages;
  return (
    <View
      title="Events"
      name="Events"
      aside={
        <button type="button" aria-pressed={isHeld} onClick={() => setHeld(!isHeld)}>
          {isHeld ? "Go on" : "Pause"}
        </button>
      }
    >
      <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
        <Select
          label="Outcome"
          value={outcome}
          all="all outcomes"
          options={OUTCOMES}
          onChange={(value) => filter({ outcome: value })}
        />
        <TextFilter
          label="Type"
          value={type}
          placeholder="user.created"
          onChange={(value) => filter({ type: value })}
        />
        <TextFilter
          label="Entity"
          value={entity}
          placeholder="user_… or user/user_…"
          onChange={(value) => filter({ entity: value })}
        />
        {isFiltered ? <a href="#/events">Clear</a> : null}
      </form>
      {error === undefined ? null : <Trouble error={error} again={pages.again} />}
      {waiting.count === 0 ? null : (
        <p class="waiting" role="status">
          {countWords(waiting.count)} new {isHeld ? "while paused" : "while you point at the list"}
        </p>
      )}
      {items === undefined && error === undefined ? <Loading /> : null}
      {items === undefined ? null : items.length === 0 ? (
        <NoEvents isFiltered={isFiltered} />
      ) : (
        <ol
          class="rows card"
          aria-label="Messages, newest first"
          onPointerEnter={(event) => setPointed(event.pointerType === "mouse")}
          onPointerLeave={() => setPointed(false)}
        >
          {items.map((event) => (
            <EventRow key={event.svixId} event={event} />
          ))}
        </ol>
      )}
      <More pages={pages} />
    </View>
  );
}

const NONE = { items: [], count: 0 };

function NoEvents({ isFiltered }: { readonly isFiltered: boolean }): JSX.Element {
  if (!isFiltered) return <FirstSteps />;
  return (
    <Empty title="No message matches these filters.">
      <p>
        A type is written as Clerk does, such as <code>organizationMembership.created</code>.{" "}
        <a href="#/events">Show all</a>.
      </p>
    </Empty>
  );
}
