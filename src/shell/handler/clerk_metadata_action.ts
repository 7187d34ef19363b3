import { Effect } from "effect";
import type { JsonObject } from "../../core/mod.ts";
import { type Acted, type ActionContext, mustExist } from "./clerk_outcome.ts";
import { PermanentFailure } from "./failure.ts";

/** Either a user or an organization, and what to merge in. */
export interface MetadataFields {
  readonly userId?: string;
  readonly organizationId?: string;
  readonly publicMetadata?: JsonObject;
  readonly privateMetadata?: JsonObject;
  /** Of users only. */
  readonly unsafeMetadata?: JsonObject;
}

/**
 * Merges metadata into what is there, at every level; null takes a name away. Doing it twice is doing it once.
 *
 * Clerk's `PATCH .../metadata`. Its older `PATCH` of the user or organization itself replaces the whole.
 */
export function updateMetadata(fields: MetadataFields, { api, key }: ActionContext): Acted {
  const problem = problemOf(fields);
  if (problem !== null) return Effect.fail(new PermanentFailure({ message: `payload: ${problem}` }));
  const { userId, organizationId, publicMetadata, privateMetadata, unsafeMetadata } = fields;
  const path = userId === undefined ? `/organizations/${organizationId}/metadata` : `/users/${userId}/metadata`;
  const body = {
    ...(publicMetadata === undefined ? {} : { public_metadata: publicMetadata }),
    ...(privateMetadata === undefined ? {} : { private_metadata: privateMetadata }),
    ...(unsafeMetadata === undefined ? {} : { unsafe_metadata: unsafeMetadata }),
  };
  const what = userId === undefined ? "organization" : "user";
  return mustExist(what)(api.request("PATCH", path, { body, idempotencyKey: key }));
}

function problemOf(fields: MetadataFields): string | null {
  const { userId, organizationId, publicMetadata, privateMetadata, unsafeMetadata } = fields;
  if ((userId === undefined) === (organizationId === undefined)) return "expected either userId or organizationId";
  if (organizationId !== undefined && unsafeMetadata !== undefined) return "unsafeMetadata: only users have it";
  return (publicMetadata ?? privateMetadata ?? unsafeMetadata) === undefined
    ? "expected publicMetadata, privateMetadata or unsafeMetadata"
    : null;
}
