import type { Books } from "./books.ts";
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
  readonly books: Books;
  /** The `id` and `name` of all that it has and that is not deleted. Absent: it tells nothing apart. */
  readonly live?: string;
  /** False: it has a database of its own. @default true */
  readonly usesPostgres?: boolean;
  readonly needsPeers?: boolean;
}

const COUNT = "select count(*)::int as count from";

/** Of messages, what the log holds, and not what the ledger says. */
const DOCKET_BOOKS: Books = {
  entities: `${COUNT} clerk.users`,
  messages: `${COUNT} docket.event`,
  jobs: `${COUNT} docket.job where state = 'planned'`,
  faults: `${COUNT} docket.plan_fault`,
};

export const DOCKET: Entry = {
  name: "docket",
  file: "ingest/docket_server.ts",
  sender: "clerk",
  path: "/webhooks/clerk",
  does: "log, de-duplication, order, projection, parts, change log and job, in one commit",
  books: DOCKET_BOOKS,
  live: "select id, last_name as name from clerk.live_users",
};

export const ENTRIES: readonly Entry[] = [
  DOCKET,
  {
    name: "docket on PGlite",
    file: "ingest/docket_server.ts",
    sender: "clerk",
    path: "/webhooks/clerk",
    does: "the same in the embedded database, which never calls fsync",
    books: DOCKET_BOOKS,
    usesPostgres: false,
  },
  {
    name: "floor",
    file: "peers/web_floor.ts",
    sender: "clerk",
    path: "/",
    does: "verify, and write the same bytes in group commits: no order, no row",
    books: {
      entities: `${COUNT} (select distinct payload::json #>> '{data,id}' from log) it`,
      messages: `${COUNT} log`,
    },
  },
  {
    name: "upsert by hand",
    file: "peers/web_upsert.ts",
    sender: "clerk",
    path: "/",
    does: "verify and upsert, as tutorials do: the last to arrive wins",
    books: { entities: `${COUNT} users` },
    live: "select id, last_name as name from users",
  },
  {
    name: "correct by hand",
    file: "peers/web_correct.ts",
    sender: "clerk",
    path: "/",
    does: "verify, ledger, guarded upsert and job, in a transaction a message",
    books: { entities: `${COUNT} users`, messages: `${COUNT} webhook_event`, jobs: `${COUNT} job` },
    live: "select id, last_name as name from users where deleted_at is null",
  },
  {
    name: "@supabase/stripe-sync-engine",
    file: "peers/supabase_stripe.ts",
    sender: "stripe",
    path: "/",
    does: "verify and upsert, guarded by the time of the event in seconds",
    books: { entities: `${COUNT} stripe.customers` },
    live: "select id, description as name from stripe.customers where deleted is not true",
    needsPeers: true,
  },
  {
    name: "@stripe/sync-engine",
    file: "peers/stripe_sync.ts",
    sender: "stripe",
    path: "/",
    does: "verify and upsert, guarded by the time of the event in seconds",
    books: { entities: `${COUNT} stripe.customers` },
    live: "select id, description as name from stripe.customers where deleted is not true",
    needsPeers: true,
  },
];
