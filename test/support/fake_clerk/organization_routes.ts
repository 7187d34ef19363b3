import type { JsonObject } from "../../../src/core/mod.ts";
import { mergedMetadata } from "./metadata.ts";
import { type FakeReply, notFound, ok, refused } from "./reply.ts";
import { type Route, type RoutedCall, route } from "./route.ts";

const ROLES = ["org:admin", "org:member"];
const MEMBERS = "/organizations/:org/memberships";
const INVITATION = "/organizations/:org/invitations/:id";

export const ORGANIZATION_ROUTES: readonly Route[] = [
  route("GET /organizations/:org", (call) => orMissing(organizationOf(call))),
  route("DELETE /organizations/:org", deleteOrganization),
  route("PATCH /organizations/:org/metadata", (call) => {
    const fields = mergedMetadata(organizationOf(call) ?? {}, call.body);
    return orMissing(
      call.world.change("organization", call.params["org"] ?? "", { fields, type: "organization.updated" }),
    );
  }),
  route(`POST ${MEMBERS}`, createMembership),
  route(`PATCH ${MEMBERS}/:user`, (call) =>
    changeMembership(call, (id) => {
      const role = String(call.body["role"]);
      if (!ROLES.includes(role)) return noRole();
      return orMissing(
        call.world.change("organization_membership", id, { fields: { role }, type: "organizationMembership.updated" }),
      );
    }),
  ),
  route(`DELETE ${MEMBERS}/:user`, (call) =>
    changeMembership(call, (id, membership) => {
      // The whole membership, whose `updated_at` does not move (shared/clerk/events.md, section 0).
      call.world.remove("organization_membership", id, { type: "organizationMembership.deleted", data: membership });
      return ok(membership);
    }),
  ),
  route(`GET ${INVITATION}`, (call) => orMissing(invitationOf(call))),
  route(`POST ${INVITATION}/revoke`, (call) => {
    const invitation = invitationOf(call);
    if (invitation !== undefined && invitation["status"] !== "pending") {
      return refused(404, { code: "organization_invitation_not_pending", message: "not pending" });
    }
    const change = { fields: { status: "revoked", url: null }, type: "organizationInvitation.revoked" };
    return orMissing(call.world.change("organization_invitation", call.params["id"] ?? "", change));
  }),
];

/** Memberships and invitations go without a word: Clerk promises none for them. */
function deleteOrganization({ world, params }: RoutedCall): FakeReply {
  const id = params["org"] ?? "";
  const organization = world.get("organization", id);
  if (organization === undefined) return orMissing(organization);
  for (const membership of world.all("organization_membership")) {
    if (organizationIn(membership) === id) world.remove("organization_membership", String(membership["id"]));
  }
  for (const invitation of world.all("organization_invitation")) {
    if (invitation["organization_id"] === id) world.remove("organization_invitation", String(invitation["id"]));
  }
  const deleted = { deleted: true, id, object: "organization", slug: organization["slug"] ?? null };
  world.remove("organization", id, { type: "organization.deleted", data: deleted });
  return ok(deleted);
}

function createMembership(call: RoutedCall): FakeReply {
  const { world, params, body } = call;
  const [organizationId, userId, role] = [params["org"] ?? "", String(body["user_id"]), String(body["role"])];
  if (organizationOf(call) === undefined) return notFound("Given organization not found.");
  if (world.get("user", userId) === undefined) return notFound("No user was found with this id");
  if (!ROLES.includes(role)) return noRole();
  if (membershipOf(call, userId) !== undefined) {
    const message = "User is already a member of the organization.";
    return refused(400, { code: "already_a_member_in_organization", message });
  }
  return ok(world.addMembership({ organizationId, userId, role }));
}

/** An organization keeps somebody who may run it. */
function changeMembership(call: RoutedCall, act: (id: string, membership: JsonObject) => FakeReply): FakeReply {
  const membership = membershipOf(call, call.params["user"] ?? "");
  if (membership === undefined) return orMissing(membership);
  const admins = call.world
    .all("organization_membership")
    .filter((it) => it["role"] === "org:admin" && organizationIn(it) === call.params["org"]);
  if (membership["role"] === "org:admin" && admins.length === 1 && call.body["role"] !== "org:admin") {
    return refused(400, { code: "organization_minimum_permissions_needed", message: "minimum permissions needed" });
  }
  return act(String(membership["id"]), membership);
}

function membershipOf({ world, params }: RoutedCall, userId: string): JsonObject | undefined {
  return world
    .all("organization_membership")
    .find((it) => organizationIn(it) === params["org"] && (it["public_user_data"] as JsonObject)["user_id"] === userId);
}

function organizationIn(membership: JsonObject): string {
  return String((membership["organization"] as JsonObject)["id"]);
}

/** By its id or by its slug, as Clerk's. */
function organizationOf({ world, params }: RoutedCall): JsonObject | undefined {
  return world.all("organization").find((it) => it["id"] === params["org"] || it["slug"] === params["org"]);
}

function invitationOf({ world, params }: RoutedCall): JsonObject | undefined {
  const invitation = world.get("organization_invitation", params["id"] ?? "");
  return invitation?.["organization_id"] === params["org"] ? invitation : undefined;
}

function noRole(): FakeReply {
  return refused(404, { code: "resource_not_found", message: "Organization role not found", param: "role" });
}

function orMissing(row: JsonObject | undefined): FakeReply {
  return row === undefined ? notFound("Resource not found") : ok(row);
}
