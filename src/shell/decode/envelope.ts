import { Type } from "@sinclair/typebox";
import { envelopeTimestampMs, type JsonObject } from "../../core/mod.ts";
import { compileCheck, type Fault, NAME_PATTERN, NAME_TYPE, objectType, TIME_MS_MAX } from "./check.ts";

/** What can be read of an envelope, well-formed or not. */
export interface EnvelopeHead {
  readonly type: string | null;
  readonly instanceId: string | null;
  /** Whole milliseconds, also where the envelope gives seconds. */
  readonly timestampMs: number | null;
}

/** Reads the three on their own, so that one that is wrong hides no other. */
export function readHead(envelope: JsonObject): EnvelopeHead {
  return {
    type: nameOf(envelope["type"]),
    instanceId: nameOf(envelope["instance_id"]),
    timestampMs: timestampMsOf(envelope["timestamp"]),
  };
}

/** What a message needs to be filed as one of a kind's. */
export interface Filing {
  readonly ok: true;
  readonly timestampMs: number;
  readonly data: JsonObject;
}

/** Checks an envelope strictly. */
export function checkEnvelope(envelope: JsonObject): Filing | Fault {
  const checked = checkFields(envelope);
  if (!checked.ok) return checked;
  const timestampMs = timestampMsOf(checked.data.timestamp);
  if (timestampMs === null)
    return { ok: false, fault: "timestamp: expected a time before the year 10000, got a later one" };
  return { ok: true, timestampMs, data: checked.data.data };
}

const checkFields = compileCheck(
  objectType({
    type: NAME_TYPE,
    timestamp: Type.Number({ minimum: 0, description: "a number of milliseconds (or seconds) since 1970" }),
    instance_id: Type.Optional(
      Type.Union([Type.Null(), Type.Literal(""), NAME_TYPE], { description: `${NAME_TYPE.description}, or null` }),
    ),
    data: Type.Unsafe<JsonObject>(objectType({})),
  }),
  "",
);

function nameOf(field: unknown): string | null {
  return typeof field === "string" && NAME_PATTERN.test(field) ? field : null;
}

function timestampMsOf(field: unknown): number | null {
  if (typeof field !== "number" || !(field >= 0)) return null;
  const timestampMs = Math.round(envelopeTimestampMs(field));
  return timestampMs <= TIME_MS_MAX ? timestampMs : null;
}
