import { useEffect, useState } from "preact/hooks";
import type { Refusal } from "./ask.ts";
import { ask } from "./ask.ts";
import { toRefusal, useAsk } from "./use_ask.ts";
import type { History } from "./wire.ts";

/** An entity's history as far as it was read. */
export interface ReadHistory {
  readonly data: History | undefined;
  readonly error: Refusal | undefined;
  readonly again: () => void;
  readonly isAsking: boolean;
  /** Reads one page more. Null: there is none. */
  readonly more: (() => void) | null;
}

/** The history of an entity, newest first; the last one read stays until the next is there. */
export function useHistory({ kind, id }: { readonly kind: string; readonly id: string }): ReadHistory {
  const path = `/entities/${encodeURIComponent(kind)}/${encodeURIComponent(id)}/history`;
  const first = useAsk<History>(`${path}?limit=100`);
  const [older, setOlder] = useState<readonly History[]>([]);
  const [isAsking, setAsking] = useState(false);
  const [error, setError] = useState<Refusal>();
  // What came shifts the pages, so the older ones are read anew if they are wanted.
  // Each answer is another first page.
  useEffect(() => setOlder([]), [first.data]);
  const { data } = first;
  const last = older.at(-1) ?? data;
  const next = last?.next ?? null;
  const more = async (before: string): Promise<void> => {
    setAsking(true);
    try {
      const page = await ask<History>(`${path}?limit=100&before=${encodeURIComponent(before)}`);
      setOlder((pages) => [...pages, page]);
      setError(undefined);
    } catch (cause) {
      setError(toRefusal(cause));
    } finally {
      setAsking(false);
    }
  };
  return {
    data: data === undefined ? undefined : joined(data, older),
    error: first.error ?? error,
    again: first.again,
    isAsking,
    more: next === null ? null : () => void more(next),
  };
}

function joined(first: History, older: readonly History[]): History {
  if (older.length === 0) return first;
  const all = [first, ...older];
  return { ...first, versions: all.flatMap((it) => it.versions), changes: all.flatMap((it) => it.changes) };
}
