import { type ClerkApi, makeClerkApi } from "../clerk/clerk_api.ts";
import { WALKS } from "../clerk/listing.ts";
import type { ObservableKind } from "../clerk/observation.ts";
import type { OpenLog } from "./open_log.ts";
import { UsageError } from "./usage_error.ts";

/** A page of 500 users with much metadata takes Clerk a while. */
const REQUEST_LIMIT_MS = 20_000;

/** Clerk's API for a command that walks its lists. Throws a {@link UsageError} without a key. */
export function patientApi({ settings }: Pick<OpenLog, "settings">): ClerkApi {
  const { clerkSecretKey: secretKey, clerkApiUrl: apiUrl } = settings;
  if (secretKey !== undefined) return makeClerkApi({ apiUrl, secretKey, timeLimitMs: REQUEST_LIMIT_MS });
  throw new UsageError(
    "CLERK_SECRET_KEY is not set: copy the secret key (sk_...) from Clerk's Dashboard > API keys, and set it for this command",
  );
}

/** The kind of this name, if Clerk lists it. Throws a {@link UsageError} for another. */
export function listedKind(name: string): ObservableKind {
  const found = WALKS.find(({ kind }) => kind === name);
  if (found !== undefined) return found.kind;
  throw new UsageError(`Clerk has no list of "${name}": must be one of ${WALKS.map(({ kind }) => kind).join(", ")}`);
}
