import type { JsonObject } from "../../core/mod.ts";
import type { Person } from "./person.ts";
import { exampleId } from "./random.ts";
import { type UserStage, userData } from "./user.ts";

const DAY_MS = 86_400_000;

export interface SessionOptions {
  /** Tells a person's sessions apart. */
  readonly label: string;
  readonly status: "active" | "pending" | "ended" | "removed" | "revoked";
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly userStage: UserStage;
  /** The user id of someone who acts as this person, or null. */
  readonly actor: string | null;
}

/** The payload of every `session.*` event, with the whole user in it. */
export function sessionData(person: Person, options: SessionOptions): JsonObject {
  const { label, status, createdAtMs, updatedAtMs, userStage, actor } = options;
  const key = `${person.key}/session/${label}`;
  const user = userData(person, {
    stage: userStage,
    updatedAtMs: person.createdAtMs + (userStage === "settled" ? 30_000 : 19),
  });
  return {
    abandon_at: createdAtMs + 30 * DAY_MS,
    actor: actor === null ? null : { sub: actor },
    client_id: exampleId("client_", key),
    created_at: createdAtMs,
    expire_at: createdAtMs + 7 * DAY_MS,
    id: exampleId("sess_", key),
    last_active_at: updatedAtMs,
    last_active_organization_id: null,
    // Somebody who acts for another leaves no activity.
    latest_activity: actor === null ? activity(person, key) : null,
    object: "session",
    status,
    updated_at: updatedAtMs,
    user,
    user_id: person.userId,
  };
}

function activity(person: Person, key: string): JsonObject {
  return {
    browser_name: "Chrome",
    browser_version: "141.0.0.0",
    city: "Example City",
    country: "US",
    device_type: "Macintosh",
    id: exampleId("sess_activity_", key),
    ip_address: person.clientIp,
    is_mobile: false,
    object: "session_activity",
  };
}
