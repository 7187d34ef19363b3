import {
  type Deleted,
  type EntityRef,
  emptyWorld,
  type JobState,
  type Json,
  type JsonObject,
  jobStateOf,
  jobsOf,
  type OnDelete,
  type Policy,
  receive,
  type WantedJob,
  type World,
} from "../../src/core/mod.ts";
import { EPOCH_MS, INSTANCE_ID } from "./histories.ts";
import { decodeStory, type StoryMessage } from "./stories.ts";

/** A day, an hour and a second, in milliseconds. */
export const DAY_MS = 86_400_000;
export const HOUR_MS = 3_600_000;
export const SECOND_MS = 1_000;

/** A job as the examples name it. */
export interface ShownJob {
  readonly key: string;
  readonly state: JobState;
  readonly payload: Json;
}

/** A message, seconds after the epoch of the tests; it comes 100 ms after it happened. Later fields win. */
export function message(type: string, seconds: number, data: JsonObject & { readonly id: string }): StoryMessage {
  const atMs = EPOCH_MS + seconds * SECOND_MS;
  const bare = type.endsWith(".deleted") && !type.startsWith("organizationMembership");
  return {
    svixId: `msg_${type}_${seconds}_${data.id}`,
    source: "webhook",
    receivedAtMs: atMs + 100,
    envelope: {
      type,
      instance_id: INSTANCE_ID,
      timestamp: atMs,
      data: bare ? { ...data, deleted: true } : { created_at: EPOCH_MS, updated_at: atMs, ...data },
    },
  };
}

/** The message as a snapshot of Clerk's API. */
export function observed(story: StoryMessage): StoryMessage {
  return { ...story, svixId: `api:${story.svixId}`, source: "api" };
}

/** A deletion that only a repair saw; there are kinds of whose deletion Clerk sends no event. */
export function observedDeletion(ref: EntityRef, seconds: number): Deleted {
  const like = decodeStory(observed(message("user.deleted", seconds, { id: ref.id })));
  if (like._tag !== "Deleted") throw new TypeError("Cannot make a deletion");
  return { ...like, ref, type: `${ref.kind}.observed` };
}

/** A user whose fields besides are these; with the address, if one is given, as the primary one. */
export function user(fields: JsonObject, email: string | null = "ada@example.com"): JsonObject & { id: string } {
  const address = { id: "idn_1", email_address: email ?? "" };
  return {
    id: "user_1",
    first_name: "Ada",
    primary_email_address_id: email === null ? null : "idn_1",
    email_addresses: email === null ? [] : [address],
    ...fields,
  };
}

/** The world after these deliveries, in this order. */
export function builtinWorld(
  policies: readonly Policy[],
  delivered: readonly StoryMessage[],
  onDelete: OnDelete,
): World {
  const guard = { _tag: "Listed", instanceIds: [INSTANCE_ID] } as const;
  return delivered.map(decodeStory).reduce(receive, emptyWorld({ guard, onDelete, policies }));
}

/** All that a policy made of these deliveries, by key. */
export function shownJobs(
  policy: Policy,
  delivered: readonly StoryMessage[],
  onDelete: OnDelete = "keep",
): readonly ShownJob[] {
  return jobsOf(builtinWorld([policy], delivered, onDelete))
    .map((entry) => ({ key: entry.job.key, state: jobStateOf(entry), payload: entry.job.payload }))
    .sort((left, right) => (left.key < right.key ? -1 : 1));
}

/** The only job that a policy made of these deliveries, whole. */
export function onlyJob(policy: Policy, delivered: readonly StoryMessage[]): WantedJob {
  const [entry, ...others] = jobsOf(builtinWorld([policy], delivered, "keep"));
  if (entry === undefined || others.length > 0)
    throw new RangeError(`Cannot tell the only job of ${others.length + 1}`);
  return entry.job;
}

/** Keys and states, for tests that look at nothing else. */
export function states(jobs: readonly ShownJob[]): Readonly<Record<string, JobState>> {
  return Object.fromEntries(jobs.map(({ key, state }) => [key, state]));
}
