import type { Kysely } from "kysely";
import type { OnDelete } from "../../core/mod.ts";
import type { DocketDatabase } from "../database/schema.ts";
import { sqlState } from "../database/sql_state.ts";
import type { Difference } from "../verify/difference.ts";
import { type Built, build } from "./build.ts";
import { analyzeSide, dropSide, makeSide } from "./side_schema.ts";
import { findStrays } from "./strays.ts";
import { type Swapped, swap } from "./swap.ts";

export interface RebuildOptions {
  readonly onDelete: OnDelete;
  /** Put what was made in the place of what differs. */
  readonly swap: boolean;
  /** Leave the side schema there, to be looked at. */
  readonly keep: boolean;
  /** Called with each page. */
  readonly onPage: (built: Built) => void;
  /** @default 20_000 */
  readonly holdLimitMs?: number;
}

export interface Rebuilt {
  /** Null: nothing was to be swapped. */
  readonly swapped: Swapped | null;
}

const HOLD_LIMIT_MS = 20_000;
const TRIES_MAX = 5;

/**
 * Makes the tables anew from the log in schema `docket_rebuild`, tells of every difference by `onPage`, and swaps if it
 * is to. The service may go on meanwhile. A run that is cut off leaves the side schema alone, which the next one drops.
 *
 * @throws {RebuildOvertaken} If another rebuild began meanwhile.
 * @throws {SwapTooLong} If the swap took longer than it may; nothing is changed then.
 */
export async function rebuild(db: Kysely<DocketDatabase>, options: RebuildOptions): Promise<Rebuilt> {
  const { onDelete, onPage, holdLimitMs = HOLD_LIMIT_MS } = options;
  const run = await makeSide(db);
  try {
    let differs = false;
    const note = (built: Built): void => {
      differs ||= built.differences.length > 0;
      onPage(built);
    };
    for await (const page of build(db, { run, onDelete })) note(page);
    await analyzeSide(db);
    for await (const strays of findStrays(db, run)) note({ ...EMPTY, differences: strays });
    const isSwapped = options.swap && differs;
    return { swapped: isSwapped ? await untilUnlocked(() => swap(db, { run, onDelete, holdLimitMs })) : null };
  } finally {
    if (!options.keep) await dropSide(db, run);
  }
}

const EMPTY = { entities: 0, messages: 0, differences: [] as readonly Difference[], waiting: 0, kept: 0 };

/** Deadlock, serialization failure, and a lock that was not to be had in time: ingest was there first. */
const LOST_RACES = ["40P01", "40001", "55P03"];

async function untilUnlocked<T>(transaction: () => Promise<T>, tries = TRIES_MAX): Promise<T> {
  try {
    return await transaction();
  } catch (cause) {
    if (tries <= 1 || !LOST_RACES.includes(sqlState(cause) ?? "")) throw cause;
    return untilUnlocked(transaction, tries - 1);
  }
}
