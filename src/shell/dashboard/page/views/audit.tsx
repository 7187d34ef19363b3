import type { JSX } from "preact";
import { More } from "../parts/more.tsx";
import { Moment, Time } from "../parts/time.tsx";
import { Empty, Loading, Trouble, View } from "../parts/view.tsx";
import { eventHref, jobHref } from "../route.ts";
import { useReturn } from "../use_news.ts";
import { usePages } from "../use_pages.ts";
import type { Audit } from "../wire.ts";

/** What people did, newest first. */
export function AuditView(): JSX.Element {
  const pages = usePages<Audit>("/audit?limit=100");
  const { items, error, again } = pages;
  useReturn(again);
  return (
    <View title="Audit" name="Audit">
      <p class="under">Everything that somebody did here, by the command line or by the API.</p>
      {error === undefined ? null : <Trouble error={error} again={again} />}
      {items === undefined && error === undefined ? <Loading /> : null}
      {items?.length === 0 ? (
        <Empty title="Nobody has done anything yet.">
          <p>Retries, cancellations, approvals, resumptions and replays are noted here.</p>
        </Empty>
      ) : null}
      {items === undefined || items.length === 0 ? null : (
        <ol class="rows card" aria-label="What was done, newest first">
          {items.map(({ id, at, action, subject, actor }) => (
            <li key={id} class="row audit-row">
              <strong>{action}</strong>
              <span class="row-main">
                <Subject action={action} subject={subject} />
              </span>
              <span class="row-sub dim">
                by {actor}, <Moment at={at} />
              </span>
              <span class="row-time">
                <Time at={at} />
              </span>
            </li>
          ))}
        </ol>
      )}
      <More pages={pages} />
    </View>
  );
}

function Subject({ action, subject }: Pick<Audit, "action" | "subject">): JSX.Element {
  const name = <code>{subject}</code>;
  if (action === "replay") return <a href={eventHref(subject)}>{name}</a>;
  return subject.includes("/") ? <a href={jobHref(subject)}>{name}</a> : name;
}
