import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Json, JsonObject, Message } from "../../src/core/mod.ts";
import { decodeDelivery } from "../../src/shell/decode/decode_delivery.ts";

/** One envelope of test/payloads. */
export interface Payload {
  readonly file: string;
  /** The text as it would be signed. */
  readonly body: string;
  readonly envelope: JsonObject & { readonly type: string; readonly timestamp: number; readonly data: JsonObject };
}

const FOLDER = join(import.meta.dir, "../payloads");

/** All envelopes of test/payloads, by file name. */
export const PAYLOADS: readonly Payload[] = readdirSync(FOLDER)
  .filter((file) => file.endsWith(".json") && file !== "index.json" && file !== "events.json")
  .sort()
  .map((file) => {
    const body = readFileSync(join(FOLDER, file), "utf8");
    return { file, body, envelope: JSON.parse(body) };
  });

/** The text of one envelope. */
export function payloadNamed(file: string): Payload {
  const payload = PAYLOADS.find((it) => it.file === file);
  if (payload === undefined) throw new RangeError(`Cannot find test/payloads/${file}`);
  return payload;
}

/** The payload with other fields in `data`. */
export function withData({ envelope }: Payload, fields: { readonly [name: string]: Json | undefined }): string {
  return JSON.stringify({ ...envelope, data: { ...envelope.data, ...fields } });
}

/** Decodes a body as if it had just come. */
export function decode(body: string): Message {
  return decodeDelivery({ svixId: "msg_1", body, receivedAtMs: 1_767_225_600_000 });
}
