import type { Difference } from "../verify/difference.ts";
import { printable } from "./printable.ts";

const VALUE_LENGTH_MAX = 200;

/** A difference for people, with both sides. */
export function differenceLines({ is, table, row, field, inTable, fromLog }: Difference): readonly string[] {
  const what = printable([table, row, ...(field === null ? [] : [field])].join(" "));
  if (is === "missing") return [`${what}: missing, the log has it`];
  if (is === "extra") return [`${what}: in the table, but not from the log`];
  return [what, `  in the table: ${shownValue(inTable)}`, `  from the log: ${shownValue(fromLog)}`];
}

function shownValue(value: unknown): string {
  const text = printable(JSON.stringify(value));
  return text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX)}…` : text;
}
