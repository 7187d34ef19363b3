import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { nowMs } from "../clock.ts";
import { useStore } from "../store.ts";
import type { Version } from "../wire.ts";
import { agoWords, momentWords } from "../words.ts";

interface TimeControlProps {
  /** Newest first. */
  readonly versions: readonly Version[];
  readonly at: string | null;
  readonly onChange: (at: string | null) => void;
}

/** A moment at which the entity became another. */
interface Step {
  readonly atMs: number;
  readonly type: string;
}

/** Chooses a time: a slider over the versions, and a field for any other. */
export function TimeControl({ versions, at, onChange }: TimeControlProps): JSX.Element | null {
  const id = useId();
  const now = useStore(nowMs);
  const steps = stepsOf(versions);
  if (steps.length === 0) return null;
  const atMs = at === null ? Number.POSITIVE_INFINITY : Date.parse(at);
  const place = at === null ? steps.length : steps.filter((step) => step.atMs <= atMs).length - 1;
  const step = steps[Math.min(place, steps.length - 1)];
  const words =
    at === null
      ? "now"
      : step === undefined || place < 0
        ? `${momentWords(at)}, before its first version`
        : `${momentWords(at)}, ${agoWords(atMs, now)}: version ${place + 1} of ${steps.length}, by ${step.type}`;
  const go = (index: number): void => {
    const chosen = steps[index];
    onChange(index >= steps.length || chosen === undefined ? null : new Date(chosen.atMs).toISOString());
  };
  return (
    <section class="card time-control" aria-label="Time">
      <div class="time-slider">
        <button type="button" disabled={place <= 0} onClick={() => go(place - 1)} aria-label="Earlier version">
          ←
        </button>
        <label class="hidden" for={`${id}-slider`}>
          Version
        </label>
        <input
          id={`${id}-slider`}
          type="range"
          min={0}
          max={steps.length}
          value={Math.max(place, 0)}
          aria-valuetext={words}
          onInput={({ currentTarget }) => go(Number(currentTarget.value))}
        />
        <button type="button" disabled={at === null} onClick={() => go(place + 1)} aria-label="Later version">
          →
        </button>
        <button type="button" aria-pressed={at === null} onClick={() => onChange(null)}>
          Now
        </button>
      </div>
      <div class="time-field">
        <label for={`${id}-field`}>As of</label>
        <input
          id={`${id}-field`}
          type="datetime-local"
          step={1}
          value={at === null ? "" : localWords(atMs)}
          onChange={({ currentTarget }) => {
            const chosen = new Date(currentTarget.value);
            onChange(Number.isNaN(chosen.getTime()) ? null : chosen.toISOString());
          }}
        />
        <span class="dim" aria-live="polite">
          {at === null
            ? `Shows what is true now. ${steps.length === 1 ? "There is one version." : `There are ${steps.length} versions.`}`
            : words}
        </span>
      </div>
    </section>
  );
}

/** Oldest first. What is folded into another, or came after the deletion, made it no other. */
function stepsOf(versions: readonly Version[]): readonly Step[] {
  return versions
    .filter(({ standing }) => standing === "current" || standing === "superseded" || standing === "deletion")
    .map((version) => ({ atMs: momentOf(version), type: version.type ?? "a message" }))
    .sort((left, right) => left.atMs - right.atMs);
}

/** When what a message tells happened, as far as it says. */
export function momentOf({ asOfMs, timestampMs, receivedAt, standing }: Version): number {
  const told = standing === "deletion" ? timestampMs : asOfMs;
  return told !== null && told >= 0 ? told : Date.parse(receivedAt);
}

function localWords(atMs: number): string {
  return momentWords(atMs).replace(" ", "T");
}
