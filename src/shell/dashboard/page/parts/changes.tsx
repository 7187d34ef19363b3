import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Change, Json } from "../wire.ts";
import { plural } from "../words.ts";
import { JsonView, ShortJson } from "./json_view.tsx";
import { Moment } from "./time.tsx";

const SHOWN = 8;

/** What a message changed, field by field. */
export function Changes({ changes }: { readonly changes: readonly Change[] }): JSX.Element {
  const [showsAll, setShowAll] = useState(false);
  const shown = showsAll ? changes : changes.slice(0, SHOWN);
  return (
    <ul class="changes">
      {shown.map((change) => (
        <li key={`${change.intent}${change.path}`}>
          <OneChange change={change} />
        </li>
      ))}
      {changes.length > shown.length ? (
        <li>
          <button type="button" class="quiet" onClick={() => setShowAll(true)}>
            Show {plural(changes.length - shown.length, "more change")}
          </button>
        </li>
      ) : null}
    </ul>
  );
}

function OneChange({ change: { path, before, after, intent } }: { readonly change: Change }): JSX.Element {
  if (path === "") return <span class="dim">{intent === "-" ? "it is gone" : "it appeared"}</span>;
  if (!isNested(before) && !isNested(after)) {
    return (
      <>
        <code>{path}</code> <Plain path={path} value={before} /> <Arrow /> <Plain path={path} value={after} />
      </>
    );
  }
  return (
    <details>
      <summary>
        <code>{path}</code> <span class="dim">{sizeOf(before)}</span> <Arrow /> <span class="dim">{sizeOf(after)}</span>
      </summary>
      <div class="pair">
        <JsonView value={before} label={`${path} before`} />
        <JsonView value={after} label={`${path} after`} />
      </div>
    </details>
  );
}

function Arrow(): JSX.Element {
  return (
    <span class="dim">
      <span aria-hidden="true">→</span>
      <span class="hidden">became</span>
    </span>
  );
}

/** The first moment that a number of milliseconds may be meant for. */
const MOMENT_MS_MIN = 1_000_000_000_000;

function Plain({ path, value }: { readonly path: string; readonly value: Json }): JSX.Element {
  if (typeof value === "number" && value >= MOMENT_MS_MIN && /_at$/.test(path)) return <Moment at={value} />;
  return <ShortJson value={value} />;
}

function isNested(value: Json): value is readonly Json[] | { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null;
}

function sizeOf(value: Json): string {
  if (!isNested(value)) return value === null ? "nothing" : String(value);
  return Array.isArray(value) ? plural(value.length, "item") : plural(Object.keys(value).length, "field");
}
