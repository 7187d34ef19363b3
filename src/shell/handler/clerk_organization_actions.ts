import { Effect } from "effect";
import { ClerkRefusal } from "../clerk/clerk_failure.ts";
import { getEntity } from "../clerk/get_entity.ts";
import { readText } from "../decode/read.ts";
import { type Acted, type ActionContext, mustExist, orGone } from "./clerk_outcome.ts";
import { PermanentFailure } from "./failure.ts";

interface OfMember {
  readonly organizationId: string;
  readonly userId: string;
}

interface InRole {
  /** Its key, such as `org:member`. */
  readonly role: string;
}

/** For ever, with its memberships and invitations. Done too when it is gone. */
export function deleteOrganization(
  { organizationId }: Pick<OfMember, "organizationId">,
  context: ActionContext,
): Acted {
  const { api, key } = context;
  return orGone(api.request("DELETE", `/organizations/${organizationId}`, { idempotencyKey: key }));
}

/** Makes a user a member. Done too for one who is a member already, in whatever role: `set-role` changes that. */
export function createMembership({ organizationId, ...member }: OfMember & InRole, context: ActionContext): Acted {
  const { api, key } = context;
  const body = { user_id: member.userId, role: member.role };
  return api.request("POST", `/organizations/${organizationId}/memberships`, { body, idempotencyKey: key }).pipe(
    // A first attempt whose answer was lost ends here as well.
    Effect.catchIf(
      (error) => error instanceof ClerkRefusal && error.codes.includes("already_a_member_in_organization"),
      () => Effect.void,
    ),
    mustExist("organization or user"),
  );
}

/** Gives a member a role. */
export function setRole({ role, ...member }: OfMember & InRole, { api, key }: ActionContext): Acted {
  return mustExist("member")(api.request("PATCH", membershipPath(member), { body: { role }, idempotencyKey: key }));
}

/** Takes a user out of an organization. Done too for one who is no member. */
export function deleteMembership(member: OfMember, { api, key }: ActionContext): Acted {
  return orGone(api.request("DELETE", membershipPath(member), { idempotencyKey: key }));
}

interface OfInvitation {
  readonly organizationId: string;
  readonly invitationId: string;
}

/** Makes an invitation worthless. Done too when it is revoked, expired or gone; not when somebody accepted it. */
export function revokeInvitation({ organizationId, invitationId }: OfInvitation, context: ActionContext): Acted {
  const { api, key } = context;
  const path = `/organizations/${organizationId}/invitations/${invitationId}/revoke`;
  // Clerk says 404 of an invitation that is not pending, too: `organization_invitation_not_pending`.
  return api.request("POST", path, { idempotencyKey: key }).pipe(
    Effect.catchIf(
      (error) => error instanceof ClerkRefusal || error._tag === "ClerkNotFound",
      ({ message }) => orWorthless({ organizationId, invitationId }, { context, refusal: message }),
    ),
    Effect.asVoid,
  );
}

function orWorthless(
  { organizationId, invitationId }: OfInvitation,
  { context, refusal }: { readonly context: ActionContext; readonly refusal: string },
): Acted {
  const ref = { kind: "organization_invitation", id: invitationId } as const;
  const parents = [{ kind: "organization", id: organizationId }] as const;
  return Effect.flatMap(getEntity(context.api, ref, parents), (answer) => {
    const status = answer._tag === "Found" ? readText(answer.data, "status") : "gone";
    const isWorthless = status !== "pending" && status !== "accepted";
    return isWorthless
      ? Effect.void
      : Effect.fail(new PermanentFailure({ message: `${refusal}: the invitation is ${status}` }));
  });
}

function membershipPath({ organizationId, userId }: OfMember): string {
  return `/organizations/${organizationId}/memberships/${userId}`;
}
