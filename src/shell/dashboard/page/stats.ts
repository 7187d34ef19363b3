import { useEffect } from "preact/hooks";
import { ask } from "./ask.ts";
import { liveStatus, onNews } from "./live.ts";
import { makeStore, useStore } from "./store.ts";
import type { Stats } from "./wire.ts";

/** The service's health, shared by all parts of the page. Null until it is known. */
export const stats = makeStore<Stats | null>(null);

const EVERY_MS = 10_000;
/** Soonest after news, so that a busy service is not asked all the time. */
const AFTER_NEWS_MS = 1_500;

let timer: ReturnType<typeof setTimeout> | undefined;
let dueMs = Number.POSITIVE_INFINITY;
let isAsking = false;

/** The health, kept up to date while it is shown. */
export function useStats(): Stats | null {
  useEffect(() => {
    void refreshStats();
    const stops = [
      onNews(() => refreshIn(AFTER_NEWS_MS)),
      liveStatus.subscribe(() => {
        if (liveStatus.get() === "live") refreshIn(0);
      }),
    ];
    return () => {
      for (const stop of stops) stop();
      clearTimeout(timer);
      dueMs = Number.POSITIVE_INFINITY;
    };
  }, []);
  return useStore(stats);
}

/** Asks for it now, as after something was done. */
export async function refreshStats(): Promise<void> {
  if (isAsking) return refreshIn(AFTER_NEWS_MS);
  isAsking = true;
  try {
    stats.set(await ask<Stats>("/stats"));
  } catch {
    // That the service does not answer is shown by the live mark; what was known last stays.
  } finally {
    isAsking = false;
    refreshIn(EVERY_MS);
  }
}

function refreshIn(ms: number): void {
  const atMs = performance.now() + ms;
  if (atMs >= dueMs) return;
  clearTimeout(timer);
  dueMs = atMs;
  timer = setTimeout(() => {
    dueMs = Number.POSITIVE_INFINITY;
    if (document.hidden) refreshIn(EVERY_MS);
    else void refreshStats();
  }, ms);
}
