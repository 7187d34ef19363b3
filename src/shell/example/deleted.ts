import type { JsonObject } from "../../core/mod.ts";

/** The payload of `*.deleted`, but for memberships: no times, so the envelope's counts. */
export function deletedData(object: string, id: string): JsonObject {
  return { deleted: true, id, object };
}
