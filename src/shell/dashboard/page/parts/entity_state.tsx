import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Entity, Json } from "../wire.ts";
import { CopyButton } from "./copy_button.tsx";
import { JsonView, ShortJson } from "./json_view.tsx";
import { Moment } from "./time.tsx";

interface EntityStateProps {
  readonly entity: Pick<Entity, "data">;
  /** What is true now, where this is not it: the fields that differ are marked. Null: this is it. */
  readonly now: Pick<Entity, "data"> | null;
}

/** Those that say how the row was made, and not what it shows. */
const OURS = new Set(["data", "instance_id", "version_ms", "synced_at"]);

/** The columns of a row, those that are empty on demand. */
export function EntityState({ entity: { data }, now }: EntityStateProps): JSX.Element {
  const [showsAll, setShowAll] = useState(false);
  const names = Object.keys(data).filter((name) => !OURS.has(name));
  const differs = (name: string): boolean =>
    now !== null && JSON.stringify(now.data[name] ?? null) !== JSON.stringify(data[name] ?? null);
  const shown = names.filter((name) => showsAll || !isEmpty(data[name]) || differs(name));
  const hidden = names.length - shown.length;
  const whole = data["data"];
  return (
    <>
      <dl class="columns">
        {shown.map((name) => (
          <div key={name} class={differs(name) ? "differs" : ""}>
            <dt>{name}</dt>
            <dd>
              <Value value={data[name]} />
              {differs(name) ? (
                <span class="now">
                  now <Value value={now?.data[name]} />
                </span>
              ) : null}
            </dd>
          </div>
        ))}
      </dl>
      {hidden > 0 || showsAll ? (
        <button type="button" class="quiet" onClick={() => setShowAll(!showsAll)}>
          {showsAll ? "Hide empty columns" : `Show ${hidden} empty columns`}
        </button>
      ) : null}
      {whole === undefined || whole === null ? null : (
        <details>
          <summary>The payload whole</summary>
          <JsonView value={whole} label="payload" />
        </details>
      )}
    </>
  );
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const ID = /^[a-z]+_[A-Za-z0-9]{20,}$/;

function Value({ value }: { readonly value: Json | undefined }): JSX.Element {
  if (typeof value === "boolean") return <>{value ? "yes" : "no"}</>;
  if (typeof value === "number") return <span class="number">{value}</span>;
  if (typeof value !== "string") return <ShortJson value={value} />;
  if (INSTANT.test(value)) return <Moment at={value} />;
  if (ID.test(value)) {
    return (
      <>
        <code>{value}</code> <CopyButton text={value} />
      </>
    );
  }
  return <span class="text">{value === "" ? '""' : value}</span>;
}

function isEmpty(value: Json | undefined): boolean {
  return value === undefined || value === null || value === "" || JSON.stringify(value) === "{}";
}
