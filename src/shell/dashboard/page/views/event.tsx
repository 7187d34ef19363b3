import type { JSX } from "preact";
import { ActionButton } from "../parts/action_button.tsx";
import { OutcomeBadge } from "../parts/badge.tsx";
import { Id } from "../parts/copy_button.tsx";
import { JsonView } from "../parts/json_view.tsx";
import { Moment, Time } from "../parts/time.tsx";
import { Facts, Loading, Section, Trouble, View } from "../parts/view.tsx";
import { entityHref } from "../route.ts";
import { refreshStats } from "../stats.ts";
import { useAsk } from "../use_ask.ts";
import type { EventWhole, Replayed } from "../wire.ts";
import { agoWords, kindWords, plural } from "../words.ts";

/** One message: what it is, what came of it, and its payload. */
export function EventView({ svixId }: { readonly svixId: string }): JSX.Element {
  const { data: event, error, again } = useAsk<EventWhole>(`/events/${encodeURIComponent(svixId)}`);
  const title = event?.type ?? "Message";
  return (
    <View title={title} name={title} aside={event === undefined ? undefined : <OutcomeBadge outcome={event.outcome} />}>
      <p class="under">
        <Id text={svixId} what="message id" />
      </p>
      {error === undefined ? null : <Trouble error={error} again={again} />}
      {event === undefined && error === undefined ? <Loading /> : null}
      {event === undefined ? null : (
        <>
          {event.fault === null ? null : (
            <div class="trouble">
              <p>
                <strong>Not understood:</strong> {event.fault}
              </p>
            </div>
          )}
          <EventFacts event={event} />
          <ReplaySection event={event} onDone={again} />
          <Section title="Payload">
            {event.erased ? <p class="note">Personal data was erased with its entity.</p> : null}
            <JsonView value={event.payload} label="payload" />
          </Section>
        </>
      )}
    </View>
  );
}

function EventFacts({ event }: { readonly event: EventWhole }): JSX.Element {
  const { entityKind, entityId, timestampMs, asOfMs, receivedAt, filedAt, deliveries, differing } = event;
  const lagMs = timestampMs === null ? null : Date.parse(receivedAt) - timestampMs;
  return (
    <Section title="What it is">
      <Facts
        facts={[
          entityKind === null || entityId === null
            ? ["Entity", <span class="dim">names none that has a table</span>]
            : [
                `Entity (${kindWords(entityKind)})`,
                <a href={entityHref({ kind: entityKind, id: entityId })}>
                  <code>{entityId}</code>
                </a>,
              ],
          ["Source", event.source === "api" ? "Clerk's API" : "webhook"],
          timestampMs === null ? null : ["Happened", <Moment at={timestampMs} />],
          asOfMs === null || asOfMs < 0 ? null : ["Shows the entity as of", <Moment at={asOfMs} />],
          [
            "Received",
            <>
              <Moment at={receivedAt} /> (<Time at={receivedAt} />
              {lagMs === null || lagMs < 5_000 ? "" : `, ${agoWords(0, lagMs).replace(" ago", "")} after it happened`})
            </>,
          ],
          filedAt === receivedAt ? null : ["Filed", <Moment at={filedAt} />],
          ["Deliveries", plural(deliveries, "delivery", "deliveries")],
          differing === 0 ? null : ["With another body", plural(differing, "delivery", "deliveries")],
          event.instanceId === null ? null : ["Clerk instance", <Id text={event.instanceId} what="instance id" />],
        ]}
      />
    </Section>
  );
}

interface ReplayProps {
  readonly event: EventWhole;
  readonly onDone: () => void;
}

/** Running the message again, in the three ways there are. */
export function ReplaySection({ event, onDone }: ReplayProps): JSX.Element {
  const path = `/events/${encodeURIComponent(event.svixId)}/replay`;
  const after = (): void => {
    onDone();
    void refreshStats();
  };
  return (
    <Section title="Run it again">
      <p class="note">
        What was set aside is decoded anew; else the jobs that should exist by the log and don't are planned. Safe to
        repeat.
      </p>
      <div class="actions">
        <ActionButton<Replayed> label="Replay" kind="primary" path={path} done={replayWords} onDone={after} />
        <ActionButton<Replayed>
          label="Try without changing anything"
          path={`${path}?dry=true`}
          done={replayWords}
          onDone={after}
        />
        <ActionButton<Replayed>
          label="Run its jobs again"
          kind="danger"
          path={`${path}?mode=forced`}
          sure={FORCED}
          done={replayWords}
          onDone={after}
        />
      </div>
    </Section>
  );
}

const FORCED = {
  title: "Run its jobs again, although they are done?",
  text: "Mails may be sent twice and receivers called twice, each under a key of its own. This can't be undone.",
  action: "Run them again",
};

/** What a replay came to, in a sentence. */
export function replayWords({ changed, dry, outcome, jobs }: Replayed): string {
  const count = jobs.planned.length + jobs.restored.length + jobs.again.length;
  const would = dry ? "would be" : "is now";
  if (!changed)
    return outcome === "quarantined" ? "Still not understood: nothing changed" : "All is so already: nothing changed";
  return `It ${would} ${outcome}${count > 0 ? `; ${plural(count, "job")} planned` : ""}`;
}
