import type { EventType, JsonObject } from "../../core/mod.ts";
import type { ExampleEnvelope } from "../example/envelope.ts";
import { exampleEvent } from "../example/example_event.ts";
import { exampleId, shuffled } from "../example/random.ts";
import { type ExampleOptions, type ScenarioName, scenario } from "../example/scenario.ts";
import { type Setting, withSetting } from "./set_path.ts";

/** What is sent, before it is signed. */
export interface TriggerMessage {
  /** The `svix-id`: the same for the same body under the same seed. */
  readonly id: string;
  readonly type: string;
  readonly entityId: string;
  readonly body: string;
}

export type TriggerSubject =
  | { readonly _tag: "Event"; readonly type: EventType }
  | { readonly _tag: "Scenario"; readonly name: ScenarioName };

export interface TriggerPlan {
  readonly subject: TriggerSubject;
  /** Each round has its own people and organization. */
  readonly count: number;
  /** How often each message is sent again. */
  readonly duplicates: number;
  readonly shuffle: boolean;
  readonly settings: readonly Setting[];
  readonly example: ExampleOptions;
}

/** How many messages a plan has, duplicates included. */
export function planSize(plan: TriggerPlan): number {
  const { subject, count, duplicates, example } = plan;
  const perRound = subject._tag === "Event" ? 1 : scenario(subject.name, example).length;
  return count * perRound * (1 + duplicates);
}

/** All messages of a plan in the order of sending. Pure: the same plan gives the same bytes. */
export function planMessages(plan: TriggerPlan): readonly TriggerMessage[] {
  const { count, duplicates, shuffle, example } = plan;
  const messages = Array.from({ length: count }, (_, round) => roundOf(plan, round)).flat();
  const deliveries = messages.flatMap((message) => Array.from({ length: 1 + duplicates }, () => message));
  return shuffle ? shuffled(`${example.seed}/order`, deliveries) : deliveries;
}

function roundOf(plan: TriggerPlan, round: number): readonly TriggerMessage[] {
  const { subject, settings, example } = plan;
  // The first round is that of the seed itself, so that `--count` only adds to what was there.
  const options = round === 0 ? example : { ...example, seed: `${example.seed}/${round}` };
  const envelopes = subject._tag === "Event" ? [exampleEvent(subject.type, options)] : scenario(subject.name, options);
  return envelopes.map((envelope, index) => toMessage(envelope, { settings, key: `${options.seed}/${index}` }));
}

interface MessageOptions {
  readonly settings: readonly Setting[];
  readonly key: string;
}

function toMessage(envelope: ExampleEnvelope, { settings, key }: MessageOptions): TriggerMessage {
  const start: JsonObject = { ...envelope };
  const changed = settings.reduce(withSetting, start);
  const body = JSON.stringify(changed);
  return {
    // Of the body too: two bodies must never share an id, or the second would count as a repetition of the first.
    id: exampleId("msg_", `${key}/${body}`),
    type: typeof changed["type"] === "string" ? changed["type"] : envelope.type,
    entityId: entityIdOf(changed),
    body,
  };
}

function entityIdOf(envelope: JsonObject): string {
  const data = envelope["data"];
  const id = typeof data === "object" && data !== null && "id" in data ? data["id"] : undefined;
  return typeof id === "string" ? id : "";
}
