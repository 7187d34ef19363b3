import type { JSX } from "preact";
import { ActionButton } from "../parts/action_button.tsx";
import { More } from "../parts/more.tsx";
import { Time } from "../parts/time.tsx";
import { Empty, Loading, Trouble, View } from "../parts/view.tsx";
import { eventHref } from "../route.ts";
import { refreshStats } from "../stats.ts";
import { useNewsSlowly, useReturn } from "../use_news.ts";
import { usePages } from "../use_pages.ts";
import type { Event, Replayed } from "../wire.ts";
import { replayWords } from "./event.tsx";

const AFTER_NEWS_MS = 1_500;

/** What came signed and was not understood, with the reason. */
export function QuarantineView(): JSX.Element {
  const pages = usePages<Event>("/events?outcome=quarantined&limit=50");
  const { items, error, again } = pages;
  useNewsSlowly(again, { everyMs: AFTER_NEWS_MS });
  useReturn(again);
  return (
    <View title="Quarantine" name="Quarantine">
      <p class="under">
        Messages that are signed by Clerk and not understood. Nothing is lost: each is kept as it came, and takes its
        place by its version once it can be read.
      </p>
      {error === undefined ? null : <Trouble error={error} again={again} />}
      {items === undefined && error === undefined ? <Loading /> : null}
      {items?.length === 0 ? (
        <Empty title="Nothing is quarantined.">
          <p>Everything that came was understood. There is nothing to do here.</p>
        </Empty>
      ) : null}
      {items === undefined || items.length === 0 ? null : (
        <ol class="rows card" aria-label="Quarantined messages, newest first">
          {items.map((event) => (
            <li key={event.svixId} class="row set-aside">
              <a class="row-main" href={eventHref(event.svixId)}>
                {event.type ?? "no type"} <code>{event.svixId}</code>
              </a>
              <span class="row-sub">{event.fault ?? "no reason was kept"}</span>
              <span class="row-time">
                <Time at={event.receivedAt} />
              </span>
              <span class="row-actions">
                <ActionButton<Replayed>
                  label="Replay"
                  kind="primary"
                  of={event.svixId}
                  path={`/events/${encodeURIComponent(event.svixId)}/replay`}
                  done={replayWords}
                  onDone={() => {
                    again();
                    void refreshStats();
                  }}
                />
              </span>
            </li>
          ))}
        </ol>
      )}
      <More pages={pages} />
    </View>
  );
}
