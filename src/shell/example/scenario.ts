import { type ExampleEnvelope, toEnvelope } from "./envelope.ts";
import { billingPart } from "./part_billing.ts";
import { closingPart, foundingPart, invitationPart, settingsPart } from "./part_organization.ts";
import { goodbyePart, sessionsPart, signUpPart, waitlistPart } from "./part_people.ts";
import type { Step } from "./step.ts";
import { type ExampleWorld, makeWorld } from "./world.ts";

type Part = (world: ExampleWorld) => readonly Step[];

/** Each scenario is a choice of parts of one life, and complete: what it names, it also makes. */
const PARTS = {
  life: [
    waitlistPart,
    signUpPart,
    foundingPart,
    settingsPart,
    invitationPart,
    billingPart,
    sessionsPart,
    closingPart,
    goodbyePart,
  ],
  "sign-up": [signUpPart],
  organization: [signUpPart, foundingPart, settingsPart],
  invitation: [signUpPart, foundingPart, invitationPart],
  billing: [signUpPart, foundingPart, billingPart],
  deletion: [signUpPart, foundingPart, settingsPart, invitationPart, sessionsPart, closingPart, goodbyePart],
} as const satisfies Readonly<Record<string, readonly Part[]>>;

export type ScenarioName = keyof typeof PARTS;

export const SCENARIO_NAMES = Object.keys(PARTS) as readonly ScenarioName[];

export function isScenarioName(name: string): name is ScenarioName {
  return Object.hasOwn(PARTS, name);
}

export interface ExampleOptions {
  /** The same seed makes the same ids and names and, with the same `nowMs`, the same bytes. */
  readonly seed: string;
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
  readonly instanceId: string;
  /**
   * What `nowMs` is: the instant of the event, or of the scenario's last one; or the start of the life that all are
   * part of, so that what several calls make fits together.
   *
   * @default "end"
   */
  readonly anchor?: "end" | "start";
}

/** A whole story as Clerk would tell it, oldest first. `life` has every event type that there is. */
export function scenario(name: ScenarioName, options: ExampleOptions): readonly ExampleEnvelope[] {
  const world = makeWorld({ ...options, startMs: options.nowMs });
  const last = stepsOf(name, world).at(-1);
  const earlierMs = options.anchor === "start" || last === undefined ? 0 : last.atMs - world.startMs;
  const shifted = makeWorld({ ...options, startMs: options.nowMs - earlierMs });
  return stepsOf(name, shifted).map((step) => toEnvelope(shifted, step));
}

/** The steps of a scenario in the order of time; nothing is built yet. */
export function stepsOf(name: ScenarioName, world: ExampleWorld): readonly Step[] {
  return PARTS[name].flatMap((part) => part(world)).sort((left, right) => left.atMs - right.atMs);
}
