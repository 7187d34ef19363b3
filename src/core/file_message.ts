import type { FileMessage, Outcome } from "./effect.ts";
import { isSealed } from "./entity.ts";
import { type Changed, type Deleted, envelopeOf } from "./message.ts";
import type { OnFile } from "./on_file.ts";
import type { Told } from "./told.ts";

/** Files a message as part of its entity's chain. */
export function fileTold(
  { entity }: OnFile,
  message: Changed | Deleted,
  { outcome, told }: { readonly outcome: Outcome; readonly told: Told },
): FileMessage {
  const { ref, version } = message;
  const erased = isSealed(entity);
  return { _tag: "FileMessage", envelope: envelopeOf(message), outcome, ref, version, fault: null, told, erased };
}
