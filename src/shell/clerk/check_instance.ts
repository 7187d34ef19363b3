import { Data, Effect } from "effect";
import { type Kysely, sql } from "kysely";
import { type DatabaseError, toDatabaseError } from "../database/database.ts";
import type { DocketDatabase } from "../database/schema.ts";
import type { ClerkApi } from "./clerk_api.ts";
import type { ClerkFailure, ClerkNotFound } from "./clerk_failure.ts";
import { patiently } from "./patiently.ts";

/** The secret key is of another Clerk instance than the messages that are accepted. */
export class WrongInstance extends Data.TaggedError("WrongInstance")<{ readonly message: string }> {}

export interface CheckInstanceOptions {
  readonly api: ClerkApi;
  /** As in DOCKET_INSTANCE_IDS. */
  readonly instanceIds: readonly string[];
}

/** A wrong key is said soon. */
const RETRIES = 1;

/** The instance that the key is of, if its entities may go into these tables. */
export function checkInstance(
  db: Kysely<DocketDatabase>,
  { api, instanceIds }: CheckInstanceOptions,
): Effect.Effect<string, ClerkFailure | ClerkNotFound | DatabaseError | WrongInstance> {
  return Effect.gen(function* () {
    const instanceId = yield* patiently(api.instanceId, { retries: RETRIES });
    const accepted = instanceIds.length > 0 ? instanceIds : yield* readPinned(db);
    if (accepted.length === 0 || accepted.includes(instanceId)) return instanceId;
    const whose = instanceIds.length > 0 ? "DOCKET_INSTANCE_IDS has" : "the webhooks so far came from";
    return yield* new WrongInstance({
      message: `CLERK_SECRET_KEY is of the instance ${instanceId}, but ${whose} ${accepted.join(", ")}: set the key of that instance, or use another database`,
    });
  });
}

function readPinned(db: Kysely<DocketDatabase>): Effect.Effect<readonly string[], DatabaseError> {
  return Effect.tryPromise({
    try: async () => {
      const { rows } = await sql<{ value: string }>`
        select value from docket.setting where key = 'instance_id'`.execute(db);
      return rows.map(({ value }) => value);
    },
    catch: (cause) => toDatabaseError("read the accepted instance", cause),
  });
}
