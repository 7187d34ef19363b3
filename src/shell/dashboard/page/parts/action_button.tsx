import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { ask } from "../ask.ts";
import { toRefusal } from "../use_ask.ts";
import { announce } from "./announcer.tsx";
import { type Confirmation, confirm } from "./confirm.tsx";

export interface ActionProps<T> {
  readonly label: string;
  /** What is posted to. */
  readonly path: string;
  /** What is said when it is done. */
  readonly done: (answer: T) => string;
  readonly onDone: (answer: T) => void;
  /** Asked before. */
  readonly sure?: Confirmation;
  readonly kind?: "primary" | "danger" | "quiet";
  /** Which one, for who does not see where the button is. */
  readonly of?: string;
}

/** A button that does something at the service, and says what came of it. */
export function ActionButton<T>({ label, path, done, onDone, sure, kind = "quiet", of }: ActionProps<T>): JSX.Element {
  const [isBusy, setBusy] = useState(false);
  const act = async (): Promise<void> => {
    if (sure !== undefined && !(await confirm(sure))) return;
    setBusy(true);
    try {
      const answer = await ask<T>(path, { method: "POST" });
      announce(done(answer));
      onDone(answer);
    } catch (error) {
      announce(toRefusal(error).message, { isBad: true });
    } finally {
      setBusy(false);
    }
  };
  return (
    <button
      type="button"
      class={kind}
      disabled={isBusy}
      aria-label={of === undefined ? undefined : `${label} ${of}`}
      onClick={() => void act()}
    >
      {isBusy ? "…" : label}
    </button>
  );
}
