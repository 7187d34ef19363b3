import { Effect } from "effect";
import { sql } from "kysely";
import type { Database } from "../database/database.ts";
import { type ReadError, reading } from "./read_error.ts";

/** A policy that was ever switched on, and whether its jobs may run. */
export interface PolicyItem {
  readonly policy: string;
  /** What was received before plans nothing. Null where the config itself says when. */
  readonly since: Date | null;
  /** Null: it runs. */
  readonly stoppedAt: Date | null;
  readonly reason: string | null;
  /** When a person last let it go on. */
  readonly resumedAt: Date | null;
}

/** The breaker of a target that failed. */
export interface BreakerItem {
  readonly target: string;
  readonly handler: string;
  readonly open: boolean;
  /** Attempts that failed since the last that went well. */
  readonly failures: number;
  /** How often it opened, or a probe failed, since then. */
  readonly trips: number;
  readonly openedAt: Date | null;
  /** When one job may try. */
  readonly probeAt: Date | null;
  readonly lastError: string | null;
  readonly updatedAt: Date;
}

/** A list without further pages. */
export interface WholeList<T> {
  readonly items: readonly T[];
  readonly next: null;
}

/** All policies, those that are stopped first. */
export function listPolicies(): Effect.Effect<WholeList<PolicyItem>, ReadError, Database> {
  return reading(async (db) => {
    const { rows } = await sql<PolicyItem>`
      with known as (
        select substr(key, length('policy:') + 1) collate "C" as policy, value from docket.setting
        where key like 'policy:%')
      select coalesce(k.policy, s.policy) as policy,
        'epoch'::timestamptz + k.value::bigint * interval '1 millisecond' as since,
        s.stopped_at as "stoppedAt", s.reason, s.resumed_at as "resumedAt"
      from known k full join docket.policy_stop s on s.policy = k.policy
      order by s.stopped_at is null, 1`.execute(db);
    return { items: rows, next: null };
  });
}

/** One policy. Null: none of this name was ever switched on. */
export function findPolicy(policy: string): Effect.Effect<PolicyItem | null, ReadError, Database> {
  return Effect.map(listPolicies(), ({ items }) => items.find((it) => it.policy === policy) ?? null);
}

const BREAKERS_SHOWN_MAX = 1_000;

/** The breakers, the open ones first. */
export function listBreakers(): Effect.Effect<WholeList<BreakerItem>, ReadError, Database> {
  return reading(async (db) => {
    const { rows } = await sql<BreakerItem>`
      select ${BREAKER_ITEM} from docket.breaker b
      order by b.opened_at is null, b.target limit ${BREAKERS_SHOWN_MAX}`.execute(db);
    return { items: rows, next: null };
  });
}

/** The breaker of a target. Null: it never failed. */
export function findBreaker(target: string): Effect.Effect<BreakerItem | null, ReadError, Database> {
  return reading(async (db) => {
    const { rows } = await sql<BreakerItem>`
      select ${BREAKER_ITEM} from docket.breaker b where b.target = ${target}`.execute(db);
    return rows[0] ?? null;
  });
}

/** The columns of a {@link BreakerItem}, of a breaker `b`. */
export const BREAKER_ITEM = sql`b.target, b.handler, b.opened_at is not null as open, b.failures, b.trips,
  b.opened_at as "openedAt", b.probe_at as "probeAt", b.last_error as "lastError", b.updated_at as "updatedAt"`;
