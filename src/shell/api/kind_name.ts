import { KINDS, type Kind } from "../../core/mod.ts";
import { TABLES } from "../tables/mod.ts";

/** Kinds by name and by table. A map, or `constructor` would be a kind. */
const BY_NAME: ReadonlyMap<string, Kind> = new Map(
  KINDS.flatMap((kind) => [[kind, kind] as const, [TABLES[kind].table, kind] as const]),
);

/** For messages. */
export const KIND_LIST = KINDS.join(", ");

/**
 * The kind of this name: as in `KINDS`, in the plural as its table, or as Clerk's event types write it, such as
 * `organizationMembership`. Undefined: there is none.
 */
export function kindOf(name: string): Kind | undefined {
  return BY_NAME.get(name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}
