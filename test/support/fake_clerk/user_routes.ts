import type { JsonObject } from "../../../src/core/mod.ts";
import { mergedMetadata } from "./metadata.ts";
import { type FakeReply, notFound, ok } from "./reply.ts";
import { type Route, type RoutedCall, route } from "./route.ts";
import { revoke } from "./session_routes.ts";

export const USER_ROUTES: readonly Route[] = [
  route("GET /users/:id", ({ world, params }) => orMissing(world.get("user", params["id"] ?? ""))),
  route("DELETE /users/:id", deleteUser),
  route("POST /users/:id/ban", (call) => {
    const answer = change(call, { banned: true });
    // "all their sessions are revoked" (specification of 2026-05-12, BanUser).
    if (answer.status === 200) for (const id of sessionsOf(call)) revoke(call.world, id);
    return answer;
  }),
  route("POST /users/:id/unban", (call) => change(call, { banned: false })),
  route("POST /users/:id/lock", (call) => change(call, { locked: true, lockout_expires_in_seconds: 3_600 })),
  route("POST /users/:id/unlock", (call) => change(call, { locked: false, lockout_expires_in_seconds: null })),
  route("PATCH /users/:id/metadata", (call) => {
    const user = call.world.get("user", call.params["id"] ?? "");
    return user === undefined ? orMissing(user) : change(call, mergedMetadata(user, call.body));
  }),
];

function change({ world, params }: RoutedCall, fields: JsonObject): FakeReply {
  return orMissing(world.change("user", params["id"] ?? "", { fields, type: "user.updated" }));
}

/** Sessions and memberships go without a word: Clerk promises none for them. */
function deleteUser(call: RoutedCall): FakeReply {
  const { world, params } = call;
  const id = params["id"] ?? "";
  const user = world.get("user", id);
  if (user === undefined) return orMissing(user);
  for (const sessionId of sessionsOf(call)) world.remove("session", sessionId);
  for (const membership of world.all("organization_membership")) {
    const member = membership["public_user_data"] as JsonObject;
    if (member["user_id"] === id) world.remove("organization_membership", String(membership["id"]));
  }
  const deleted = { deleted: true, id, object: "user" };
  world.remove("user", id, { type: "user.deleted", data: { ...deleted, external_id: user["external_id"] ?? null } });
  return ok(deleted);
}

function sessionsOf({ world, params }: RoutedCall): readonly string[] {
  const own = world.all("session").filter((session) => session["user_id"] === params["id"]);
  return own.map((session) => String(session["id"]));
}

function orMissing(user: JsonObject | undefined): FakeReply {
  return user === undefined ? notFound("No user was found with this id") : ok(user);
}
