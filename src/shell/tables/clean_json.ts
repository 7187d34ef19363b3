import type { Json, JsonObject } from "../../core/mod.ts";

/** Text that Postgres takes: without U+0000, and lone surrogates replaced by U+FFFD. */
export function cleanText(text: string): string {
  return isClean(text) ? text : text.replaceAll("\u0000", "").toWellFormed();
}

/** JSON that Postgres takes as `jsonb`: all its texts and names are cleaned. Of two names that become one, the one that needed no cleaning wins. */
export function cleanJson(json: Json): Json {
  // Almost all is, and need not be made anew.
  if (isClean(json)) return json;
  if (typeof json === "string") return cleanText(json);
  if (typeof json !== "object" || json === null) return json;
  if (Array.isArray(json)) return json.map((item: Json) => cleanJson(item));
  const fields = Object.entries(json).map(([name, field]) => [cleanText(name), cleanJson(field), name] as const);
  const [kept, renamed] = [
    fields.filter(([name, , was]) => name === was),
    fields.filter(([name, , was]) => name !== was),
  ];
  return Object.fromEntries([...renamed, ...kept].map(([name, field]) => [name, field]));
}

function isClean(json: Json): boolean {
  if (typeof json === "string") return json.isWellFormed() && !json.includes("\u0000");
  if (typeof json !== "object" || json === null) return true;
  if (Array.isArray(json)) return json.every((item: Json) => isClean(item));
  const fields = json as JsonObject;
  for (const name in fields) {
    if (!isClean(name) || !isClean(fields[name] ?? null)) return false;
  }
  return true;
}
