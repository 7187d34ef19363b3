import type { EventType, JsonObject } from "../../core/mod.ts";
import { integerBetween } from "./random.ts";
import { sortedObject } from "./sorted.ts";
import type { Step } from "./step.ts";
import type { ExampleWorld } from "./world.ts";

/** What Clerk puts into a request's body. Keys are in alphabetical order, as Clerk's are. */
export interface ExampleEnvelope {
  readonly data: JsonObject;
  readonly event_attributes: {
    readonly http_request: { readonly client_ip: string; readonly user_agent: string };
  };
  readonly instance_id: string;
  readonly object: "event";
  /** Milliseconds since the Unix epoch, a few after what it tells of. */
  readonly timestamp: number;
  readonly type: EventType;
}

const BROWSER =
  "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";

/** Clerk's captures have the timestamp 4 to 58 ms after `updated_at`. */
const LAG_MS = [4, 58] as const;

export function toEnvelope(world: ExampleWorld, step: Step): ExampleEnvelope {
  const http =
    step.by === "browser"
      ? { client_ip: world.founder.clientIp, user_agent: BROWSER }
      : { client_ip: "", user_agent: "" };
  // Not of the whole instant: shifting a life in time must shift its timestamps alike.
  const lagMs = integerBetween(`${world.seed}/${step.type}/${step.atMs - world.startMs}`, LAG_MS);
  return {
    data: sortedObject(step.data()),
    event_attributes: { http_request: http },
    instance_id: world.instanceId,
    object: "event",
    timestamp: step.atMs + lagMs,
    type: step.type,
  };
}
