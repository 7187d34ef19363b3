import type { JsonObject } from "../../../src/core/mod.ts";
import { fieldIs, type ListRules, listOf } from "./list.ts";
import { type FakeReply, notFound, ok, refused } from "./reply.ts";
import { type Route, type RoutedCall, route } from "./route.ts";
import type { FakeWorld } from "./world.ts";

/** What the filter of the list may be; `pending` is not among them (specification of 2026-05-12, GetSessionList). */
const STATUSES = ["abandoned", "active", "ended", "expired", "removed", "replaced", "revoked"];

const SESSIONS: ListRules = {
  orders: ["created_at"],
  filters: { client_id: fieldIs("client_id"), status: fieldIs("status"), user_id: fieldIs("user_id") },
  wrapped: "asked",
};

export const SESSION_ROUTES: readonly Route[] = [
  route("GET /sessions", listSessions),
  route("GET /sessions/:id", ({ world, params }) => orMissing(world.get("session", params["id"] ?? ""))),
  route("POST /sessions/:id/revoke", ({ world, params }) => orMissing(revoke(world, params["id"] ?? ""))),
];

/** Revokes a session that is open. Undefined if there is none of this id. */
export function revoke(world: FakeWorld, id: string): JsonObject | undefined {
  const session = world.get("session", id);
  if (session === undefined || !["active", "pending"].includes(String(session["status"]))) return session;
  return world.change("session", id, { fields: { status: "revoked" }, type: "session.revoked" });
}

function listSessions({ world, query }: RoutedCall): FakeReply {
  if (!STATUSES.includes(query.get("status") ?? "active")) {
    return refused(422, { code: "form_param_value_invalid", message: "is invalid", param: "status" });
  }
  if (!query.has("user_id") && !query.has("client_id")) {
    return refused(422, { code: "missing_query_parameters", message: "client_id or user_id is needed" });
  }
  return listOf(world.table("session"), query, SESSIONS);
}

function orMissing(session: JsonObject | undefined): FakeReply {
  return session === undefined ? notFound("No session was found with this id") : ok(session);
}
