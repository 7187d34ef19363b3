import { Effect } from "effect";
import type { Kysely } from "kysely";
import type { AppConfig } from "../app_config.ts";
import { makeClerkApi } from "../clerk/clerk_api.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { acceptedInstances, instanceProblem } from "../silence/accepted_instance.ts";
import { type Check, failure, ok, warning } from "./check.ts";

const NAME = "Clerk API";
/** A person waits. */
const TIME_LIMIT_MS = 5_000;

/**
 * Does Clerk take the key, and is it of the instance whose webhooks are accepted? Nothing without a key.
 *
 * @param db Null: which instance was seen first can't be known now.
 */
export async function checkClerk(
  { clerkApiUrl, clerkSecretKey, instanceIds }: AppConfig,
  db: Kysely<DocketDatabase> | null,
): Promise<readonly Check[]> {
  if (clerkSecretKey === undefined) return [];
  const api = makeClerkApi({ apiUrl: clerkApiUrl, secretKey: clerkSecretKey, timeLimitMs: TIME_LIMIT_MS });
  const asked = await Effect.runPromise(
    Effect.match(api.instanceId, {
      onFailure: ({ message }) => ({ own: null, message }),
      onSuccess: (own) => ({ own, message: "" }),
    }),
  );
  const { own } = asked;
  if (own === null) {
    const advice = "Copy the secret key from Clerk's Dashboard > API keys, and look whether Clerk can be reached";
    return [warning(NAME, { detail: asked.message, advice })];
  }
  const accepted = db === null ? instanceIds : await acceptedInstances(db, instanceIds);
  const problem = instanceProblem(own, accepted);
  if (problem === null) return [ok(NAME, `answers, for ${own}`)];
  const advice = "Set DOCKET_INSTANCE_IDS or CLERK_SECRET_KEY so that both are of one instance, then restart Docket";
  return [failure(NAME, { detail: problem, advice })];
}
