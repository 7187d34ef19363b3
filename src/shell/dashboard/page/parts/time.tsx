import type { JSX } from "preact";
import { nowMs } from "../clock.ts";
import { useStore } from "../store.ts";
import { agoWords, momentWords } from "../words.ts";

/** A moment: how long ago, with the exact one to point at. */
export function Time({ at }: { readonly at: string | number | null }): JSX.Element {
  const now = useStore(nowMs);
  if (at === null) return <span class="dim">never</span>;
  const date = new Date(at);
  return (
    <time dateTime={date.toISOString()} title={`${momentWords(at)} (${date.toISOString()})`}>
      {agoWords(date.getTime(), now)}
    </time>
  );
}

/** A moment in full. */
export function Moment({ at }: { readonly at: string | number }): JSX.Element {
  const iso = new Date(at).toISOString();
  return (
    <time dateTime={iso} title={iso} class="number">
      {momentWords(at)}
    </time>
  );
}
