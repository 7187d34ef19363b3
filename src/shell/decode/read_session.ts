import type { JsonObject, Values } from "../../core/mod.ts";
import { readCommon, readId, readObject, readText, readTimeMs } from "./read.ts";

export function readSession(data: JsonObject & { readonly user_id: string }): Values["session"] {
  return {
    ...readCommon(data),
    userId: data.user_id,
    clientId: readId(data, "client_id"),
    status: readText(data, "status"),
    actor: readObject(data, "actor"),
    lastActiveOrganizationId: readId(data, "last_active_organization_id"),
    lastActiveAtMs: readTimeMs(data, "last_active_at"),
    latestActivity: readObject(data, "latest_activity"),
    expireAtMs: readTimeMs(data, "expire_at"),
    abandonAtMs: readTimeMs(data, "abandon_at"),
  };
}
