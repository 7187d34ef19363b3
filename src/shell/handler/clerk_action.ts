import { Type } from "@sinclair/typebox";
import { Effect } from "effect";
import type { Json, JsonObject } from "../../core/mod.ts";
import type { ClerkApi } from "../clerk/clerk_api.ts";
import { CLERK_ID } from "../clerk/clerk_id.ts";
import { type Check, compileCheck, NAME_TYPE, objectType } from "../decode/check.ts";
import { isJsonObject } from "../decode/parse_json.ts";
import { readText } from "../decode/read.ts";
import { updateMetadata } from "./clerk_metadata_action.ts";
import {
  createMembership,
  deleteMembership,
  deleteOrganization,
  revokeInvitation,
  setRole,
} from "./clerk_organization_actions.ts";
import type { Acted, ActionContext } from "./clerk_outcome.ts";
import { limitSessions, revokeSession, revokeSessions } from "./clerk_session_actions.ts";
import { banUser, deleteUser, lockUser, unbanUser, unlockUser } from "./clerk_user_actions.ts";
import { PermanentFailure } from "./failure.ts";
import { type HandlerSpec, handler } from "./handler.ts";

/** As many as the client has requests under way: more would only hold their leases and wait. */
const CONCURRENCY = 10;

export interface ClerkHandlerOptions {
  readonly api: ClerkApi;
}

/**
 * The built-in handler `clerk`: does something at Clerk. Payload `{ action, ... }`, with these fields:
 *
 * - `revoke-session` `{ sessionId }`, `revoke-sessions` `{ userId }`, `limit-sessions` `{ userId, max }`
 * - `ban`, `unban`, `lock`, `unlock`, `delete-user` `{ userId }`
 * - `update-metadata` `{ userId or organizationId, publicMetadata?, privateMetadata?, unsafeMetadata? }`
 * - `create-membership`, `set-role` `{ organizationId, userId, role }`, `delete-membership` `{ organizationId, userId }`
 * - `revoke-invitation` `{ organizationId, invitationId }`, `delete-organization` `{ organizationId }`
 *
 * What is so already counts as done, and so does ending what is gone: every action may be tried again. The jobs of one
 * entity go in the order of its changes, so that an older role never overwrites a newer one. A payload that can't be
 * right, and what Clerk refuses, is dead at once; a missing or wrong CLERK_SECRET_KEY is tried again, and named.
 */
export function clerkHandler({ api }: ClerkHandlerOptions): HandlerSpec {
  return handler({ order: "entity", concurrency: CONCURRENCY }, (payload, { key }) => act(payload, { api, key }));
}

function act(payload: Json, context: ActionContext): Acted {
  const fields = isJsonObject(payload) ? payload : {};
  const name = readText(fields, "action") ?? "";
  const run = ACTIONS.get(name);
  return run === undefined ? refuse(`payload.action: expected one of ${NAMES}`) : run(fields, context);
}

type Action = (payload: JsonObject, context: ActionContext) => Acted;

/** An action that runs on fields which are checked first. Faults name the field, never what is in it. */
function action<F>(check: Check<F>, run: (fields: F, context: ActionContext) => Acted): Action {
  return (payload, context) => {
    const checked = check(payload);
    return checked.ok ? run(checked.data, context) : refuse(checked.fault);
  };
}

const ID = Type.String({ pattern: CLERK_ID.source, description: "an id of Clerk's" });
const COUNT = Type.Integer({ minimum: 0, description: "a whole number from 0" });
const METADATA = Type.Optional(Type.Unsafe<JsonObject>(objectType({})));

const session = compileCheck(objectType({ sessionId: ID }), "payload");
const user = compileCheck(objectType({ userId: ID }), "payload");
const userWithMax = compileCheck(objectType({ userId: ID, max: COUNT }), "payload");
const organization = compileCheck(objectType({ organizationId: ID }), "payload");
const member = compileCheck(objectType({ organizationId: ID, userId: ID }), "payload");
const memberInRole = compileCheck(objectType({ organizationId: ID, userId: ID, role: NAME_TYPE }), "payload");
const invitation = compileCheck(objectType({ organizationId: ID, invitationId: ID }), "payload");
const metadata = compileCheck(
  objectType({
    userId: Type.Optional(ID),
    organizationId: Type.Optional(ID),
    publicMetadata: METADATA,
    privateMetadata: METADATA,
    unsafeMetadata: METADATA,
  }),
  "payload",
);

const ACTIONS: ReadonlyMap<string, Action> = new Map([
  ["revoke-session", action(session, revokeSession)],
  ["revoke-sessions", action(user, revokeSessions)],
  ["limit-sessions", action(userWithMax, limitSessions)],
  ["ban", action(user, banUser)],
  ["unban", action(user, unbanUser)],
  ["lock", action(user, lockUser)],
  ["unlock", action(user, unlockUser)],
  ["delete-user", action(user, deleteUser)],
  ["update-metadata", action(metadata, updateMetadata)],
  ["create-membership", action(memberInRole, createMembership)],
  ["set-role", action(memberInRole, setRole)],
  ["delete-membership", action(member, deleteMembership)],
  ["revoke-invitation", action(invitation, revokeInvitation)],
  ["delete-organization", action(organization, deleteOrganization)],
]);
const NAMES = [...ACTIONS.keys()].join(", ");

function refuse(message: string): Acted {
  return Effect.fail(new PermanentFailure({ message }));
}
