import { isTransient } from "../database/sql_state.ts";

const TRIES_MAX = 3;

/** Runs a transaction again that lost a race with another one (a deadlock), a few times. */
export async function untilNoRace<T>(transaction: () => Promise<T>, tries = TRIES_MAX): Promise<T> {
  try {
    return await transaction();
  } catch (cause) {
    if (tries <= 1 || !isTransient(cause)) throw cause;
    return untilNoRace(transaction, tries - 1);
  }
}
