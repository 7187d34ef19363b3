import { sql } from "kysely";
import type { JobState, Json, Policy } from "../../src/core/mod.ts";
import type { Handler, HandlerContext } from "../../src/shell/handler/handler.ts";
import type { Now } from "../../src/shell/work/now.ts";
import { resolveHandlers } from "../../src/shell/work/resolve_handlers.ts";
import { Worker, type WorkerOptions } from "../../src/shell/work/worker.ts";
import type { TestDatabase } from "./databases.ts";
import { recorder } from "./event_store.ts";
import { decodeStory, type StoryMessage } from "./stories.ts";

/** A clock for leases, waits and due times that stands still until it is moved. */
export interface VirtualClock {
  readonly now: Now;
  move(ms: number): void;
}

export function virtualClock(atMs: number): VirtualClock {
  let nowMs = atMs;
  return {
    now: () => sql`${new Date(nowMs).toISOString()}::timestamptz`,
    move: (ms) => {
      nowMs += ms;
    },
  };
}

/** A job of the ledger, as tests look at it. */
export interface LedgerRow {
  readonly key: string;
  readonly state: JobState;
  readonly phase: string;
  readonly attempts: number;
  readonly attempts_spent: number;
  readonly last_error: string | null;
  readonly waiting: string | null;
  readonly payload: Json;
  readonly due_at: Date;
}

/** All jobs, by key. */
export async function ledgerOf({ db }: Pick<TestDatabase, "db">): Promise<Readonly<Record<string, LedgerRow>>> {
  const { rows } = await sql<LedgerRow>`
    select key, state, phase, attempts, attempts_spent, last_error, waiting, payload, due_at
    from docket.job order by key`.execute(db);
  return Object.fromEntries(rows.map((row) => [row.key, row]));
}

/** One attempt after the other, as `<number> <outcome>`. */
export async function attemptsOf({ db }: Pick<TestDatabase, "db">, key: string): Promise<readonly string[]> {
  const { rows } = await sql<{ number: number; outcome: string | null }>`
    select number, outcome from docket.attempt where key = ${key} order by id`.execute(db);
  return rows.map(({ number, outcome }) => `${number} ${outcome ?? "open"}`);
}

/** A worker over a test's database. */
export function makeTestWorker(
  { db }: Pick<TestDatabase, "db">,
  handlers: Readonly<Record<string, Handler>>,
  options: Partial<Omit<WorkerOptions, "handlers">> = {},
): Worker {
  return new Worker(db, { policies: [], ...options, handlers: resolveHandlers(handlers) });
}

/** Takes messages in, each in a batch of its own, as a process with these policies would. */
export async function take(
  database: TestDatabase,
  policies: readonly Policy[],
  stories: readonly StoryMessage[],
): Promise<void> {
  const record = recorder(database, { policies });
  for (const story of stories) await record([decodeStory(story)]);
}

/** Remembers what it was called with; each call does what `act` says. */
export interface Spy {
  readonly calls: { readonly payload: Json; readonly context: HandlerContext }[];
  readonly run: (payload: Json, context: HandlerContext) => Promise<void>;
}

export function spyHandler(
  act: (payload: Json, context: HandlerContext) => Promise<void> | void = () => undefined,
): Spy {
  const calls: { readonly payload: Json; readonly context: HandlerContext }[] = [];
  return {
    calls,
    run: async (payload, context) => {
      calls.push({ payload, context });
      await act(payload, context);
    },
  };
}
