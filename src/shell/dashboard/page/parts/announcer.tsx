import type { JSX } from "preact";
import { makeStore, useStore } from "../store.ts";

interface Notice {
  readonly text: string;
  readonly isBad: boolean;
}

const SHOWN_MS = 6_000;
const notice = makeStore<Notice | null>(null);
let timer: ReturnType<typeof setTimeout> | undefined;

/** Says something in passing, to eyes and to screen readers. */
export function announce(text: string, { isBad = false }: { readonly isBad?: boolean } = {}): void {
  notice.set({ text, isBad });
  clearTimeout(timer);
  timer = setTimeout(() => notice.set(null), SHOWN_MS);
}

/** Where it is said. */
export function Announcer(): JSX.Element {
  const said = useStore(notice);
  return (
    <div class="announcer" role="status" aria-live="polite">
      {said === null ? null : <p class={said.isBad ? "bad" : ""}>{said.text}</p>}
    </div>
  );
}
