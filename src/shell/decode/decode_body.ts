import type { Body, JsonObject, Kind } from "../../core/mod.ts";
import { compileCheck, type Fault, NAME_TYPE, objectType } from "./check.ts";
import { readPaymentAttempt, readSubscription, readSubscriptionItem } from "./read_billing.ts";
import { readMessage, readWaitlistEntry } from "./read_message.ts";
import {
  readDomain,
  readInvitation,
  readMembership,
  readOrganization,
  readPermission,
  readRole,
} from "./read_organization.ts";
import { readSession } from "./read_session.ts";
import { readUser } from "./read_user.ts";

/** A body, or why there is none. */
export type CheckedBody = { readonly ok: true; readonly body: Body } | Fault;

const checkMembership = compileCheck(objectType({ organization: objectType({ id: NAME_TYPE }) }), "data");
const checkDomain = compileCheck(objectType({ organization_id: NAME_TYPE }), "data");
const checkSession = compileCheck(objectType({ user_id: NAME_TYPE }), "data");

/**
 * Reads what a row shows out of a payload's `data`. Lenient: what is missing or of another type is null. Only the
 * parents that a row cannot do without must be there. The `data` of e-mails and text messages comes in redacted.
 */
export function checkBody(kind: Kind, data: JsonObject): CheckedBody {
  switch (kind) {
    case "user":
      return read({ kind, value: readUser(data), data });
    case "organization":
      return read({ kind, value: readOrganization(data), data });
    case "subscription":
      return read({ kind, value: readSubscription(data), data });
    case "role":
      return read({ kind, value: readRole(data), data });
    case "permission":
      return read({ kind, value: readPermission(data), data });
    case "waitlist_entry":
      return read({ kind, value: readWaitlistEntry(data), data });
    case "payment_attempt":
      return read({ kind, value: readPaymentAttempt(data), data });
    case "message":
      return read({ kind, value: readMessage(data), data });
    case "organization_membership": {
      const checked = checkMembership(data);
      return checked.ok ? read({ kind, value: readMembership(checked.data), data }) : checked;
    }
    case "organization_invitation":
      return read({ kind, value: readInvitation(data), data });
    case "organization_domain": {
      const checked = checkDomain(data);
      return checked.ok ? read({ kind, value: readDomain(checked.data), data }) : checked;
    }
    case "session": {
      const checked = checkSession(data);
      return checked.ok ? read({ kind, value: readSession(checked.data), data }) : checked;
    }
    case "subscription_item":
      return read({ kind, value: readSubscriptionItem(data), data });
    default:
      return kind satisfies never;
  }
}

function read(body: Body): CheckedBody {
  return { ok: true, body };
}
