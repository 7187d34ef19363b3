import type { JsonObject } from "../../core/mod.ts";
import { readFlag } from "../decode/read.ts";
import { type Acted, type ActionContext, mustExist, orGone, unlessSo, userIs } from "./clerk_outcome.ts";

interface OfUser {
  readonly userId: string;
}

/** Nobody signs in as the user until unbanned, and all sessions end. Done too when the user is gone. */
export function banUser({ userId }: OfUser, context: ActionContext): Acted {
  return orGone(unlessSo(userIs(context, userId, isBanned))(post(userId, "ban", context)));
}

export function unbanUser({ userId }: OfUser, context: ActionContext): Acted {
  return mustExist("user")(
    unlessSo(userIs(context, userId, (user) => !isBanned(user)))(post(userId, "unban", context)),
  );
}

/** Nobody signs in as the user until the lock ends by itself or is taken away. Done too when the user is gone. */
export function lockUser({ userId }: OfUser, context: ActionContext): Acted {
  return orGone(unlessSo(userIs(context, userId, isLocked))(post(userId, "lock", context)));
}

export function unlockUser({ userId }: OfUser, context: ActionContext): Acted {
  return mustExist("user")(
    unlessSo(userIs(context, userId, (user) => !isLocked(user)))(post(userId, "unlock", context)),
  );
}

/** For ever. Done too when the user is gone. */
export function deleteUser({ userId }: OfUser, { api, key }: ActionContext): Acted {
  return orGone(api.request("DELETE", `/users/${userId}`, { idempotencyKey: key }));
}

function post(userId: string, action: string, { api, key }: ActionContext): ReturnType<typeof api.request> {
  return api.request("POST", `/users/${userId}/${action}`, { idempotencyKey: key });
}

function isBanned(user: JsonObject): boolean {
  return readFlag(user, "banned") === true;
}

function isLocked(user: JsonObject): boolean {
  return readFlag(user, "locked") === true;
}
