import type { JSX } from "preact";
import type { Attempt } from "../wire.ts";
import { spanWords } from "../words.ts";
import { Badge, type Tone } from "./badge.tsx";
import { Time } from "./time.tsx";

const TONES: Readonly<Record<string, Tone>> = {
  done: "good",
  failed: "warn",
  dead: "bad",
  lost: "warn",
  released: "calm",
};
const WORDS: Readonly<Record<string, string>> = {
  dead: "failed for good",
  lost: "its process died",
  released: "given back",
};

/** How each attempt went, newest first. */
export function Attempts({ attempts }: { readonly attempts: readonly Attempt[] }): JSX.Element {
  if (attempts.length === 0) return <p class="note">It was not tried yet.</p>;
  return (
    <ol class="attempts">
      {attempts.map(({ number, startedAt, endedAt, outcome, error }) => (
        <li key={`${number}${startedAt}`}>
          <span class="dim number">#{number}</span>{" "}
          <Badge tone={TONES[outcome ?? ""] ?? "busy"}>
            {outcome === null ? "under way" : (WORDS[outcome] ?? outcome)}
          </Badge>{" "}
          <Time at={startedAt} />
          {endedAt === null ? null : (
            <span class="dim"> took {spanWords(Date.parse(endedAt) - Date.parse(startedAt))}</span>
          )}
          {error === null ? null : <p class="error">{error}</p>}
        </li>
      ))}
    </ol>
  );
}
