import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { announce } from "./announcer.tsx";

const SHOWN_MS = 1_500;

/** Copies an id. */
export function CopyButton({ text, what = "id" }: { readonly text: string; readonly what?: string }): JSX.Element {
  const [isCopied, setCopied] = useState(false);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      announce(`Copied the ${what}`);
      setTimeout(() => setCopied(false), SHOWN_MS);
    } catch {
      // Only pages that came by https or from this machine may write to the clipboard.
      announce(`This browser does not let the page copy: ${text}`);
    }
  };
  return (
    <button
      type="button"
      class="copy"
      onClick={() => void copy()}
      aria-label={`Copy ${what} ${text}`}
      title={`Copy ${what}`}
    >
      {isCopied ? "copied" : "copy"}
    </button>
  );
}

/** An id in full, with its button. */
export function Id({ text, what = "id" }: { readonly text: string; readonly what?: string }): JSX.Element {
  return (
    <span class="id">
      <code>{text}</code> <CopyButton text={text} what={what} />
    </span>
  );
}
