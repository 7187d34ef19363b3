import { useEffect, useRef } from "preact/hooks";
import { liveStatus, type News, onNews } from "./live.ts";

/** Calls back with what arrives while the view is shown. */
export function useNews(listener: (news: News) => void): void {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(() => onNews((news) => latest.current(news)), []);
}

/** Calls back whenever the stream has begun: what came before that was not told, and may be in no list yet. */
export function useReturn(listener: () => void): void {
  const latest = useRef(listener);
  latest.current = listener;
  useEffect(
    () =>
      liveStatus.subscribe(() => {
        if (liveStatus.get() === "live") latest.current();
      }),
    [],
  );
}

export interface SlowNewsOptions {
  /** The shortest time between two calls. */
  readonly everyMs: number;
  /** Which news count. @default all */
  readonly of?: (news: News) => boolean;
}

/** Calls back some time after news, once for all that came meanwhile: for what has to be asked for. */
export function useNewsSlowly(listener: () => void, { everyMs, of = () => true }: SlowNewsOptions): void {
  const latest = useRef(listener);
  latest.current = listener;
  const counts = useRef(of);
  counts.current = of;
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = onNews((news) => {
      if (!counts.current(news)) return;
      timer ??= setTimeout(() => {
        timer = undefined;
        latest.current();
      }, everyMs);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [everyMs]);
}
