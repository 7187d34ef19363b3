import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Standing } from "../../../history/standing.ts";
import { entityHref, eventHref, jobHref } from "../route.ts";
import type { ReadHistory } from "../use_history.ts";
import type { Change, HistoryJob, Version } from "../wire.ts";
import { momentWords, plural } from "../words.ts";
import { Attempts } from "./attempts.tsx";
import { Badge, JobBadge, type Tone } from "./badge.tsx";
import { Changes } from "./changes.tsx";
import { Moment, Time } from "./time.tsx";
import { momentOf } from "./time_control.tsx";
import { Section } from "./view.tsx";

const STANDINGS: { readonly [S in Standing]: readonly [Tone, string] } = {
  current: ["good", "current"],
  superseded: ["calm", "superseded"],
  folded: ["calm", "adds nothing"],
  after_deletion: ["calm", "after the deletion"],
  deletion: ["warn", "deletion"],
  quarantined: ["bad", "quarantined"],
  foreign: ["warn", "foreign"],
  ignored: ["calm", "ignored"],
};

const COUNTED: ReadonlySet<Standing> = new Set(["current", "superseded", "deletion"]);

interface TimelineProps {
  readonly history: ReadHistory;
  readonly at: string | null;
}

/** Every message about the entity, newest first: what it counts for and why, what it changed, and what it set off. */
export function Timeline({ history: { data, more, isAsking }, at }: TimelineProps): JSX.Element {
  const [showsAll, setShowAll] = useState(true);
  const versions = data?.versions ?? [];
  const shown = showsAll ? versions : versions.filter(({ standing }) => COUNTED.has(standing));
  const others = versions.filter(({ standing }) => !COUNTED.has(standing)).length;
  const atMs = at === null ? Number.POSITIVE_INFINITY : Date.parse(at);
  return (
    <Section
      title="Timeline"
      aside={
        others === 0 ? undefined : (
          <button type="button" class="quiet" aria-pressed={!showsAll} onClick={() => setShowAll(!showsAll)}>
            {showsAll ? "Only what counts" : `Show all (${others} more)`}
          </button>
        )
      }
    >
      <ol class="timeline" aria-label="Messages, newest first">
        {shown.map((version) => (
          <Entry
            key={version.svixId}
            version={version}
            changes={data?.changes.filter(({ svixId }) => svixId === version.svixId) ?? []}
            jobs={data?.jobs.filter(({ svixId }) => svixId === version.svixId) ?? []}
            isLater={momentOf(version) > atMs}
          />
        ))}
      </ol>
      {more === null ? null : (
        <button type="button" class="more" disabled={isAsking} onClick={more}>
          {isAsking ? "Loading …" : "Show older ones"}
        </button>
      )}
    </Section>
  );
}

interface EntryProps {
  readonly version: Version;
  readonly changes: readonly Change[];
  readonly jobs: readonly HistoryJob[];
  /** Than the time that is looked at. */
  readonly isLater: boolean;
}

function Entry({ version, changes, jobs, isLater }: EntryProps): JSX.Element {
  const { svixId, type, standing, why, supersededBy, late, entityKind, entityId, deliveries, source } = version;
  const [tone, word] = STANDINGS[standing];
  const atMs = momentOf(version);
  return (
    <li class={`entry ${standing} ${isLater ? "later" : ""}`}>
      <p class="entry-head">
        <a href={eventHref(svixId)}>{type ?? "no type"}</a>
        <Badge tone={tone}>{word}</Badge>
        {late ? <Badge tone="warn">came late</Badge> : null}
        {source === "api" ? <Badge tone="calm">from Clerk's API</Badge> : null}
      </p>
      <p class="dim">
        {entityKind !== null && entityId !== null && COUNTED.has(standing) ? (
          <a
            href={entityHref({ kind: entityKind, id: entityId }, new Date(atMs).toISOString())}
            title="Look at it as it was then"
          >
            <Moment at={atMs} />
          </a>
        ) : (
          <Moment at={atMs} />
        )}
        , received <Time at={version.receivedAt} />
        {deliveries > 1 ? `, ${plural(deliveries, "delivery", "deliveries")}` : ""}
      </p>
      <p class="why">
        <Why text={why} svixId={supersededBy} />
      </p>
      {changes.length === 0 ? null : <Changes changes={changes} />}
      {jobs.map((job) => (
        <SetOff key={job.key} job={job} />
      ))}
    </li>
  );
}

/** The reason, where the message that it names can be gone to. */
function Why({ text, svixId }: { readonly text: string; readonly svixId: string | null }): JSX.Element {
  const [before, ...after] = svixId === null ? [text] : text.split(svixId);
  if (svixId === null || after.length === 0) return <>{text}</>;
  return (
    <>
      {before}
      <a href={eventHref(svixId)}>
        <code>{svixId}</code>
      </a>
      {after.join(svixId)}
    </>
  );
}

/** A job that a message set off, with its attempts. */
function SetOff({ job }: { readonly job: HistoryJob }): JSX.Element {
  return (
    <details class="set-off">
      <summary>
        <JobBadge state={job.state} waitsFor={job.waitsFor} /> <strong>{job.policy}</strong>{" "}
        <span class="dim">
          by {job.handler}
          {job.attempts.length > 0 ? `, ${plural(job.attempts.length, "attempt")}` : ""}
          {job.finishedAt === null ? "" : `, finished ${momentWords(job.finishedAt)}`}
        </span>
      </summary>
      <p>
        <a href={jobHref(job.key)}>
          <code>{job.key}</code>
        </a>
      </p>
      <Attempts attempts={job.attempts} />
    </details>
  );
}
