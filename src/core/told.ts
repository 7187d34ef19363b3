import type { Body, Changed, Deleted, Source } from "./message.ts";
import type { Version } from "./version.ts";

/** One message about an entity as its chain needs it: the log's entry, decoded. */
export interface Told {
  readonly version: Version;
  /** The event type, such as `user.updated`. */
  readonly type: string;
  readonly source: Source;
  readonly receivedAtMs: number;
  readonly change: "live" | "deleted";
  /** What it says; null when it says nothing (most deletions), or when retention dropped it. */
  readonly body: Body | null;
}

/** The telling of a message, without what it tells. */
export function toldOf({ version, type, source, receivedAtMs }: Changed | Deleted): Omit<Told, "change" | "body"> {
  return { version, type, source, receivedAtMs };
}
