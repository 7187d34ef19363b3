import { makeStore } from "./store.ts";
import type { Event, Job } from "./wire.ts";

/** How the page hears of what happens. */
export type LiveStatus = "connecting" | "live" | "lost" | "paused";

/** What the service tells each second. */
export interface Pulse {
  readonly at: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly silent?: boolean;
}

/** Those that arrived since the last time, newest first; `skipped` more are not told one by one. */
export interface News {
  readonly events: readonly Event[];
  readonly jobs: readonly Job[];
  readonly skipped: number;
}

/** Which of them to hear of. */
export interface LiveFilter {
  readonly type?: string | null;
  readonly entity?: string | null;
  readonly outcome?: string | null;
}

export const liveStatus = makeStore<LiveStatus>("connecting");
export const lastPulse = makeStore<Pulse | null>(null);

/** News kept for the next frame at most: what is older is counted only. */
const KEPT_MAX = 200;
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 15_000;

const listeners = new Set<(news: News) => void>();
let waiting: News = { events: [], jobs: [], skipped: 0 };
let isFrameAsked = false;
let query = "";
let source: EventSource | null = null;
let retryMs = RETRY_FIRST_MS;
let retryTimer: ReturnType<typeof setTimeout> | undefined;

/** Hears of news, once a frame at most, until the function it gives is called. */
export function onNews(listener: (news: News) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Narrows the stream of events to these. There is one stream for the page: a browser has few connections. */
export function narrow({ type, entity, outcome }: LiveFilter): void {
  const parameters = new URLSearchParams();
  if (type) parameters.set("type", type);
  if (entity) parameters.set("entity", entity);
  if (outcome) parameters.set("outcome", outcome);
  if (String(parameters) === query) return;
  query = String(parameters);
  if (source !== null || retryTimer !== undefined) connect();
}

/** Listens from now on; while the page is hidden it rests. */
export function startLive(): void {
  document.addEventListener("visibilitychange", () => (document.hidden ? rest() : connect()));
  addEventListener("pagehide", rest);
  if (document.hidden) liveStatus.set("paused");
  else connect();
}

function rest(): void {
  leave();
  liveStatus.set("paused");
}

function leave(): void {
  clearTimeout(retryTimer);
  retryTimer = undefined;
  source?.close();
  source = null;
}

function connect(): void {
  leave();
  liveStatus.set("connecting");
  const opened = new EventSource(`/v1/live${query === "" ? "" : `?${query}`}`);
  source = opened;
  opened.addEventListener("open", () => {
    retryMs = RETRY_FIRST_MS;
    liveStatus.set("live");
  });
  opened.addEventListener("pulse", ({ data }) => lastPulse.set(JSON.parse(data) as Pulse));
  opened.addEventListener("events", ({ data }) => {
    const { items, skipped } = JSON.parse(data) as { readonly items: readonly Event[]; readonly skipped: number };
    take({ events: items, jobs: [], skipped });
  });
  opened.addEventListener("jobs", ({ data }) => {
    const { items } = JSON.parse(data) as { readonly items: readonly Job[] };
    take({ events: [], jobs: items, skipped: 0 });
  });
  opened.addEventListener("error", () => {
    if (source !== opened) return;
    // The browser comes again by itself only where the answer was a stream. We do it always, ever more slowly.
    opened.close();
    source = null;
    liveStatus.set("lost");
    retryTimer = setTimeout(connect, retryMs);
    retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
  });
}

function take({ events, jobs, skipped }: News): void {
  const all = [...events, ...waiting.events];
  waiting = {
    events: all.slice(0, KEPT_MAX),
    jobs: [...jobs, ...waiting.jobs].slice(0, KEPT_MAX),
    skipped: waiting.skipped + skipped + Math.max(0, all.length - KEPT_MAX),
  };
  if (isFrameAsked) return;
  isFrameAsked = true;
  requestAnimationFrame(() => {
    isFrameAsked = false;
    const news = waiting;
    waiting = { events: [], jobs: [], skipped: 0 };
    for (const listener of [...listeners]) listener(news);
  });
}
