import {
  emptyWorld,
  type JobOnFile,
  jobsOf,
  type OnDelete,
  type Policy,
  receive,
  type World,
} from "../../src/core/mod.ts";
import { INSTANCE_ID } from "./histories.ts";
import { POLICIES } from "./policies.ts";
import { decodeStory, type StoryMessage } from "./stories.ts";
import { byKey, type Wanted } from "./wanted_oracle.ts";

/** The world after these deliveries, with the tests' policies. */
export function storyWorldAfter(
  delivered: readonly StoryMessage[],
  onDelete: OnDelete,
  policies: readonly Policy[] = POLICIES,
): World {
  const guard = { _tag: "Listed", instanceIds: [INSTANCE_ID] } as const;
  return delivered.map(decodeStory).reduce(receive, emptyWorld({ guard, onDelete, policies }));
}

/** The jobs wanted in a world, in the oracle's terms. */
export function wantedIn(world: World): readonly Wanted[] {
  return wantedAmong(jobsOf(world));
}

/** The wanted ones among jobs on file, in the oracle's terms. */
export function wantedAmong(jobs: readonly JobOnFile[]): readonly Wanted[] {
  return jobs
    .filter(({ wanted }) => wanted)
    .map(({ job: { key, payload, startAtMs }, moot }) => ({ key, payload, startAtMs, moot }))
    .sort(byKey);
}
