import { Effect } from "effect";
import type { ClerkApi } from "../clerk/clerk_api.ts";
import type { ClerkFailure, ClerkNotFound } from "../clerk/clerk_failure.ts";
import { isJsonObject } from "../decode/parse_json.ts";
import { readId, readTimeMs } from "../decode/read.ts";
import { TransientFailure } from "../handler/failure.ts";
import type { BehindClerk } from "./finding.ts";

interface NewestList {
  readonly kind: BehindClerk["kind"];
  readonly path: string;
  readonly order: string;
  /** When the first of the list changed. */
  readonly field: string;
}

const USERS: NewestList = { kind: "user", path: "/users", order: "-updated_at", field: "updated_at" };
/** Clerk knows no order by their changes: only the newest creation can be told. */
const ORGANIZATIONS: NewestList = {
  kind: "organization",
  path: "/organizations",
  order: "-created_at",
  field: "created_at",
};

/**
 * The newest change that Clerk knows of each kind that has any. Two requests. Fails as `api.request` does for users; once
 * they are listed, an instance that does not list organizations is taken to have none: Clerk refuses where the feature is
 * off.
 */
export function newestChanges(api: ClerkApi): Effect.Effect<readonly BehindClerk[], ClerkFailure | ClerkNotFound> {
  return Effect.gen(function* () {
    const users = yield* newestOf(api, USERS);
    const organizations = yield* Effect.catch(newestOf(api, ORGANIZATIONS), () => Effect.succeed([]));
    return [...users, ...organizations];
  });
}

function newestOf(
  api: ClerkApi,
  { kind, path, order, field }: NewestList,
): Effect.Effect<readonly BehindClerk[], ClerkFailure | ClerkNotFound> {
  return Effect.flatMap(api.request("GET", path, { query: { limit: 1, order_by: order } }), (answer) => {
    const rows = isJsonObject(answer) ? answer["data"] : answer;
    if (!Array.isArray(rows))
      return Effect.fail(new TransientFailure({ message: `Clerk answered no list of ${kind}s` }));
    const [newest] = rows;
    const id = isJsonObject(newest) ? readId(newest, "id") : null;
    const atMs = isJsonObject(newest) ? readTimeMs(newest, field) : null;
    return Effect.succeed(id === null || atMs === null ? [] : [{ _tag: "BehindClerk", kind, id, atMs } as const]);
  });
}
