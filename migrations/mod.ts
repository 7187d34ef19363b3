import type { Migration } from "kysely/migration";
import * as clerkSchema from "./0001_clerk_schema.ts";
import * as docketSchema from "./0002_docket_schema.ts";
import * as jobs from "./0003_jobs.ts";

/** All migrations by name, in the order of their names. A static list: a compiled executable has no folder to read. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0001_clerk_schema": clerkSchema,
  "0002_docket_schema": docketSchema,
  "0003_jobs": jobs,
};
