import type { Span } from "./duration.ts";
import type { Json, JsonObject } from "./json.ts";
import type { EntityRef, Kind } from "./kind.ts";
import type { Values } from "./value.ts";

/** The entity on one side of an edge, as a policy sees it. */
export type Side<K extends Kind> =
  | { readonly _tag: "Absent" }
  | {
      readonly _tag: "Live";
      /** The event type that said so; `<kind>.observed` for a snapshot of Clerk's API. */
      readonly event: string;
      readonly source: "webhook" | "api";
      readonly value: Values[K];
      readonly data: JsonObject;
      /** As of when, milliseconds since the Unix epoch. */
      readonly asOfMs: number;
    }
  | {
      readonly _tag: "Deleted";
      /** The deletion that stands for the death: the entity's own, or a parent's. */
      readonly event: string;
      readonly source: "webhook" | "api";
      /** The entity as its deletion carried it, or else as it was before; null if it was never seen. */
      readonly value: Values[K] | null;
      readonly deletedAtMs: number;
    };

/** What a policy decides on: two neighbouring versions of one entity. */
export interface Change<K extends Kind> {
  readonly ref: { readonly kind: K; readonly id: string };
  readonly before: Side<K>;
  readonly after: Exclude<Side<K>, { readonly _tag: "Absent" }>;
}

/**
 * What makes a job pointless before it starts: a condition on its entity as it is then. `deleted`: that the entity is
 * deleted. An object: that, or that a field has one of the values named. `never`: nothing.
 */
export type Until<K extends Kind = Kind> = "never" | "deleted" | { readonly [F in keyof Values[K]]?: readonly Json[] };

export interface JobOptions {
  /** How long after the change it may start, or the instant, milliseconds since the Unix epoch as `{ atMs }`. */
  readonly after?: Span | { readonly atMs: number };
  /** Entities that must be on file, live or deleted, before it starts. */
  readonly needs?: readonly EntityRef[];
  /** Tells this job from others that the policy returns for the same change. */
  readonly key?: string;
  /** Of a level-triggered policy: the one or two entities that the job is about. @default the entity itself */
  readonly subject?: readonly EntityRef[];
}

/** A job as a policy wants it: plain data. */
export interface Job extends JobOptions {
  readonly handler: string;
  readonly payload: Json;
}

/** Wants a job: `handler` is the name of a built-in or of one of yours, `payload` plain JSON. */
export function job(handler: string, payload: Json, options: JobOptions = {}): Job {
  return { ...options, handler, payload };
}

/** So many jobs in so much time. */
export interface JobRate {
  readonly jobs: number;
  readonly per: Span;
}

export interface PolicyOptions<K extends Kind> {
  readonly kind: K;
  /** One job an entity for ever, whichever edge wants it first: a welcome. @default false */
  readonly once?: boolean;
  /**
   * Level-triggered: not "do this because that happened" but "make it so", such as that a user has at most three
   * sessions. Its job is keyed by its subject alone, coalesces while it waits, and decides by the state as it is when
   * it runs; any further change arms it again. So it may run more than once, and is never withdrawn. @default false
   */
  readonly level?: boolean;
  /** From the receipt: the time in which a withdrawal costs nothing. @default 0 */
  readonly settle?: Span;
  /** Plan also for what was only observed by a snapshot of Clerk's API. @default false */
  readonly observed?: boolean;
  /** Plan nothing for what was received this long after it happened. @default "3 days" */
  readonly maxAge?: Span | "forever";
  /** Irreversible: its jobs wait this long, shown, and can be cancelled. @default 0 */
  readonly holdback?: Span;
  /** Irreversible: its jobs wait until a person lets them go. @default false */
  readonly approval?: boolean;
  /**
   * Irreversible: if more of its jobs than these fall into one such time, the policy stops before it runs them, until a
   * person resumes it. @default false
   */
  readonly stopAbove?: JobRate | false;
  /** What makes its jobs pointless before they start. @default "deleted"; on the deletion itself "never" */
  readonly until?: Until<K>;
  /** When it was switched on, milliseconds since the Unix epoch: what was received before plans nothing. @default 0 */
  readonly sinceMs?: number;
}

/** Decides which jobs a change wants. Pure: the same change, the same jobs. */
export type Decide<K extends Kind> = (change: Change<K>) => readonly Job[];

export interface PolicyOf<K extends Kind> {
  readonly name: string;
  readonly options: PolicyOptions<K>;
  readonly decide: Decide<K>;
}

/** A policy of any kind. */
export type Policy = { readonly [K in Kind]: PolicyOf<K> }[Kind];

/** Names a policy. The name is part of its jobs' keys: under another name it is another policy. */
export function policy<K extends Kind>(name: string, options: PolicyOptions<K>, decide: Decide<K>): PolicyOf<K> {
  return { name, options, decide };
}
