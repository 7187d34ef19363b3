import { ask } from "./ask.ts";
import { entityHref, eventHref, jobHref } from "./route.ts";
import type { Found, Whole } from "./wire.ts";

/** All that has this id, key or address. */
export async function find(text: string): Promise<readonly Found[]> {
  const { items } = await ask<Whole<Found>>("/search", { method: "POST", body: { q: text } });
  return items;
}

/** The address of what was found. */
export function hrefOf(found: Found): string {
  switch (found.what) {
    case "entity":
      return entityHref(found);
    case "event":
      return eventHref(found.id);
    case "job":
      return jobHref(found.id);
    default:
      return found satisfies never;
  }
}
