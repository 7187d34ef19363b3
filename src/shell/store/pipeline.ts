import type { RawBuilder } from "kysely";
import type { SessionResult } from "../database/session.ts";
import { withSession } from "../database/session_dialect.ts";
import type { Tx } from "./sql.ts";

/** Statements of one transaction that do not wait for each other's results. */
export interface Pipeline {
  /** Queues a statement. `check` sees its result, and throws to have the transaction taken back. */
  readonly add: (statement: RawBuilder<unknown>, check?: (result: SessionResult) => void) => void;
  /**
   * Sends what is queued in one go, in order, and waits for all of it: one round trip instead of one a statement.
   *
   * @throws What the first statement that failed, or whose check did, threw. Those after it did nothing that stays.
   */
  readonly flush: () => Promise<void>;
}

interface Queued {
  readonly statement: RawBuilder<unknown>;
  readonly check: ((result: SessionResult) => void) | undefined;
}

/** An empty pipeline of the transaction. */
export function makePipeline(tx: Tx): Pipeline {
  let queued: Queued[] = [];
  return {
    add: (statement, check) => queued.push({ statement, check }),
    flush: async () => {
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
    },
  };
}

/** The rows that each question is answered with. */
export type Answered<Q extends readonly (RawBuilder<unknown> | null)[]> = {
  readonly [I in keyof Q]: Q[I] extends RawBuilder<infer R> | null ? readonly R[] : never;
};

/** Asks several questions of a transaction in one round trip, in order. One that is null has no rows. */
export async function readAll<const Q extends readonly (RawBuilder<unknown> | null)[]>(
  tx: Tx,
  questions: Q,
): Promise<Answered<Q>> {
  const asked = questions.filter((it) => it !== null);
  const answers = (await askAll(tx, asked)).map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value.rows;
  });
  return questions.map((it) => (it === null ? [] : answers[asked.indexOf(it)])) as readonly unknown[] as Answered<Q>;
}

/** Kysely lets one statement of a transaction out at a time; the session keeps the order and sends them at once. */
function askAll(
  tx: Tx,
  statements: readonly RawBuilder<unknown>[],
): Promise<readonly PromiseSettledResult<SessionResult>[]> {
  if (statements.length === 0) return Promise.resolve([]);
  return withSession(tx, (session) =>
    Promise.allSettled(
      statements.map((statement) => {
        const { sql, parameters } = statement.compile(tx);
        return session.query(sql, parameters);
      }),
    ),
  );
}
