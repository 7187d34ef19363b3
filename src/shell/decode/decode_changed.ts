import type { Changed, Envelope, Kind, Message, VersionRank } from "../../core/mod.ts";
import { compileCheck, NAME_TYPE, objectType, TIME_MS_TYPE } from "./check.ts";
import { checkBody } from "./decode_body.ts";
import type { Filing } from "./envelope.ts";
import { parentsOf } from "./parents.ts";

/** An envelope that names an entity of a kind. */
export interface Told {
  readonly envelope: Envelope;
  readonly type: string;
  readonly kind: Kind;
  readonly filing: Filing;
}

const checkChanged = compileCheck(objectType({ id: NAME_TYPE, updated_at: TIME_MS_TYPE }), "data");

/** A live version of an entity, or why it is none. As of its `updated_at`, else of its envelope. */
export function decodeChanged({ envelope, type, kind, filing }: Told, rank: VersionRank): Message {
  const { timestampMs, data } = filing;
  const entity = checkChanged(data);
  if (!entity.ok) return { ...envelope, _tag: "Unreadable", fault: entity.fault };
  const checked = checkBody(kind, data);
  if (!checked.ok) return { ...envelope, _tag: "Unreadable", fault: checked.fault };
  const { body } = checked;
  const message = {
    ...envelope,
    _tag: "Changed",
    type,
    ref: { kind, id: entity.data.id },
    version: { asOfMs: entity.data.updated_at ?? timestampMs, rank, timestampMs, svixId: envelope.svixId },
    parents: parentsOf(body),
    body,
  };
  // The kinds of type, ref and body are one, since the caller's type is its kind's; the compiler sees three unions.
  return message as Changed;
}
