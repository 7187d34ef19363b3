import {
  type EntityRef,
  edgesOf,
  logEdge,
  mergeTombstones,
  type OnDelete,
  refKey,
  type Tombstone,
} from "../../core/mod.ts";
import { linesOf } from "../store/write_changes.ts";
import type { PartTable } from "../tables/mod.ts";
import { type HeadRow, jsonOf } from "../verify/compare_head.ts";
import { partRowsFrom, rowFrom } from "../verify/compare_tables.ts";
import type { Fields } from "../verify/difference.ts";
import type { Folded } from "../verify/fold.ts";
import type { LogLine } from "../verify/log_lines.ts";

/** All rows that an entity's messages come to, named as the columns are. */
export interface EntityRows {
  readonly ref: EntityRef;
  /** Its row in the table of its kind; null for one without messages. */
  readonly row: Fields | null;
  readonly parts: { readonly [P in PartTable]: readonly Fields[] };
  /** Null for one without messages of which nothing is on file either. */
  readonly head: Fields | null;
  readonly links: readonly Fields[];
  readonly changes: readonly Fields[];
  /** Edges whose lines of the change log stay as they are: retention took what they were made of. */
  readonly lost: readonly string[];
}

export interface EntityRowsOptions {
  /** As it is on file. */
  readonly head: HeadRow | null;
  readonly lines: readonly LogLine[];
  readonly onDelete: OnDelete;
  /** The latest sign-in that a session of the user tells of. */
  readonly signedInAtMs: number | null;
  /** Personal data has left the log: that happens only when an entity is sealed. */
  readonly sealed: boolean;
}

/** Makes an entity's rows of what its messages were folded into. */
export function entityRows(log: Folded, options: EntityRowsOptions): EntityRows {
  const { head, sealed } = options;
  const folded = hasLost(options.lines) ? withRemembered(log, head) : log;
  const { ref } = folded;
  const wanted = headOf(folded, options);
  const parts = partRowsFrom(folded, wanted);
  const row = rowFrom(folded, wanted);
  const told = edgesOf(folded.path)
    .filter(({ intent }) => !sealed || intent === "-")
    .map((edge) => ({ edge, logged: logEdge(ref, edge) }));
  return {
    ref,
    row: row === null ? null : { id: ref.id, ...row },
    parts,
    head: folded.messages === 0 && head === null ? null : wanted,
    links: folded.parents.map((parent) => ({
      parent_kind: parent.kind,
      parent_id: parent.id,
      child_kind: ref.kind,
      child_id: ref.id,
    })),
    changes: told.flatMap(({ logged }) => logged.flatMap(changesOf)),
    lost: [
      ...told.filter(({ logged }) => logged.length === 0).map(({ edge }) => edge.intent),
      ...(log.tombstone === null && folded.tombstone !== null ? ["-"] : []),
    ],
  };
}

/** The head that the log comes to, with what `rowFrom` and `compareHead` ask of one. */
export function headOf(folded: Folded, { head, onDelete, signedInAtMs, sealed }: EntityRowsOptions): HeadRow {
  const { ref, newest, own, inherited, tombstone, parents } = folded;
  const isDeleted = tombstone !== null;
  return {
    kind: ref.kind,
    id: ref.id,
    as_of_ms: newest?.asOfMs ?? null,
    rank: newest?.rank ?? null,
    timestamp_ms: newest?.timestampMs ?? null,
    svix_id: newest?.svixId ?? null,
    own_tombstone: jsonOf(own),
    inherited_tombstone: jsonOf(inherited),
    deleted_at_ms: tombstone?.deletedAtMs ?? null,
    parents: parents.map(({ kind, id }) => ({ kind, id })),
    signed_in_at_ms: ref.kind === "user" ? signedInAtMs : null,
    // Erased while the setting was another stays erased.
    erased: isDeleted && (onDelete === "erase" || sealed || head?.erased === true),
    sealed: isDeleted && sealed,
  };
}

function hasLost(lines: readonly LogLine[]): boolean {
  return lines.some(({ told }) => told.change === "live" && told.body === null);
}

/** What only a payload said that retention took, is on the head alone: parents, and through them an end. */
function withRemembered(folded: Folded, head: HeadRow | null): Folded {
  if (head === null) return folded;
  const known = (head["parents"] as readonly string[]).map(refFromKey);
  const parents = new Map([...known, ...folded.parents].map((parent) => [refKey(parent), parent]));
  const inherited = mergeTombstones(folded.inherited, head["inherited_tombstone"] as Tombstone | null);
  return {
    ...folded,
    inherited,
    tombstone: mergeTombstones(folded.own, inherited),
    parents: [...parents].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, parent]) => parent),
  };
}

function refFromKey(key: string): EntityRef {
  const cut = key.indexOf("/");
  return { kind: key.slice(0, cut) as EntityRef["kind"], id: key.slice(cut + 1) };
}

function changesOf(effect: ReturnType<typeof logEdge>[number]): readonly Fields[] {
  if (effect._tag !== "LogChanges") return [];
  return linesOf(effect).map(({ kind, id, ...line }) => ({
    ...line,
    entity_kind: kind,
    entity_id: id,
    changed_at: new Date(line.version_ms).toISOString(),
  }));
}
