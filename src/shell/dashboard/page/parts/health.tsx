import type { JSX } from "preact";
import type { Stats } from "../wire.ts";
import { Badge, type Tone } from "./badge.tsx";
import { WithCode } from "./with_code.tsx";

type Problem = Stats["problems"][number];

/** Where a problem is dealt with on this page; null: elsewhere. */
const PLACES: { readonly [C in Problem["code"]]: readonly [href: string, name: string] | null } = {
  source_silent: null,
  dead_letters: ["#/jobs?state=dead", "Dead letters"],
  policies_stopped: ["#/jobs?state=stopped", "What is stopped"],
  breakers_open: ["#/jobs", "What fails"],
  jobs_overdue: ["#/jobs?state=planned", "Planned jobs"],
  policy_faults: null,
  quarantined: ["#/quarantine", "Quarantine"],
  unwatched: null,
  clerk_unreachable: null,
  jobs_held: ["#/jobs?state=held", "Jobs that wait for approval"],
  drift: ["#/drift", "Schema drift"],
};

const TONES: { readonly [S in Problem["severity"]]: Tone } = { error: "bad", warning: "warn", notice: "calm" };

/** Whether all is well; if not, what a person must do, the most urgent first. */
export function Health({ stats: { healthy, problems } }: { readonly stats: Stats }): JSX.Element {
  const worst = problems[0]?.severity ?? null;
  return (
    <section class={`card health ${worst === null ? "is-good" : `is-${worst}`}`} aria-label="Health">
      <p class="health-head" aria-live="polite">
        <Badge tone={healthy ? "good" : "bad"}>{healthy ? "healthy" : "needs you"}</Badge>
        <strong>{headOf(problems)}</strong>
      </p>
      {problems.length === 0 ? null : (
        <ol class="problems">
          {problems.map((problem) => (
            <ProblemItem key={problem.code} problem={problem} />
          ))}
        </ol>
      )}
    </section>
  );
}

function ProblemItem({ problem: { code, severity, message, action } }: { readonly problem: Problem }): JSX.Element {
  const place = PLACES[code];
  return (
    <li>
      <Badge tone={TONES[severity]}>{severity}</Badge>
      <div>
        <p>
          {message}
          {place === null ? null : (
            <>
              . <a href={place[0]}>{place[1]}</a>
            </>
          )}
        </p>
        <p class="dim">
          <WithCode text={action} />
        </p>
      </div>
    </li>
  );
}

function headOf(problems: readonly Problem[]): string {
  const notices = problems.filter(({ severity }) => severity === "notice").length;
  const toDo = problems.length - notices;
  if (problems.length === 0) return "All is well. Nothing to do.";
  if (toDo === 0) return `All is well, and ${things(notices)} to know.`;
  return `${sentence(things(toDo))} to do${notices === 0 ? "" : `, and ${things(notices)} to know`}.`;
}

function things(count: number): string {
  return count === 1 ? "one thing" : `${count} things`;
}

function sentence(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
