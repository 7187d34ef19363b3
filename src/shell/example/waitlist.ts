import type { JsonObject } from "../../core/mod.ts";
import type { Person } from "./person.ts";
import { exampleId } from "./random.ts";

export interface WaitlistOptions {
  readonly createdAtMs: number;
  /** When they were invited, or null while they wait. */
  readonly invitedAtMs: number | null;
}

/** The payload of `waitlistEntry.created` and `waitlistEntry.updated`. */
export function waitlistData(person: Person, options: WaitlistOptions): JsonObject {
  const { createdAtMs, invitedAtMs } = options;
  return {
    created_at: createdAtMs,
    email_address: person.email,
    id: exampleId("wle_", person.key),
    invitation:
      invitedAtMs === null
        ? null
        : {
            created_at: invitedAtMs,
            email_address: person.email,
            expires_at: invitedAtMs + 30 * 86_400_000,
            id: exampleId("inv_", person.key),
            object: "invitation",
            public_metadata: {},
            revoked: false,
            status: "pending",
            updated_at: invitedAtMs,
            url: "https://accounts.example.com/v1/tickets/accept?ticket=REDACTED",
          },
    is_locked: false,
    object: "waitlist_entry",
    status: invitedAtMs === null ? "pending" : "invited",
    updated_at: invitedAtMs ?? createdAtMs,
  };
}
