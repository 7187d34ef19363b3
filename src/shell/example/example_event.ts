import type { EventType } from "../../core/mod.ts";
import { type ExampleEnvelope, toEnvelope } from "./envelope.ts";
import { type ExampleOptions, stepsOf } from "./scenario.ts";
import type { Step } from "./step.ts";
import { type ExampleWorld, makeWorld } from "./world.ts";

/**
 * One realistic event of any type: the first of its type in the life that `seed` makes, moved in time so that it
 * happens at `nowMs` (or, anchored at the start, where that life has it).
 *
 * The same seed gives events of different types the same user, organization and so on, and a later `nowMs` gives a
 * newer version of them.
 */
export function exampleEvent(type: EventType, options: ExampleOptions): ExampleEnvelope {
  const world = makeWorld({ ...options, startMs: options.nowMs });
  const step = firstOf(type, world);
  if (options.anchor === "start") return toEnvelope(world, step);
  const moved = makeWorld({ ...options, startMs: options.nowMs - (step.atMs - world.startMs) });
  return toEnvelope(moved, firstOf(type, moved));
}

function firstOf(type: EventType, world: ExampleWorld): Step {
  const step = stepsOf("life", world).find((it) => it.type === type);
  if (step === undefined) throw new TypeError(`Cannot make an example event: type "${type}" is not in the life`);
  return step;
}
