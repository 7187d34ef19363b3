import { type Json, type JsonObject, sameJson } from "./json.ts";
import type { Kind } from "./kind.ts";
import type { Change, Side } from "./policy.ts";

/** The live version that an edge out of nothing leads to; null for any other edge. */
export function bornIn<K extends Kind>({ before, after }: Change<K>): (Side<K> & { readonly _tag: "Live" }) | null {
  return before._tag === "Absent" && after._tag === "Live" ? after : null;
}

/** What a side shows while it lives; null for one that is absent or deleted. */
export function livingValue<V>(
  side: { readonly _tag: "Live"; readonly value: V } | { readonly _tag: "Absent" | "Deleted" },
): V | null {
  return side._tag === "Live" ? side.value : null;
}

/** As of when an edge is: so that a handler that runs jobs in another order can keep what is newest. */
export function asOfMsOf<K extends Kind>({ after }: Change<K>): number {
  return after._tag === "Deleted" ? after.deletedAtMs : after.asOfMs;
}

/** Fields that differ, each with its value afterwards. */
export function changedFields<V extends object>(from: V, to: V, names: readonly (keyof V & string)[]): JsonObject {
  const entries = names.map((name) => [name, to[name] as Json] as const);
  return Object.fromEntries(entries.filter(([name, value]) => !sameJson(from[name as keyof V] as Json, value)));
}

export interface MetadataOptions {
  /** Stands before each name, with a dot. */
  readonly prefix: string;
  /** The names to look at; null for all. */
  readonly keys: readonly string[] | null;
}

/**
 * Names of metadata whose values differ, each with its value afterwards, null where it is gone. Metadata that a
 * payload lacks altogether says nothing, so nothing has changed.
 */
export function changedMetadata(
  from: JsonObject | null,
  to: JsonObject | null,
  { prefix, keys }: MetadataOptions,
): JsonObject {
  if (from === null || to === null) return {};
  const names = keys ?? [...new Set([...Object.keys(from), ...Object.keys(to)])].sort();
  const entries = names.map((name) => [name, valueAt(from, name), valueAt(to, name)] as const);
  return Object.fromEntries(
    entries.flatMap(([name, was, is]) => (sameJson(was, is) ? [] : [[`${prefix}.${name}`, is] as const])),
  );
}

function valueAt(object: JsonObject, name: string): Json {
  return Object.hasOwn(object, name) ? (object[name] as Json) : null;
}
