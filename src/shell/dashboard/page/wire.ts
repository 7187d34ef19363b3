import type { ActAnswer } from "../../api/act.ts";
import type { AuditItem } from "../../api/read_audit.ts";
import type { EntityItem } from "../../api/read_entities.ts";
import type { EventDetail, EventItem } from "../../api/read_events.ts";
import type { AttemptItem, JobDetail } from "../../api/read_job.ts";
import type { JobItem } from "../../api/read_jobs.ts";
import type { BreakerItem, PolicyItem } from "../../api/read_stops.ts";
import type { ReplayAnswer } from "../../api/replay_event.ts";
import type { Found as ServerFound } from "../../api/search.ts";

import type { DriftItem } from "../../drift/drift_store.ts";
import type { EntityThen } from "../../history/entity_at.ts";
import type { History as ServerHistory, VersionItem } from "../../history/history.ts";
import type { ChangeItem, JobStory } from "../../history/read_life.ts";
import type { SeriesPoint as ServerPoint, Series as ServerSeries } from "../../stats/read_series.ts";
import type { Stats as ServerStats } from "../../stats/read_stats.ts";

/** A value after it went through JSON. */
export type Wire<T> = T extends Date
  ? string
  : T extends string | number | boolean | null | undefined
    ? T
    : T extends readonly (infer I)[]
      ? readonly Wire<I>[]
      : { readonly [K in keyof T]: Wire<T[K]> };

/** Any value of JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export type Act = Wire<ActAnswer>;
export type Attempt = Wire<AttemptItem>;
export type Breaker = Wire<BreakerItem>;
export type Entity = Omit<Wire<Omit<EntityItem, "data">>, never> & {
  readonly data: { readonly [column: string]: Json };
};
export type Event = Wire<EventItem>;
export type EventWhole = Wire<Omit<EventDetail, "payload">> & { readonly payload: Json };
export type Found = ServerFound;
export type Job = Wire<JobItem>;
export type JobWhole = Wire<Omit<JobDetail, "payload">> & { readonly payload: Json };
export type Policy = Wire<PolicyItem>;
export type Replayed = Wire<Omit<ReplayAnswer, "event">>;
export interface Whole<T> {
  readonly items: readonly T[];
}

export type Stats = Wire<ServerStats>;
export type SeriesPoint = Wire<ServerPoint>;
export type Quantiles = NonNullable<SeriesPoint["receivedToAppliedMs"]>;
export type Series = Wire<ServerSeries>;
export type Version = Wire<VersionItem>;
export type Change = Wire<Omit<ChangeItem, "before" | "after">> & { readonly before: Json; readonly after: Json };
export type HistoryJob = Wire<JobStory>;
export type History = Omit<Wire<Omit<ServerHistory, "entity" | "changes">>, never> & {
  readonly entity: Entity | null;
  readonly changes: readonly Change[];
};
export type EntityAt = Wire<Omit<EntityThen, "data">> & Pick<Entity, "data">;

export type Drift = Wire<DriftItem>;
export type Audit = Wire<AuditItem>;
