import type { Effect } from "effect";
import type { Database } from "../database/database.ts";
import { type DriftItem, readDrift } from "../drift/drift_store.ts";
import type { Page } from "./page.ts";
import { type ReadError, reading } from "./read_error.ts";

/** All drift on file, which is bounded. */
export function listDrift(): Effect.Effect<Page<DriftItem>, ReadError, Database> {
  return reading(async (db) => ({ items: await readDrift(db), next: null }));
}
