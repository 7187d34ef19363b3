import type { JSX } from "preact";
import { Badge } from "../parts/badge.tsx";
import { Time } from "../parts/time.tsx";
import { Empty, Loading, Trouble, View } from "../parts/view.tsx";
import { eventHref } from "../route.ts";
import { useAsk } from "../use_ask.ts";
import { useReturn } from "../use_news.ts";
import type { Drift, Whole } from "../wire.ts";
import { countWords } from "../words.ts";

/** What Clerk sends and Docket has no place for. */
export function DriftView(): JSX.Element {
  const { data, error, again } = useAsk<Whole<Drift>>("/drift");
  useReturn(again);
  return (
    <View title="Schema drift" name="Drift">
      <p class="under">
        Event types and fields that Clerk sends and this version of Docket does not know. Nothing is lost: they are in
        the log and in the tables' column <code>data</code>.
      </p>
      {error === undefined ? null : <Trouble error={error} again={again} />}
      {data === undefined && error === undefined ? <Loading /> : null}
      {data?.items.length === 0 ? (
        <Empty title="Clerk sends nothing that Docket does not know.">
          <p>There is nothing to do here.</p>
        </Empty>
      ) : null}
      {data === undefined || data.items.length === 0 ? null : (
        <ol class="rows card" aria-label="What is unknown">
          {data.items.map(({ what, name, type, seen, firstSeenAt, lastSeenAt, svixId }) => (
            <li key={`${what}${type}${name}`} class="row drift-row">
              <Badge tone={what === "type" ? "warn" : "calm"}>{what}</Badge>
              <span class="row-main">
                <code>{name}</code>
                {what === "field" ? <span class="dim"> of {type}</span> : null}
              </span>
              <span class="row-sub">
                seen {countWords(seen)} ×, first <Time at={firstSeenAt} />, such as in{" "}
                <a href={eventHref(svixId)}>
                  <code>{svixId}</code>
                </a>
              </span>
              <span class="row-time">
                <Time at={lastSeenAt} />
              </span>
            </li>
          ))}
        </ol>
      )}
    </View>
  );
}
