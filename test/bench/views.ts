/**
 * Bench: a log of a million events in PostgreSQL, and how long each view of the API then takes on the server's side,
 * rare filters, deep pages and long stories included.
 *
 *   bun test/bench/views.ts [events]
 *
 * @module
 */
import { sql } from "kysely";
import { cleanUp } from "../support/cleanup.ts";
import { openTestDatabase } from "../support/databases.ts";
import { startService } from "../support/service.ts";
import { ENDED_MEMBER, fillViews, HEAVY_JOBS_USER, HEAVY_USER, LAST_MS } from "./fill_views.ts";

const EVENTS = Number(process.argv[2] ?? 1_000_000);
/** Each view is asked this often; the first time may find nothing in memory. */
const RUNS = 6;
const LIMIT_MS = 300;

const longAgo = new Date(LAST_MS - EVENTS * 20_000 * 0.97).toISOString();
const middle = new Date(LAST_MS - EVENTS * 20_000 * 0.5).toISOString();
const user = `/entities/user/${HEAVY_USER}`;

/** Paths under `/v1`. */
const VIEWS: readonly string[] = [
  "/events",
  "/events?limit=200",
  `/events?before=${middle}`,
  "/events/msg_000000001",
  ...["user.updated", "organization.created", "organization.deleted", "telemetry.sent", "no.such"].map(
    (type) => `/events?type=${type}`,
  ),
  ...["applied", "stale", "ignored", "foreign", "quarantined"].map((outcome) => `/events?outcome=${outcome}`),
  `/events?outcome=stale&before=${longAgo}`,
  "/events?outcome=stale&type=organization.updated",
  "/events?outcome=quarantined&type=user.created",
  "/events?outcome=applied&type=organization.created",
  "/events?outcome=stale&entity=user/user_5",
  `/events?entity=${HEAVY_USER}`,
  `/events?entity=user/${HEAVY_USER}`,
  `/events?entity=user/${HEAVY_USER}&outcome=stale`,
  `/events?entity=user/${HEAVY_USER}&type=session.created`,
  `/events?entity=user/${HEAVY_USER}&before=${longAgo}`,
  "/events?entity=user_5",
  "/events?entity=nobody",
  ...["user", "session", "organization", "organization_membership", "role"].map((kind) => `/entities/${kind}`),
  `/entities/session?before=0.${Buffer.from("sess_5").toString("base64url")}`,
  user,
  `${user}?at=${longAgo}`,
  `${user}?at=${middle}`,
  `/entities/organization_membership/${ENDED_MEMBER}?at=${middle}`,
  `${user}/history`,
  `${user}/history?limit=200`,
  `${user}/history?limit=200&before=${longAgo}`,
  `${user}/history?before=${middle}`,
  `/entities/user/${HEAVY_JOBS_USER}/history`,
  `/entities/organization_membership/${ENDED_MEMBER}/history`,
  "/entities/user/nobody/history",
  "/jobs",
  "/jobs?limit=200",
  ...["planned", "running", "done", "cancelled", "withdrawn", "regretted", "dead", "held", "stopped"].map(
    (state) => `/jobs?state=${state}`,
  ),
  ...["policy_1", "rare", "none"].flatMap((name) => [`/jobs?policy=${name}`, `/jobs?policy=${name}&state=planned`]),
  "/jobs?policy=policy_1&state=dead",
  ...["handler_1", "rare", "none"].flatMap((name) => [`/jobs?handler=${name}`, `/jobs?handler=${name}&state=planned`]),
  `/jobs?entity=${HEAVY_JOBS_USER}`,
  `/jobs?entity=user/${HEAVY_JOBS_USER}&state=planned`,
  "/jobs?entity=nobody",
  `/jobs?state=planned&before=${longAgo}`,
  "/jobs/audit/user/user_100",
  "/policies",
  "/breakers",
  "/audit",
  "/drift",
  "/stats",
  "/stats/series",
];

const database = await openTestDatabase("postgres");
const began = performance.now();
await fillViews(database.url ?? "", EVENTS);
console.log(`${EVENTS} events filled in ${seconds(performance.now() - began)} s`);
const { rows } = await sql<{
  size: string;
}>`select pg_size_pretty(pg_database_size(current_database())) as size`.execute(database.db);
console.log(`database: ${rows[0]?.size}`);

const service = await startService(database);
const taken: { readonly path: string; readonly status: number; readonly first: number; readonly usual: number }[] = [];
for (const path of VIEWS) {
  const times: number[] = [];
  let status = 0;
  for (let run = 0; run < RUNS; run += 1) {
    const start = performance.now();
    const reply = await fetch(`${service.url}/v1${path}`);
    await reply.text();
    status = reply.status;
    times.push(performance.now() - start);
  }
  const [first = 0, ...later] = times;
  taken.push({ path, status, first, usual: later.sort((left, right) => left - right)[2] ?? first });
}
await service.stop();

const slowest = taken.toSorted((left, right) => right.usual - left.usual);
for (const { path, status, first, usual } of slowest) {
  console.log(`${usual.toFixed(1).padStart(8)} ms  first ${first.toFixed(1).padStart(8)} ms  ${status}  ${path}`);
}
const over = taken.filter(({ usual }) => usual > LIMIT_MS);
console.log(`${taken.length} views, ${over.length} over ${LIMIT_MS} ms`);
await database.close();
await cleanUp();
process.exitCode = over.length > 0 ? 1 : 0;

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}
