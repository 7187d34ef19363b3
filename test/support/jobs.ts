import { sql } from "kysely";
import { job, policy } from "../../src/core/mod.ts";
import type { Answered, Body } from "./api.ts";
import type { TestDatabase } from "./databases.ts";
import type { Service } from "./service.ts";

/** Policies whose jobs wait for this and that. All take what was received late. */
const COMMON = { kind: "user", maxAge: "forever" } as const;
const FAR_MS = Date.UTC(2999, 0, 1);

/** One job a user for ever, due at once: `greet/user/<id>`. */
export const greet = policy("greet", { ...COMMON, once: true }, ({ after }) =>
  after._tag === "Live" ? [job("email", { to: after.value.firstName })] : [],
);
/** `remind/user/<id>/+`, in the year 2999. */
export const remind = policy("remind", COMMON, ({ before, after }) =>
  before._tag === "Absent" && after._tag === "Live"
    ? [job("email", { remind: true }, { after: { atMs: FAR_MS } })]
    : [],
);
/** `destroy/user/<id>/+`, once a person lets it go. */
export const destroy = policy("destroy", { ...COMMON, approval: true }, ({ before, after }) =>
  before._tag === "Absent" && after._tag === "Live" ? [job("crm.delete", {})] : [],
);
/** `bury/user/<id>/-`, on the deletion. */
export const bury = policy("bury", COMMON, ({ after }) =>
  after._tag === "Deleted" ? [job("crm.bury", { name: after.value?.firstName ?? null })] : [],
);
/** `link/user/<id>/+/retry`, which needs an organization and whose key ends like an action. */
export const link = policy("link", COMMON, ({ before, after }) =>
  before._tag === "Absent" && after._tag === "Live"
    ? [job("crm.link", {}, { key: "retry", needs: [{ kind: "organization", id: "org_1" }] })]
    : [],
);

/** Sends a POST to the API of a running service. */
export async function post(
  { url }: Pick<Service, "url">,
  path: string,
  init: RequestInit = {},
): Promise<Answered & { readonly body: Body }> {
  const reply = await fetch(`${url}/v1${path}`, { method: "POST", ...init });
  const text = await reply.text();
  return { status: reply.status, headers: reply.headers, text, body: JSON.parse(text) as Body };
}

export interface Audited {
  readonly action: string;
  readonly subject: string;
  readonly actor: string;
}

/** What people did, oldest first. */
export async function auditOf({ db }: Pick<TestDatabase, "db">): Promise<readonly Audited[]> {
  const { rows } = await sql<Audited>`select action, subject, actor from docket.audit order by id`.execute(db);
  return rows;
}

/** Leaves a job as workers and people would, but for what is set here. */
export async function setJob({ db }: Pick<TestDatabase, "db">, key: string, columns: string): Promise<void> {
  const { rows } = await sql`update docket.job set ${sql.raw(columns)} where key = ${key} returning key`.execute(db);
  if (rows.length !== 1) throw new RangeError(`Cannot set ${key}: there is no such job`);
}

/** Under way, in some process. */
export const RUNNING = `phase = 'running', attempts = 1, run = gen_random_uuid(), lease_until = now() + interval '1 minute'`;
/** Given up after three attempts. */
export const DEAD = `phase = 'dead', attempts = 3, last_error = 'boom', finished_at = now()`;
/** Failed once, and put off for an hour. */
export const PUT_OFF = `attempts = 1, last_error = 'boom', waiting = 'retry', next_at = now() + interval '1 hour'`;
