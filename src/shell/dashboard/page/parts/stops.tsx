import type { JSX } from "preact";
import { refreshStats } from "../stats.ts";
import { useAsk } from "../use_ask.ts";
import { useNewsSlowly, useReturn } from "../use_news.ts";
import type { Act, Breaker, Policy, Whole } from "../wire.ts";
import { plural } from "../words.ts";
import { ActionButton } from "./action_button.tsx";
import { Badge } from "./badge.tsx";
import { Time } from "./time.tsx";
import { Section } from "./view.tsx";

const AFTER_NEWS_MS = 3_000;

/** Policies that stopped and receivers that fail, with what lets them go on. Nothing where there are none. */
export function Stops({ onResumed }: { readonly onResumed: () => void }): JSX.Element | null {
  const policies = useAsk<Whole<Policy>>("/policies");
  const breakers = useAsk<Whole<Breaker>>("/breakers");
  const again = (): void => {
    policies.again();
    breakers.again();
  };
  useNewsSlowly(again, { everyMs: AFTER_NEWS_MS });
  useReturn(again);
  const stopped = policies.data?.items.filter(({ stoppedAt }) => stoppedAt !== null) ?? [];
  const open = breakers.data?.items.filter((it) => it.open) ?? [];
  if (stopped.length + open.length === 0) return null;
  const after = (): void => {
    again();
    onResumed();
    void refreshStats();
  };
  return (
    <Section title="What is stopped">
      <ul class="stops">
        {stopped.map(({ policy, reason, stoppedAt }) => (
          <li key={policy}>
            <Badge tone="warn">policy stopped</Badge> <strong>{policy}</strong>{" "}
            <span class="dim">
              <Time at={stoppedAt} />
            </span>
            <p>{reason}</p>
            <ActionButton<Act>
              label="Resume"
              of={`policy ${policy}`}
              kind="primary"
              path={`/policies/${encodeURIComponent(policy)}/resume`}
              sure={{
                title: `Resume ${policy}?`,
                text: "All its jobs that are due run at once. Look at some of them first: cancel those that are wrong.",
                action: "Resume the policy",
              }}
              done={() => `${policy} goes on`}
              onDone={after}
            />
          </li>
        ))}
        {open.map(({ target, openedAt, probeAt, lastError, trips }) => (
          <li key={target}>
            <Badge tone="bad">receiver fails</Badge> <strong>{target}</strong>{" "}
            <span class="dim">
              since <Time at={openedAt} />
              {probeAt === null ? "" : ", tried again "}
              {probeAt === null ? null : <Time at={probeAt} />}
              {trips > 1 ? `, ${plural(trips, "probe")} failed` : ""}
            </span>
            <p>{lastError}</p>
            <ActionButton<Act>
              label="Resume"
              of={`target ${target}`}
              kind="primary"
              path={`/breakers/${encodeURIComponent(target)}/resume`}
              done={() => `${target} is tried again at once`}
              onDone={after}
            />
          </li>
        ))}
      </ul>
    </Section>
  );
}
