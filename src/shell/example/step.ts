import type { EventType, JsonObject } from "../../core/mod.ts";

/** Something that happens in an example life. */
export interface Step {
  readonly type: EventType;
  /** When it happens; the entity's `updated_at` where it has one. */
  readonly atMs: number;
  /** Who asked for it: a person's browser, or a server, which has no address. */
  readonly by: "browser" | "server";
  /** Builds the payload. Pure; called only for the steps that are wanted. */
  readonly data: () => JsonObject;
}

/** A step; a browser asked for it unless said otherwise. */
export function step(type: EventType, options: Pick<Step, "atMs" | "data"> & { readonly by?: Step["by"] }): Step {
  return { type, by: "browser", ...options };
}
