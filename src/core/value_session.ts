import type { JsonObject } from "./json.ts";
import type { CommonValue } from "./value_common.ts";

/** A session, as `session.*` describes it. The user nested in the payload stays in `data`. */
export interface SessionValue extends CommonValue {
  readonly userId: string;
  readonly clientId: string | null;
  readonly status: string | null;
  /** Who acts as the user, when it is impersonated. */
  readonly actor: JsonObject | null;
  readonly lastActiveOrganizationId: string | null;
  readonly lastActiveAtMs: number | null;
  /** Device, browser and place. */
  readonly latestActivity: JsonObject | null;
  readonly expireAtMs: number | null;
  readonly abandonAtMs: number | null;
}
