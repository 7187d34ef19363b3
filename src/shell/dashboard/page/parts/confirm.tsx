import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { makeStore, useStore } from "../store.ts";

/** What is about to be done. */
export interface Confirmation {
  readonly title: string;
  readonly text: string;
  /** What the button says that does it. */
  readonly action: string;
}

interface Pending extends Confirmation {
  readonly answer: (isSure: boolean) => void;
}

const pending = makeStore<Pending | null>(null);

/** Asks the reader. Resolves with true if it is to be done. */
export function confirm(confirmation: Confirmation): Promise<boolean> {
  return new Promise((resolve) => {
    pending.set({
      ...confirmation,
      answer: (isSure) => {
        pending.set(null);
        resolve(isSure);
      },
    });
  });
}

/** Where it is asked. */
export function ConfirmDialog(): JSX.Element | null {
  const asked = useStore(pending);
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (asked !== null) dialog.current?.showModal();
  }, [asked]);
  if (asked === null) return null;
  return (
    <dialog ref={dialog} aria-labelledby="confirm-title" onCancel={() => asked.answer(false)}>
      <h2 id="confirm-title">{asked.title}</h2>
      <p>{asked.text}</p>
      <div class="actions">
        <button type="button" onClick={() => asked.answer(false)}>
          Leave it
        </button>
        <button type="button" class="danger" onClick={() => asked.answer(true)}>
          {asked.action}
        </button>
      </div>
    </dialog>
  );
}
