import { useEffect, useState } from "preact/hooks";

/** A value that parts of the page share. */
export interface Store<T> {
  get(): T;
  set(value: T): void;
  /** Calls back at each change; gives how to stop that. */
  subscribe(listener: () => void): () => void;
}

/** A store with a first value. */
export function makeStore<T>(first: T): Store<T> {
  let value = first;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set: (next) => {
      if (Object.is(next, value)) return;
      value = next;
      for (const listener of [...listeners]) listener();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The store's value, shown anew at each change. */
export function useStore<T>(store: Store<T>): T {
  const [value, setValue] = useState(() => store.get());
  useEffect(() => {
    const read = (): void => setValue(() => store.get());
    read();
    return store.subscribe(read);
  }, [store]);
  return value;
}
