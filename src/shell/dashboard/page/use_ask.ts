import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ask, Refusal } from "./ask.ts";

/** What is known of an answer. */
export interface Asked<T> {
  /** The last answer to this path, also while it is asked again. */
  readonly data: T | undefined;
  readonly error: Refusal | undefined;
  readonly isAsking: boolean;
  /** Asks once more. */
  readonly again: () => void;
}

interface Known<T> {
  readonly path: string | null;
  readonly data?: T;
  readonly error?: Refusal;
}

/** Asks the API for a path, and anew when it changes. Null asks nothing. */
export function useAsk<T>(path: string | null): Asked<T> {
  const [known, setKnown] = useState<Known<T>>({ path: null });
  const [turn, setTurn] = useState(0);
  const answered = useRef(-1);
  // Another turn asks again.
  useEffect(() => {
    if (path === null) return;
    const leaving = new AbortController();
    ask<T>(path, { signal: leaving.signal }).then(
      (data) => {
        answered.current = turn;
        setKnown({ path, data });
      },
      (error: unknown) => {
        if (leaving.signal.aborted) return;
        answered.current = turn;
        const refusal = toRefusal(error);
        setKnown((before) => (before.path === path ? { ...before, error: refusal } : { path, error: refusal }));
      },
    );
    return () => leaving.abort();
  }, [path, turn]);
  const again = useCallback(() => setTurn((before) => before + 1), []);
  const isOfPath = known.path === path;
  return {
    data: isOfPath ? known.data : undefined,
    error: isOfPath ? known.error : undefined,
    isAsking: path !== null && (!isOfPath || answered.current !== turn),
    again,
  };
}

/** Whatever was thrown, with words for the reader. */
export function toRefusal(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal(0, { code: "unknown", message: String(error) });
}
