import type { JSX } from "preact";
import type { Pages } from "../use_pages.ts";

/** Goes on with a list. */
export function More<T>({ pages: { hasMore, isAsking, more } }: { readonly pages: Pages<T> }): JSX.Element | null {
  if (!hasMore) return null;
  return (
    <button type="button" class="more" disabled={isAsking} onClick={more}>
      {isAsking ? "Loading …" : "Show older ones"}
    </button>
  );
}
