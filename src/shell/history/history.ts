import type { Effect } from "effect";
import type { EntityRef, Kind } from "../../core/mod.ts";
import { writeCursor } from "../api/place.ts";
import type { PageQuery } from "../api/query.ts";
import { type EntityItem, readEntity } from "../api/read_entities.ts";
import { type ReadError, reading } from "../api/read_error.ts";
import type { EventItem } from "../api/read_events.ts";
import type { Database } from "../database/database.ts";
import type { Tx } from "../store/sql.ts";
import { readOnly } from "../verify/read_only.ts";
import { type Ending, type Kept, readEnding, readKept } from "./ending.ts";
import { type ChangeItem, type JobStory, readChanges, readJobStories } from "./read_life.ts";
import { readGroups, readVersions, type VersionRow } from "./read_versions.ts";
import { makePlacing, type Placing, placeDeletion } from "./standing.ts";
import { whyOf } from "./why.ts";

/** A message about an entity, and what it is to it now. */
export interface VersionItem extends EventItem, Placing {
  /** For people, one sentence. */
  readonly why: string;
  /** When it was filed, a newer version or the end was on file. */
  readonly late: boolean;
}

/** The story of an entity, greatest version first. */
export interface History {
  readonly kind: Kind;
  readonly id: string;
  /** Its row now, as `GET /v1/entities/:kind/:id` shows it. Null: it has none. */
  readonly entity: EntityItem | null;
  /** The deletion that ended it. Null: it lives. */
  readonly ending: Ending | null;
  readonly versions: readonly VersionItem[];
  /** What these versions changed, field by field. */
  readonly changes: readonly ChangeItem[];
  /** All of the entity, up to 200. */
  readonly jobs: readonly JobStory[];
  /** For the versions after these. */
  readonly next: string | null;
}

/** One page of an entity's story, as of one moment. Null: nothing was ever heard of it. */
export function findHistory(ref: EntityRef, page: PageQuery): Effect.Effect<History | null, ReadError, Database> {
  return reading((db) =>
    readOnly(db, async (tx) => {
      const kept = await readKept(tx, ref);
      const ending = kept === null ? null : await readEnding(tx, ref, kept);
      const rows = await readVersions(tx, ref, { page, endedBy: endedByOther(ending) });
      const entity = await readEntity(tx, ref);
      const shown = rows.slice(0, page.limit);
      const last = shown.at(-1);
      if (last === undefined && entity === null && page.before === undefined) return null;
      const versions = await placeAll(tx, { ref, rows: shown, kept, ending });
      const intents = versions.flatMap(({ intent }) => (intent === null ? [] : [intent]));
      return {
        kind: ref.kind,
        id: ref.id,
        entity,
        ending,
        versions,
        changes: await readChanges(tx, ref, intents),
        jobs: await readJobStories(tx, ref),
        next:
          last !== undefined && rows.length > page.limit ? writeCursor({ atMs: last.placeMs, id: last.svixId }) : null,
      };
    }),
  );
}

function endedByOther(ending: Ending | null): string | null {
  return ending?.cause === "inherited" ? ending.svixId : null;
}

interface Placings {
  readonly ref: EntityRef;
  readonly rows: readonly VersionRow[];
  readonly kept: Kept | null;
  readonly ending: Ending | null;
}

async function placeAll(tx: Tx, { ref, rows, kept, ending }: Placings): Promise<readonly VersionItem[]> {
  const times = rows.flatMap((row) => (row.isTold && !row.isDeletion ? [row.placeMs] : []));
  const range = { fromMs: times.at(-1) ?? 0, toMs: times[0] ?? 0 };
  const groups = times.length === 0 ? { told: [], isAtEnd: true } : await readGroups(tx, ref, range);
  const tombstone = kept?.tombstone ?? null;
  const place = makePlacing({ ...groups, tombstone });
  const erased = kept?.head.erased ?? false;
  return rows.map((row) => {
    const { isTold, isDeletion, placeMs, ...item } = row;
    const placing = isDeletion
      ? placeDeletion(row.svixId, tombstone)
      : isTold
        ? place({ svixId: row.svixId, asOfMs: placeMs, type: row.type ?? "" })
        : { standing: asideOf(row), supersededBy: null, intent: null };
    const late = isTold && !isDeletion && row.outcome === "stale";
    return { ...item, ...placing, why: whyOf(row, { placing, ending, erased }), late };
  });
}

function asideOf({ outcome }: VersionRow): "quarantined" | "foreign" | "ignored" {
  return outcome === "quarantined" || outcome === "foreign" ? outcome : "ignored";
}
