import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { mergeEvents, putFirst } from "../merge.ts";
import { Badge } from "../parts/badge.tsx";
import { FirstSteps } from "../parts/first_steps.tsx";
import { Health } from "../parts/health.tsx";
import { Plots } from "../parts/plots.tsx";
import { EventRow } from "../parts/rows.tsx";
import { Time } from "../parts/time.tsx";
import { Loading, Section, Trouble, View } from "../parts/view.tsx";
import { useStats } from "../stats.ts";
import { useNews, useReturn } from "../use_news.ts";
import { usePages } from "../use_pages.ts";
import type { Event, Stats } from "../wire.ts";
import { countWords, spanWords } from "../words.ts";

const LATEST_SHOWN = 12;

/** Is all well, and what is going on. */
export function OverviewView(): JSX.Element {
  const stats = useStats();
  const pages = usePages<Event>(`/events?limit=${LATEST_SHOWN}`, mergeEvents);
  const [isEmptyNoMore, setEmptyNoMore] = useState(false);
  const { items, error, again, change } = pages;
  useReturn(again);
  useNews(({ events }) => {
    if (events.length === 0) return;
    setEmptyNoMore(true);
    change((old) => putFirst(events, old).slice(0, LATEST_SHOWN));
  });
  const isEmpty = items?.length === 0 && !isEmptyNoMore;
  return (
    <View title="Overview" name="Overview">
      {stats === null ? null : <Health stats={stats} />}
      {error === undefined ? null : <Trouble error={error} again={again} />}
      {isEmpty ? <FirstSteps /> : null}
      {stats === null || isEmpty ? null : <Tiles stats={stats} />}
      {isEmpty ? null : <Plots />}
      {isEmpty ? null : (
        <Section title="Latest messages" aside={<a href="#/events">All events</a>}>
          {items === undefined ? (
            <Loading />
          ) : (
            <ol class="rows" aria-label="The latest messages">
              {items.map((event) => (
                <EventRow key={event.svixId} event={event} />
              ))}
            </ol>
          )}
        </Section>
      )}
    </View>
  );
}

function Tiles({ stats }: { readonly stats: Stats }): JSX.Element {
  const { source, messages, jobs } = stats;
  const hour = messages.lastHour;
  return (
    <dl class="tiles">
      <Tile name="Last message" note={source.silent ? <Badge tone="bad">source is silent</Badge> : "from Clerk"}>
        <Time at={source.lastReceivedAt} />
      </Tile>
      <Tile name="Received in an hour" note={`${countWords(messages.lastDay.received)} in a day`}>
        {countWords(hour.received)}
      </Tile>
      <Tile name="Applied in an hour" note={`${countWords(hour.stale)} stale, ${countWords(hour.duplicate)} duplicate`}>
        {countWords(hour.applied)}
      </Tile>
      <Tile
        name="Jobs due"
        note={jobs.due > 0 ? `the oldest since ${spanWords(jobs.oldestDueSeconds * 1_000)}` : "nothing waits"}
      >
        {countWords(jobs.due)}
      </Tile>
      <Tile name="Jobs done" note={`${countWords(jobs.planned)} planned, ${countWords(jobs.running)} running`}>
        {countWords(jobs.done)}
      </Tile>
    </dl>
  );
}

interface TileProps {
  readonly name: string;
  readonly children: JSX.Element | string;
  readonly note: JSX.Element | string;
}

function Tile({ name, children, note }: TileProps): JSX.Element {
  return (
    <div class="card tile">
      <dt>{name}</dt>
      <dd class="tile-value number">{children}</dd>
      <dd class="dim">{note}</dd>
    </div>
  );
}
