import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { narrow } from "../live.ts";
import { Badge } from "../parts/badge.tsx";
import { Id } from "../parts/copy_button.tsx";
import { EntityState } from "../parts/entity_state.tsx";
import { JobRow } from "../parts/rows.tsx";
import { Moment } from "../parts/time.tsx";
import { TimeControl } from "../parts/time_control.tsx";
import { Timeline } from "../parts/timeline.tsx";
import { Empty, Loading, Section, Trouble, View } from "../parts/view.tsx";
import { entityHref, eventHref } from "../route.ts";
import { useAsk } from "../use_ask.ts";
import { useHistory } from "../use_history.ts";
import { useNewsSlowly, useReturn } from "../use_news.ts";
import { replaceAddress } from "../use_route.ts";
import type { EntityAt, History } from "../wire.ts";
import { kindWords } from "../words.ts";
import { titleOf } from "./entities.tsx";

export interface EntityViewProps {
  readonly kind: string;
  readonly id: string;
  /** As of when; null: now. */
  readonly at: string | null;
}

const AFTER_NEWS_MS = 300;

/** An entity: what is true now, what was true at any time, which message made it so, and what came of it. */
export function EntityView({ kind, id, at }: EntityViewProps): JSX.Element {
  const history = useHistory({ kind, id });
  const { data, error, again } = history;
  useEffect(() => {
    narrow({ entity: `${kind}/${id}` });
    return () => narrow({});
  }, [kind, id]);
  useReturn(again);
  useNewsSlowly(again, {
    everyMs: AFTER_NEWS_MS,
    of: ({ events, jobs }) => [...events, ...jobs].some(({ entityId }) => entityId === id),
  });
  const name = (data?.entity && titleOf(data.entity)) || kindWords(kind);
  return (
    <View title={name} name={`${name} ${id}`} aside={<StateBadge history={data} />}>
      <p class="under">
        {name === kindWords(kind) ? "" : `${kindWords(kind)} `}
        <Id text={id} />
      </p>
      {error === undefined ? null : <Trouble error={error} again={again} />}
      {data === undefined && error === undefined ? <Loading /> : null}
      {data === undefined ? null : (
        <>
          <TimeControl
            versions={data.versions}
            at={at}
            onChange={(chosen) => replaceAddress(entityHref({ kind, id }, chosen))}
          />
          <div class="entity">
            <State kind={kind} id={id} at={at} history={data} />
            <div>
              <Timeline history={history} at={at} />
            </div>
          </div>
          <Effects history={data} />
        </>
      )}
    </View>
  );
}

function StateBadge({ history }: { readonly history: History | undefined }): JSX.Element | null {
  const entity = history?.entity;
  if (entity === undefined || entity === null) return null;
  return <Badge tone={entity.state === "live" ? "good" : "calm"}>{entity.state}</Badge>;
}

interface StateProps extends EntityViewProps {
  readonly history: History;
}

/** The row, as it is or as it was. */
function State({ kind, id, at, history }: StateProps): JSX.Element {
  const path = `/entities/${encodeURIComponent(kind)}/${encodeURIComponent(id)}`;
  const newest = history.versions[0]?.svixId ?? "";
  const asked = useAsk<EntityAt>(at === null ? null : `${path}?at=${encodeURIComponent(at)}`);
  const shown = at === null ? history.entity : asked.data;
  const title = at === null ? "What is true now" : "What was true then";
  if (at !== null && asked.error?.status === 404) {
    return (
      <Section title={title}>
        <Empty title="It was not there yet.">
          <p>
            No message that is on file tells of it as of <Moment at={at} />.
          </p>
        </Empty>
      </Section>
    );
  }
  return (
    <Section title={title} aside={at === null ? undefined : <Moment at={at} />}>
      {asked.error === undefined ? null : <Trouble error={asked.error} again={asked.again} />}
      {shown === null ? <Empty title="There is no row: nothing that came of it was applied." /> : null}
      {shown === undefined && asked.error === undefined ? <Loading /> : null}
      {shown === undefined || shown === null ? null : (
        <>
          <Source svixId={at === null ? currentOf(history) : (asked.data?.svixId ?? null)} />
          <EntityState key={`${at}${newest}`} entity={shown} now={at === null ? null : history.entity} />
        </>
      )}
    </Section>
  );
}

function currentOf({ versions }: History): string | null {
  return versions.find(({ standing }) => standing === "deletion" || standing === "current")?.svixId ?? null;
}

function Source({ svixId }: { readonly svixId: string | null }): JSX.Element | null {
  if (svixId === null) return null;
  return (
    <p class="note">
      Made so by{" "}
      <a href={eventHref(svixId)}>
        <code>{svixId}</code>
      </a>
    </p>
  );
}

function Effects({ history: { jobs } }: { readonly history: History }): JSX.Element {
  return (
    <Section title="Side effects">
      {jobs.length === 0 ? <p class="note">No job was planned for it.</p> : null}
      {jobs.length === 0 ? null : (
        <ol class="rows" aria-label="Jobs, newest first">
          {jobs.map((job) => (
            <JobRow key={job.key} job={{ ...job, attempts: job.attempts.length }} />
          ))}
        </ol>
      )}
    </Section>
  );
}
