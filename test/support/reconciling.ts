import { Effect, Layer, Redacted } from "effect";
import type { Policy } from "../../src/core/mod.ts";
import { chooseWalks } from "../../src/shell/backfill/backfill.ts";
import { type ClerkApi, makeClerkApi } from "../../src/shell/clerk/clerk_api.ts";
import type { ObservableKind } from "../../src/shell/clerk/observation.ts";
import { Database } from "../../src/shell/database/database.ts";
import type { Found, KindSummary } from "../../src/shell/reconcile/discrepancy.ts";
import { reconcile } from "../../src/shell/reconcile/reconcile.ts";
import { EventStore } from "../../src/shell/store/event_store.ts";
import { sweepPage } from "../../src/shell/store/sweeper.ts";
import type { TestDatabase } from "./databases.ts";
import type { FakeClerk } from "./fake_clerk.ts";

export interface ReconcilingOptions {
  readonly fix?: boolean;
  readonly kinds?: readonly ObservableKind[];
  readonly sessions?: boolean;
  readonly billing?: boolean;
  readonly allowMassDeletion?: boolean;
  readonly sample?: number;
  readonly changedSinceMs?: number;
  readonly policies?: readonly Policy[];
  /** Done before each request to Clerk. */
  readonly beforeRequest?: () => Promise<void>;
}

export interface Reconciled {
  readonly summaries: readonly KindSummary[];
  readonly found: readonly Found[];
}

/** Reconciles a test's database with the fake, as the command does. */
export async function reconciled(
  { db, flavor }: Pick<TestDatabase, "db" | "flavor">,
  clerk: FakeClerk,
  options: ReconcilingOptions = {},
): Promise<Reconciled> {
  const { fix = false, kinds = [], sessions = false, billing = false, policies = [] } = options;
  const found: Found[] = [];
  const instanceId = clerk.world.instanceId;
  const store = EventStore.layer({ instanceIds: [instanceId], onDelete: "erase", production: true, policies });
  const program = EventStore.use((service) =>
    reconcile({
      api: apiOf(clerk, options),
      db,
      store: service,
      instanceId,
      fix,
      walks: chooseWalks({ kinds, sessions, billing }),
      allowMassDeletion: options.allowMassDeletion ?? false,
      sample: options.sample ?? null,
      changedSinceMs: options.changedSinceMs ?? null,
      sweep: Effect.promise(async () => {
        while (await sweepPage(db, { onDelete: "erase", policies }));
      }),
      onFound: (it) => found.push(it),
      onMoved: () => undefined,
      onBegun: () => undefined,
      onSummary: () => undefined,
    }),
  );
  const layer = Layer.provide(store, Layer.succeed(Database, { db, flavor }));
  return { summaries: await Effect.runPromise(Effect.provide(program, layer)), found };
}

export function apiOf(
  { url, secretKey }: Pick<FakeClerk, "url" | "secretKey">,
  { beforeRequest }: Pick<ReconcilingOptions, "beforeRequest"> = {},
): ClerkApi {
  const api = makeClerkApi({ apiUrl: url, secretKey: Redacted.make(secretKey) });
  if (beforeRequest === undefined) return api;
  return { ...api, request: (...args) => Effect.andThen(Effect.promise(beforeRequest), api.request(...args)) };
}

/** A call of the fake's API that changes its world. */
export async function callClerk(clerk: FakeClerk, method: string, path: string, body?: object): Promise<void> {
  const response = await fetch(`${clerk.url}/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${clerk.secretKey}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  await response.text();
}
