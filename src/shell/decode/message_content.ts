import type { JsonObject, Message } from "../../core/mod.ts";
import { isJsonObject } from "./parse_json.ts";

/**
 * What messages say that Clerk leaves to us, beside the message and not in it: so nothing that files, compares or logs
 * messages can show it, and it goes when the message does.
 */
const CONTENTS = new WeakMap<Message, JsonObject>();

/** Keeps what an e-mail or text message says, if somebody other than Clerk is to deliver it. */
export function keepContent(message: Message, envelope: JsonObject): void {
  const data = envelope["data"];
  if (message._tag !== "Changed" || message.body.kind !== "message" || !isJsonObject(data)) return;
  if (message.body.value.deliveredByClerk === false) CONTENTS.set(message, data);
}

/** What the message says, one-time codes included; undefined unless we are to deliver it. */
export function contentOf(message: Message): JsonObject | undefined {
  return CONTENTS.get(message);
}
