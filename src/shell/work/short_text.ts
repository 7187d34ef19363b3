import { cleanText } from "../tables/mod.ts";

const LENGTH_MAX = 500;

/** As much of a text of somebody else's as is kept, of what Postgres takes. */
export function shortText(text: string): string {
  return cleanText(text.slice(0, LENGTH_MAX));
}
