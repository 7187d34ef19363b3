import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ask, type Refusal } from "./ask.ts";
import { toRefusal } from "./use_ask.ts";

interface Page<T> {
  readonly items: readonly T[];
  readonly next: string | null;
}

/** A list that is read page by page. */
export interface Pages<T> {
  /** Undefined until the first page is there. */
  readonly items: readonly T[] | undefined;
  readonly error: Refusal | undefined;
  readonly hasMore: boolean;
  readonly isAsking: boolean;
  /** Reads one more page. */
  readonly more: () => void;
  /** Reads the first page anew, and forgets the others. */
  readonly again: () => void;
  /** Changes what is shown, as of what else is known. */
  readonly change: (how: (items: readonly T[]) => readonly T[]) => void;
}

interface Known<T> {
  readonly path: string;
  readonly items?: readonly T[];
  readonly next?: string | null;
  readonly error?: Refusal | undefined;
}

/** What to show when the first page came anew. News may have come while it was on its way. */
export type Merge<T> = (shown: readonly T[], fresh: readonly T[]) => readonly T[];

/** The list at a path of the API, which may have a query. */
export function usePages<T>(path: string, merge?: Merge<T>): Pages<T> {
  const merging = useRef(merge);
  merging.current = merge;
  const [known, setKnown] = useState<Known<T>>({ path });
  const [isAsking, setAsking] = useState(true);
  const [turn, setTurn] = useState(0);
  const leaving = useRef<AbortController>(undefined);
  const load = useCallback(
    (before: string | null): void => {
      leaving.current?.abort();
      const controller = new AbortController();
      leaving.current = controller;
      const { signal } = controller;
      setAsking(true);
      const page = before === null ? "" : `${path.includes("?") ? "&" : "?"}before=${encodeURIComponent(before)}`;
      ask<Page<T>>(`${path}${page}`, { signal }).then(
        ({ items, next }) => {
          setKnown((old) => {
            const shown = old.path === path ? (old.items ?? []) : [];
            const all = before === null ? (merging.current?.(shown, items) ?? items) : [...shown, ...items];
            return { path, items: all, next };
          });
          setAsking(false);
        },
        (error: unknown) => {
          if (signal.aborted) return;
          setKnown((old) => ({ ...(old.path === path ? old : { path }), error: toRefusal(error) }));
          setAsking(false);
        },
      );
    },
    [path],
  );
  // Another turn begins anew.
  useEffect(() => {
    load(null);
    return () => leaving.current?.abort();
  }, [load, turn]);
  const shown = known.path === path ? known : { path };
  const next = shown.next ?? null;
  return {
    items: shown.items,
    error: shown.error,
    hasMore: next !== null,
    isAsking,
    more: () => load(next),
    again: useCallback(() => setTurn((before) => before + 1), []),
    change: useCallback(
      (how) => setKnown((old) => (old.items === undefined ? old : { ...old, items: how(old.items) })),
      [],
    ),
  };
}
