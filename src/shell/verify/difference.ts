import { type Json, sameJson } from "../../core/mod.ts";

/** One thing that the tables say otherwise than the log. */
export interface Difference {
  /** `missing`: the log has it, the table does not. `extra`: the other way round. */
  readonly is: "different" | "missing" | "extra";
  /** Such as `clerk.users`. */
  readonly table: string;
  /** What in the table: an id, or what else its rows are known by. */
  readonly row: string;
  /** Null where the whole row is meant. */
  readonly field: string | null;
  readonly inTable: Json;
  readonly fromLog: Json;
}

/** Names a row. */
export interface Place {
  readonly table: string;
  readonly row: string;
}

/** The fields of a row, as plain JSON. */
export type Fields = Readonly<Record<string, Json>>;

/** What differs between a row and what the log says it is. Null: there is none. Fields that only the row has are not asked. */
export function compareRows(
  place: Place,
  { inTable, fromLog }: { readonly inTable: Fields | null; readonly fromLog: Fields | null },
): readonly Difference[] {
  if (inTable === null && fromLog === null) return [];
  if (inTable === null || fromLog === null) {
    return [{ is: inTable === null ? "missing" : "extra", ...place, field: null, inTable: null, fromLog: null }];
  }
  return Object.entries(fromLog).flatMap(([field, value]): readonly Difference[] => {
    const shown = inTable[field] ?? null;
    return sameJson(shown, value) ? [] : [{ is: "different", ...place, field, inTable: shown, fromLog: value }];
  });
}

/** Compares rows by name: those of either side, each once. */
export function compareRowSets(
  table: string,
  {
    inTable,
    fromLog,
  }: { readonly inTable: ReadonlyMap<string, Fields>; readonly fromLog: ReadonlyMap<string, Fields> },
): readonly Difference[] {
  return [...new Set([...fromLog.keys(), ...inTable.keys()])].flatMap((row) =>
    compareRows({ table, row }, { inTable: inTable.get(row) ?? null, fromLog: fromLog.get(row) ?? null }),
  );
}
