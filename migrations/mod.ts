import type { Migration } from "kysely/migration";
import * as clerkSchema from "./0001_clerk_schema.ts";
import * as docketSchema from "./0002_docket_schema.ts";
import * as jobs from "./0003_jobs.ts";
import * as worker from "./0004_worker.ts";
import * as backfill from "./0005_backfill.ts";
import * as silence from "./0006_silence.ts";
import * as again from "./0007_again.ts";
import * as reconcile from "./0008_reconcile.ts";
import * as views from "./0009_views.ts";
import * as pulse from "./0010_pulse.ts";
import * as speed from "./0011_speed.ts";
import * as retention from "./0012_retention.ts";
import * as inPlace from "./0013_in_place.ts";
import * as fullerPages from "./0014_fuller_pages.ts";

/** All migrations by name, in the order of their names. A static list: a compiled executable has no folder to read. */
export const migrations: Readonly<Record<string, Migration>> = {
  "0001_clerk_schema": clerkSchema,
  "0002_docket_schema": docketSchema,
  "0003_jobs": jobs,
  "0004_worker": worker,
  "0005_backfill": backfill,
  "0006_silence": silence,
  "0007_again": again,
  "0008_reconcile": reconcile,
  "0009_views": views,
  "0010_pulse": pulse,
  "0011_speed": speed,
  "0012_retention": retention,
  "0013_in_place": inPlace,
  "0014_fuller_pages": fullerPages,
};
