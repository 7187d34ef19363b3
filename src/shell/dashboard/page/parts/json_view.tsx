import type { JSX } from "preact";
import type { Json } from "../wire.ts";
import { CopyButton } from "./copy_button.tsx";

/** A value of JSON, laid out. Long ones scroll in their own box. */
export function JsonView({ value, label }: { readonly value: Json; readonly label: string }): JSX.Element {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  return (
    <div class="json">
      <CopyButton text={text} what={label} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard. */}
      <section tabIndex={0} aria-label={label}>
        <pre>
          <code>{text}</code>
        </pre>
      </section>
    </div>
  );
}

/** A value in one line, cut where it is long. */
export function ShortJson({ value }: { readonly value: Json | undefined }): JSX.Element {
  if (value === undefined || value === null) return <span class="dim">nothing</span>;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return (
    <code class="short" title={text}>
      {text === "" ? '""' : text}
    </code>
  );
}
