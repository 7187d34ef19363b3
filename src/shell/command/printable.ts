/**
 * A value as text that is safe on a terminal. People write their names themselves: without this they could move the
 * cursor, colour the screen or turn the direction of writing.
 */
export function printable(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
  return text.replaceAll(UNSAFE, "\ufffd");
}

/** Many lines of JSON, each of them safe. */
export function printableJson(value: unknown): string {
  return (JSON.stringify(value, null, 2) ?? "").split("\n").map(printable).join("\n");
}

/** The same JSON, with what a terminal would act on written as `\uXXXX`. */
export function escaped(json: string): string {
  return json.replaceAll(UNSAFE, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A time in ISO 8601 without its milliseconds, which only make columns wider. Anything else is left as it is. */
export function shortTime(value: unknown): unknown {
  return typeof value === "string" ? value.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?Z$/, "$1 $2Z") : value;
}

/** Control characters, line separators, and marks that turn the direction of writing. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
