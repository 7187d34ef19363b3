import type { JSX } from "preact";
import { Attempts } from "../parts/attempts.tsx";
import { JobBadge, WAITS } from "../parts/badge.tsx";
import { Id } from "../parts/copy_button.tsx";
import { JobActions } from "../parts/job_actions.tsx";
import { JsonView } from "../parts/json_view.tsx";
import { Stops } from "../parts/stops.tsx";
import { Moment, Time } from "../parts/time.tsx";
import { Facts, Loading, Section, Trouble, View } from "../parts/view.tsx";
import { entityHref, eventHref } from "../route.ts";
import { useAsk } from "../use_ask.ts";
import { useNewsSlowly, useReturn } from "../use_news.ts";
import type { JobWhole } from "../wire.ts";

const AFTER_NEWS_MS = 300;

/** One job: why it is there, how it went, and what can be done. */
export function JobView({ jobKey }: { readonly jobKey: string }): JSX.Element {
  const { data: job, error, again } = useAsk<JobWhole>(`/jobs/${encodeURIComponent(jobKey)}`);
  useNewsSlowly(again, { everyMs: AFTER_NEWS_MS, of: ({ jobs }) => jobs.some(({ key }) => key === jobKey) });
  useReturn(again);
  const title = job?.policy ?? "Job";
  return (
    <View
      title={title}
      name={title}
      aside={job === undefined ? undefined : <JobBadge state={job.state} waitsFor={job.waitsFor} />}
    >
      <p class="under">
        <Id text={jobKey} what="job key" />
      </p>
      {error === undefined ? null : <Trouble error={error} again={again} />}
      {job === undefined && error === undefined ? <Loading /> : null}
      {job === undefined ? null : (
        <>
          {job.state === "dead" && job.lastError !== null ? (
            <div class="trouble">
              <p>
                <strong>Given up:</strong> {job.lastError}
              </p>
            </div>
          ) : null}
          <div class="actions">
            <JobActions job={job} onDone={again} />
          </div>
          {job.breakers.length > 0 || job.policyStop !== null ? <Stops onResumed={again} /> : null}
          <JobFacts job={job} />
          <Section title="Attempts">
            <Attempts attempts={job.attemptLog} />
          </Section>
          <Section title="Payload">
            <JsonView value={job.payload} label="payload" />
          </Section>
          {job.audit.length === 0 ? null : (
            <Section title="What people did to it">
              <ul class="plain">
                {job.audit.map(({ at, action, actor }) => (
                  <li key={`${at}${action}`}>
                    <strong>{action}</strong> by {actor}, <Time at={at} />
                  </li>
                ))}
              </ul>
            </Section>
          )}
        </>
      )}
    </View>
  );
}

function JobFacts({ job }: { readonly job: JobWhole }): JSX.Element {
  const { entityKind, entityId, handler, intent, waitsFor, unmet, state } = job;
  return (
    <Section title="What it is">
      <Facts
        facts={[
          [
            "For",
            <a href={entityHref({ kind: entityKind, id: entityId })}>
              <code>{entityId}</code>
            </a>,
          ],
          ["Wanted by", <a href={eventHref(job.svixId)}>{intentWords(intent)}</a>],
          ["Handler", handler],
          waitsFor === null ? null : ["Waits for", WAITS[waitsFor] ?? waitsFor],
          unmet.length === 0
            ? null
            : [
                "Not on file yet",
                <ul class="plain">
                  {unmet.map((ref) => (
                    <li key={ref.id}>
                      <code>{ref.id}</code>
                    </li>
                  ))}
                </ul>,
              ],
          ["Planned", <Time at={job.plannedAt} />],
          state === "planned"
            ? [
                "Due",
                <>
                  <Moment at={job.dueAt} /> (<Time at={job.dueAt} />)
                </>,
              ]
            : null,
          job.approvedAt === null ? null : ["Approved", <Time at={job.approvedAt} />],
          job.finishedAt === null
            ? null
            : [
                "Finished",
                <>
                  <Moment at={job.finishedAt} /> (<Time at={job.finishedAt} />)
                </>,
              ],
          job.lastError === null || state === "dead" ? null : ["Last error", job.lastError],
          job.wanted ? null : ["Wanted", "no longer: a later message changed what came before or after it"],
        ]}
      />
    </Section>
  );
}

/** Which change wants a job, as people say it. */
export function intentWords(intent: string): string {
  if (intent === "+") return "its first version";
  if (intent === "-") return "its deletion";
  return intent.replace(/^\d+\//, "");
}
