import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { mergeJobs } from "../merge.ts";
import { TextFilter } from "../parts/filters.tsx";
import { JobActions } from "../parts/job_actions.tsx";
import { More } from "../parts/more.tsx";
import { RetryAll } from "../parts/retry_all.tsx";
import { JobRow } from "../parts/rows.tsx";
import { Stops } from "../parts/stops.tsx";
import { Empty, Loading, Trouble, View } from "../parts/view.tsx";
import { withQuery } from "../route.ts";
import { useStats } from "../stats.ts";
import { useNews, useNewsSlowly, useReturn } from "../use_news.ts";
import { usePages } from "../use_pages.ts";
import { replaceAddress } from "../use_route.ts";
import type { Job, Stats } from "../wire.ts";
import { countWords } from "../words.ts";

/** The states, those first that want a person; and what it means that there is none. */
const STATES = {
  dead: ["dead letters", "No job was given up."],
  held: ["held", "No job waits for approval."],
  stopped: ["stopped", "No job waits for its policy to be resumed."],
  running: ["running", "No job is under way just now."],
  planned: ["planned", "No job is planned."],
  done: ["done", "No job has run yet."],
  regretted: ["regretted", "No job has run that a later message made unwanted."],
  withdrawn: ["withdrawn", "No job was made unwanted by a later message before it ran."],
  cancelled: ["cancelled", "No job was cancelled by a person."],
} as const satisfies Partial<Record<keyof Stats["jobs"], readonly [string, string]>>;

const PAGE = 50;
const AFTER_NEWS_MS = 1_500;

/** The ledger by state, and what stops it. */
export function JobsView({ filters }: { readonly filters: URLSearchParams }): JSX.Element {
  const [state, policy] = [filters.get("state"), filters.get("policy")];
  const [handler, entity] = [filters.get("handler"), filters.get("entity")];
  const asked = { state, policy, handler, entity };
  const pages = usePages<Job>(withQuery("/jobs", { ...asked, limit: String(PAGE) }), mergeJobs);
  const stats = useStats();
  const [isStill, setStill] = useState(false);
  const { items, error, again, change } = pages;
  const path = withQuery("", asked);
  // Another list is not held.
  useEffect(() => setStill(false), [path]);
  useReturn(again);
  useNews(({ jobs }) => {
    if (jobs.length === 0) return;
    // Those shown are changed where they stand, so that nothing moves away under the reader's hand.
    const news = new Map(jobs.map((job) => [job.key, job]));
    change((old) => old.map((job) => news.get(job.key) ?? job));
  });
  useNewsSlowly(again, {
    everyMs: AFTER_NEWS_MS,
    of: ({ jobs }) =>
      !isStill && (items?.length ?? 0) <= PAGE && jobs.some((job) => isOf(job, state) && !isShown(job, items)),
  });
  const filter = (changed: Readonly<Record<string, string | null>>): void =>
    replaceAddress(withQuery("#/jobs", { ...asked, ...changed }));
  const replace = (job: Job): void => change((old) => old.map((it) => (it.key === job.key ? job : it)));
  return (
    <View title="Jobs" name="Jobs">
      <Stops onResumed={again} />
      <nav class="tabs" aria-label="States">
        <ul>
          <li>
            <a
              href={withQuery("#/jobs", { policy, handler, entity })}
              aria-current={state === null ? "page" : undefined}
            >
              all
            </a>
          </li>
          {Object.entries(STATES).map(([name, [label]]) => (
            <li key={name}>
              <a
                href={withQuery("#/jobs", { ...asked, state: name })}
                aria-current={state === name ? "page" : undefined}
              >
                {label} <StateCount state={name as keyof typeof STATES} stats={stats} />
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <form class="filters" aria-label="Filters" onSubmit={(event) => event.preventDefault()}>
        <TextFilter
          label="Policy"
          value={policy}
          placeholder="welcome"
          onChange={(value) => filter({ policy: value })}
        />
        <TextFilter
          label="Handler"
          value={handler}
          placeholder="email"
          onChange={(value) => filter({ handler: value })}
        />
        <TextFilter
          label="Entity"
          value={entity}
          placeholder="user_…"
          onChange={(value) => filter({ entity: value })}
        />
        {policy || handler || entity ? <a href={withQuery("#/jobs", { state })}>Clear</a> : null}
        {state === "dead" && (items?.length ?? 0) > 1 ? <RetryAll jobs={items ?? []} onDone={again} /> : null}
      </form>
      {error === undefined ? null : <Trouble error={error} again={again} />}
      {items === undefined && error === undefined ? <Loading /> : null}
      {items?.length === 0 ? <NoJobs state={state} isFiltered={Boolean(policy || handler || entity)} /> : null}
      {items === undefined || items.length === 0 ? null : (
        <ol
          class="rows card"
          aria-label="Jobs, the last changed first"
          onPointerEnter={(event) => setStill(event.pointerType === "mouse")}
          onPointerLeave={() => setStill(false)}
          onFocusIn={() => setStill(true)}
          onFocusOut={() => setStill(false)}
        >
          {items.map((job) => (
            <JobRow key={job.key} job={job} actions={<JobActions job={job} onDone={replace} />} />
          ))}
        </ol>
      )}
      <More pages={pages} />
    </View>
  );
}

function isOf({ state, waitsFor }: Job, asked: string | null): boolean {
  if (asked === "held") return waitsFor === "approval";
  if (asked === "stopped") return waitsFor === "stopped";
  return asked === null || state === asked;
}

function isShown({ key }: Job, items: readonly Job[] | undefined): boolean {
  return items?.some((it) => it.key === key) ?? false;
}

interface StateCountProps {
  readonly state: keyof typeof STATES;
  readonly stats: Stats | null;
}

function StateCount({ state, stats }: StateCountProps): JSX.Element | null {
  const count = stats?.jobs[state] ?? 0;
  if (count === 0) return null;
  const wantsSomebody = state === "dead" || state === "held" || state === "stopped";
  return <span class={wantsSomebody ? "count" : "dim number"}>{countWords(count)}</span>;
}

function NoJobs({ state, isFiltered }: { readonly state: string | null; readonly isFiltered: boolean }): JSX.Element {
  if (isFiltered) {
    return (
      <Empty title="No job matches these filters.">
        <p>
          <a href={withQuery("#/jobs", { state })}>Clear them</a>
        </p>
      </Empty>
    );
  }
  if (state !== null) {
    return (
      <Empty title={(STATES as Readonly<Record<string, readonly [string, string]>>)[state]?.[1] ?? "No such state."} />
    );
  }
  return (
    <Empty title="No job was planned yet.">
      <p>
        Jobs come from policies in <code>docket.config.ts</code>, such as <code>builtin.welcome()</code>. See what yours
        would plan, without running any:
      </p>
      <p>
        <code>npm run docket -- preview</code>
      </p>
    </Empty>
  );
}
