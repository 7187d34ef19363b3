import type { ClerkApi } from "../clerk/clerk_api.ts";
import { clerkHandler } from "./clerk_action.ts";
import type { HandlerSpec } from "./handler.ts";
import { logHandler } from "./log.ts";

/** The handlers that are there without being named in a config, besides `sql`, which is the worker's own. */
export function builtinHandlers({ api }: { readonly api: ClerkApi }): Readonly<Record<string, HandlerSpec>> {
  return { log: logHandler, clerk: clerkHandler({ api }) };
}
