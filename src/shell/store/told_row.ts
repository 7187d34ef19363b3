import type { Body, EntityRef, JsonObject, Source, Told, VersionRank } from "../../core/mod.ts";
import { checkBody } from "../decode/decode_body.ts";
import { isJsonObject, parseJson } from "../decode/parse_json.ts";

/** A line of the log that is part of a chain. */
export interface ToldRow {
  readonly entity_kind: EntityRef["kind"];
  readonly entity_id: string;
  readonly svix_id: string;
  readonly type: string;
  readonly source: Source;
  readonly as_of_ms: number;
  readonly rank: VersionRank;
  readonly timestamp_ms: number;
  readonly received_at_ms: number;
  readonly is_deletion: boolean;
  readonly payload: string;
}

/** What the line told, as it was decoded when it came. */
export function readTold(row: ToldRow): Told {
  const { type, source, received_at_ms: receivedAtMs } = row;
  const version = { asOfMs: row.as_of_ms, rank: row.rank, timestampMs: row.timestamp_ms, svixId: row.svix_id };
  const change = row.is_deletion ? "deleted" : "live";
  return { version, type, source, receivedAtMs, change, body: bodyOf(row) };
}

/** Null where the payload is gone, or was a deletion that says nothing. */
function bodyOf({ payload, entity_kind, is_deletion }: ToldRow): Body | null {
  const envelope = parseJson(payload);
  const data: unknown = isJsonObject(envelope) ? envelope["data"] : null;
  if (!isJsonObject(data) || (is_deletion && !isWhole(entity_kind, data))) return null;
  const checked = checkBody(entity_kind, data);
  return checked.ok ? checked.body : null;
}

/** Of all deletions only a membership's carries the entity whole. */
function isWhole(kind: EntityRef["kind"], data: JsonObject): boolean {
  return kind === "organization_membership" && isJsonObject(data["organization"]);
}
