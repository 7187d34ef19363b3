import type { Sender } from "./requests.ts";

/** A server that takes webhooks into a database. Each is a module that listens on `PORT` and writes to `DATABASE_URL`. */
export interface Entry {
  readonly name: string;
  /** The module, from `test/bench`. */
  readonly file: string;
  readonly sender: Sender;
  readonly path: string;
  /** What it does of what Docket does, in a few words. */
  readonly does: string;
  /** How many entities it has, after a run. */
  readonly count: string;
  /** False: it has a database of its own. @default true */
  readonly usesPostgres?: boolean;
  readonly needsPeers?: boolean;
}

export const ENTRIES: readonly Entry[] = [
  {
    name: "docket",
    file: "ingest/docket_server.ts",
    sender: "clerk",
    path: "/webhooks/clerk",
    does: "log, de-duplication, order, projection, parts, change log and job, in one commit",
    count: "select count(*)::int as count from clerk.users",
  },
  {
    name: "docket on PGlite",
    file: "ingest/docket_server.ts",
    sender: "clerk",
    path: "/webhooks/clerk",
    does: "the same in the embedded database, which never calls fsync",
    count: "",
    usesPostgres: false,
  },
  {
    name: "floor",
    file: "peers/web_floor.ts",
    sender: "clerk",
    path: "/",
    does: "verify, and write the same bytes in group commits: no order, no row",
    count: "select count(*)::int as count from log",
  },
  {
    name: "upsert by hand",
    file: "peers/web_upsert.ts",
    sender: "clerk",
    path: "/",
    does: "verify and upsert, as tutorials do: the last to arrive wins",
    count: "select count(*)::int as count from users",
  },
  {
    name: "correct by hand",
    file: "peers/web_correct.ts",
    sender: "clerk",
    path: "/",
    does: "verify, ledger, guarded upsert and job, in a transaction a message",
    count: "select count(*)::int as count from users",
  },
  {
    name: "@supabase/stripe-sync-engine",
    file: "peers/supabase_stripe.ts",
    sender: "stripe",
    path: "/",
    does: "verify and upsert, guarded by the time of the event in seconds",
    count: "select count(*)::int as count from stripe.customers",
    needsPeers: true,
  },
  {
    name: "@stripe/sync-engine",
    file: "peers/stripe_sync.ts",
    sender: "stripe",
    path: "/",
    does: "verify and upsert, guarded by the time of the event in seconds",
    count: "select count(*)::int as count from stripe.customers",
    needsPeers: true,
  },
];
