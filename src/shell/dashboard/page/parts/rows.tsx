import type { JSX } from "preact";
import { entityHref, eventHref, jobHref } from "../route.ts";
import type { Event, Job } from "../wire.ts";
import { kindWords, plural } from "../words.ts";
import { JobBadge, OutcomeBadge, WAITS } from "./badge.tsx";
import { memo } from "./memo.ts";
import { Time } from "./time.tsx";

/** A message in a list. */
export const EventRow = memo(function EventRow({ event }: { readonly event: Event }): JSX.Element {
  const { svixId, type, entityKind, entityId, outcome, receivedAt, deliveries, source, fault } = event;
  return (
    <li class="row event-row">
      <OutcomeBadge outcome={outcome} />
      <a class="row-main" href={eventHref(svixId)}>
        {type ?? <span class="dim">no type</span>}
      </a>
      <span class="row-sub">
        {entityKind !== null && entityId !== null ? (
          <a href={entityHref({ kind: entityKind, id: entityId })} title={kindWords(entityKind)}>
            <code>{entityId}</code>
          </a>
        ) : (
          <span class="dim">{fault ?? "no entity"}</span>
        )}
      </span>
      <span class="row-note dim">
        {[
          source === "api" ? "from Clerk's API" : "",
          deliveries > 1 ? plural(deliveries, "delivery", "deliveries") : "",
        ]
          .filter(Boolean)
          .join(" · ")}
      </span>
      <span class="row-time">
        <Time at={receivedAt} />
      </span>
    </li>
  );
});

/** A job in a list. */
export const JobRow = memo(function JobRow({ job, actions }: JobRowProps): JSX.Element {
  const { key, state, waitsFor, attempts, lastError, updatedAt, policy, handler } = job;
  const waits = waitsFor === null ? undefined : WAITS[waitsFor];
  const isFine = state === "done" || lastError === null;
  return (
    <li class="row job-row">
      <JobBadge state={state} waitsFor={waitsFor} />
      <a class="row-main" href={jobHref(key)} title={key}>
        <strong>{policy}</strong> <code>{key.startsWith(`${policy}/`) ? key.slice(policy.length + 1) : key}</code>
      </a>
      <span class={isFine ? "row-sub" : "row-sub row-error"} title={isFine ? undefined : lastError}>
        {isFine ? <span class="dim">{waits === undefined ? `by ${handler}` : `waits for ${waits}`}</span> : lastError}
      </span>
      <span class="row-note dim">{attempts > 0 ? plural(attempts, "attempt") : ""}</span>
      <span class="row-time">
        <Time at={updatedAt} />
      </span>
      {actions === undefined ? null : <span class="row-actions">{actions}</span>}
    </li>
  );
});

interface JobRowProps {
  readonly job: Job;
  readonly actions?: JSX.Element | undefined;
}
