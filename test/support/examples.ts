import {
  emptyWorld,
  type JobOnFile,
  type JobPhase,
  jobStateOf,
  jobsOf,
  type Policy,
  receive,
  refKey,
  type World,
} from "../../src/core/mod.ts";
import { EPOCH_MS, INSTANCE_ID } from "./histories.ts";
import { decodeStory, type StoryMessage } from "./stories.ts";

const GUARD = { _tag: "Listed", instanceIds: [INSTANCE_ID] } as const;

/** The world after these messages, in this order. */
export function worldOf(
  policies: readonly Policy[],
  messages: readonly StoryMessage[],
  onDelete: "keep" | "erase" = "keep",
): World {
  return messages.map(decodeStory).reduce(receive, emptyWorld({ guard: GUARD, onDelete, policies }));
}

/** The jobs of a world, each with its state. */
export function shown(world: World): readonly string[] {
  return jobsOf(world)
    .map((entry) => `${entry.job.key} ${jobStateOf(entry)}`)
    .sort();
}

/** The world after a worker or a person moved a job on. */
export function withPhase(world: World, key: string, phase: JobPhase): World {
  const entities = [...world.index.entities.values()].map((indexed) => {
    const jobs = indexed.jobs.map((entry): JobOnFile => (entry.job.key === key ? { ...entry, phase } : entry));
    return [refKey(indexed.ref), { ...indexed, jobs }] as const;
  });
  return { ...world, index: { ...world.index, entities: new Map(entities) } };
}

/** A live version, so many milliseconds after the epoch of the tests. */
export function told(type: string, step: number, fields: object = {}, mark = "one", id = "user_1"): StoryMessage {
  const timestamp = EPOCH_MS + step;
  const data = { id, created_at: EPOCH_MS, updated_at: timestamp, first_name: "Ada", ...fields };
  return {
    svixId: `msg_${type}_${step}_${mark}`,
    envelope: { type, instance_id: INSTANCE_ID, timestamp, data },
    source: "webhook",
    receivedAtMs: timestamp,
  };
}

/** A deletion. */
export function gone(type: string, step: number, id = "user_1"): StoryMessage {
  const { svixId, envelope, ...rest } = told(type, step, {}, "gone", id);
  return { svixId, envelope: { ...envelope, data: { id, deleted: true } }, ...rest };
}
