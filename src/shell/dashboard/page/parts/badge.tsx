import type { ComponentChildren, JSX } from "preact";

export type Tone = "good" | "warn" | "bad" | "busy" | "calm";

/** A state as a word, with the colour of how much it matters. */
export function Badge({ tone, children, title }: BadgeProps): JSX.Element {
  return (
    <span class={`badge ${tone}`} title={title}>
      {children}
    </span>
  );
}

interface BadgeProps {
  readonly tone: Tone;
  readonly children: ComponentChildren;
  readonly title?: string | undefined;
}

const OUTCOMES: Readonly<Record<string, readonly [Tone, string]>> = {
  applied: ["good", "The newest version of its entity when it came"],
  stale: ["calm", "Older than what was on file when it came: kept in the log"],
  duplicate: ["calm", "Seen before"],
  ignored: ["calm", "A type without a table: kept in the log"],
  foreign: ["warn", "Of another Clerk instance: kept in the log"],
  quarantined: ["bad", "Signed, but not understood: kept as it came"],
};

/** What came of a message. */
export function OutcomeBadge({ outcome }: { readonly outcome: string }): JSX.Element {
  const [tone, title] = OUTCOMES[outcome] ?? ["calm", undefined];
  return (
    <Badge tone={tone} title={title}>
      {outcome}
    </Badge>
  );
}

const STATES: Readonly<Record<string, readonly [Tone, string]>> = {
  planned: ["calm", "Will run when it is due"],
  running: ["busy", "A worker has it"],
  done: ["good", "It has run, once"],
  dead: ["bad", "Given up after its last attempt: a person must look"],
  cancelled: ["calm", "A person stopped it"],
  withdrawn: ["calm", "A later message made it unwanted before it ran"],
  regretted: ["warn", "It has run, and a later message made it unwanted"],
  held: ["warn", "Waits for a person's approval"],
  stopped: ["warn", "Its policy is stopped"],
};

/** The state of a job; of a planned one, what it waits for. */
export function JobBadge({
  state,
  waitsFor,
}: {
  readonly state: string;
  readonly waitsFor: string | null;
}): JSX.Element {
  const shown =
    state !== "planned" ? state : waitsFor === "approval" ? "held" : waitsFor === "stopped" ? "stopped" : state;
  const [tone, title] = STATES[shown] ?? ["calm", undefined];
  return (
    <Badge tone={tone} title={title}>
      {shown}
    </Badge>
  );
}

export const WAITS: Readonly<Record<string, string>> = {
  approval: "a person's approval",
  stopped: "its policy to be resumed",
  time: "its time to come",
  retry: "its next attempt",
  needs: "entities that are not on file yet",
  breaker: "its receiver, which fails",
};
