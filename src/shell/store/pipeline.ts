import type { RawBuilder } from "kysely";
import type { Session, SessionResult } from "../database/session.ts";
import { withConnection } from "../database/session_dialect.ts";
import { type Bulk, type BulkRow, type BulkStatement, queryOf } from "./bulk.ts";
import type { Tx } from "./sql.ts";

/** Sees how many rows a statement wrote and which it gave back, and throws to have the transaction taken back. */
type Check = (result: SessionResult) => void;

/** Statements of one transaction that do not wait for each other's results. */
export interface Pipeline {
  /** Queues a statement. */
  readonly add: (statement: RawBuilder<unknown>, check?: Check) => void;
  /** Queues a statement over rows; nothing if there are none. It must find what it needs by key, since its plan is kept. */
  readonly addRows: (bulk: Bulk, rows: readonly BulkRow[]) => void;
  /**
   * Sends what is queued in one go, in order, and waits for all of it: one round trip instead of one a statement.
   *
   * @throws What the first statement that failed, or whose check did, threw. Those after it did nothing that stays.
   */
  readonly flush: () => Promise<void>;
  /**
   * Sends what is queued and leaves it to the transaction's next statement, or its commit, to wait for it and to throw
   * what it threw. Where the result of a statement is checked, that is waited for.
   */
  readonly send: () => Promise<void>;
}

type Statement = BulkStatement | { readonly builder: RawBuilder<unknown>; readonly isByKey: boolean };

interface Queued {
  readonly statement: Statement;
  readonly check: Check | undefined;
}

/** An empty pipeline of the transaction. */
export function makePipeline(tx: Tx): Pipeline {
  let queued: Queued[] = [];
  const flush = async (): Promise<void> => {
    const sent = queued;
    queued = [];
    const results = await askAll(
      tx,
      sent.map(({ statement }) => statement),
    );
    for (const [index, { check }] of sent.entries()) {
      const result = results[index];
      if (result?.status === "rejected") throw result.reason;
      if (result !== undefined) check?.(result.value);
    }
  };
  return {
    add: (builder, check) => {
      queued.push({ statement: { builder, isByKey: false }, check });
    },
    addRows: (bulk, rows) => {
      if (rows.length > 0) queued.push({ statement: { bulk, rows }, check: undefined });
    },
    flush,
    send: async () => {
      if (queued.some(({ check }) => check !== undefined)) return flush();
      const sent = queued.map(({ statement }) => statement);
      queued = [];
      if (sent.length === 0) return;
      await withConnection(tx, async (connection) => {
        connection.leave(sendAll(sent, { tx, session: connection.session }));
      });
    },
  };
}

/** The rows that each question is answered with. */
export type Answered<Q extends readonly (RawBuilder<unknown> | null)[]> = {
  readonly [I in keyof Q]: Q[I] extends RawBuilder<infer R> | null ? readonly R[] : never;
};

/**
 * Asks several questions of a transaction in one round trip, in order. One that is null has no rows. Each must look up
 * all it needs by key, row by row (`cross join lateral`), since its plan is kept.
 */
export async function readAll<const Q extends readonly (RawBuilder<unknown> | null)[]>(
  tx: Tx,
  questions: Q,
): Promise<Answered<Q>> {
  const asked = questions.filter((it) => it !== null);
  const statements = asked.map((builder) => ({ builder, isByKey: true }));
  const answers = (await askAll(tx, statements)).map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value.rows;
  });
  return questions.map((it) => (it === null ? [] : answers[asked.indexOf(it)])) as readonly unknown[] as Answered<Q>;
}

/** Transactions whose plans are those of `BY_KEY` now. */
const BY_KEY_NOW = new WeakSet<Tx>();

/**
 * Sends statements at once, in their order. Kysely lets one statement of a transaction out at a time; the session keeps
 * the order. Those that find all they need by key have plans that are made once; the others are planned as they come.
 */
function askAll(tx: Tx, statements: readonly Statement[]): Promise<readonly PromiseSettledResult<SessionResult>[]> {
  if (statements.length === 0) return Promise.resolve([]);
  return withConnection(tx, ({ session }) => Promise.allSettled(sendAll(statements, { tx, session })));
}

function sendAll(statements: readonly Statement[], asking: Asking): readonly Promise<SessionResult>[] {
  return statements.map((statement) => {
    plan("bulk" in statement || statement.isByKey, asking);
    return ask(statement, asking);
  });
}

/** Has the transaction plan what follows as it comes: for statements that are not sent by a pipeline. */
export async function planAsTheyCome(tx: Tx): Promise<void> {
  if (BY_KEY_NOW.has(tx)) await withConnection(tx, async ({ session }) => plan(false, { tx, session }));
}

function plan(isByKey: boolean, { tx, session }: Asking): void {
  if (isByKey === BY_KEY_NOW.has(tx) || !session.keepsPlans) return;
  if (isByKey) BY_KEY_NOW.add(tx);
  else BY_KEY_NOW.delete(tx);
  // Fails only where the statements after it fail as well, and say so.
  session.query(isByKey ? BY_KEY : AS_THEY_COME, []).catch(() => undefined);
}

interface Asking {
  readonly tx: Tx;
  readonly session: Session;
}

/**
 * A plan for what is found by key is right however large the tables are. Made while they were small it must not scan them
 * all the same: it is kept, and a scan of what has grown takes seconds.
 */
const BY_KEY =
  "select set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)";
const AS_THEY_COME =
  "select set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'on', true)";

function ask(statement: Statement, { tx, session }: Asking): Promise<SessionResult> {
  const { sql, parameters } = "bulk" in statement ? queryOf(statement) : statement.builder.compile(tx);
  return session.query(sql, parameters);
}
