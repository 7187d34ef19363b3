import { type Company, makeCompany } from "./company.ts";
import { makePerson, type Person } from "./person.ts";
import { exampleId } from "./random.ts";

export interface WorldOptions {
  /** The same seed makes the same ids, names and, with the same start, times. */
  readonly seed: string;
  readonly instanceId: string;
  /** When this life begins, milliseconds since the Unix epoch. */
  readonly startMs: number;
}

/**
 * Who and what one example life is about. Everything happens at a fixed distance from `startMs`, so that parts of
 * the same life, built apart, fit together.
 */
export interface ExampleWorld extends WorldOptions {
  /** Signs up, founds the organization, pays, and is the last to go. */
  readonly founder: Person;
  /** Comes by invitation. */
  readonly colleague: Person;
  /** Comes from the company's directory (SCIM). */
  readonly employee: Person;
  /** Is invited, but the invitation is revoked. */
  readonly guest: Person;
  readonly company: Company;
}

export function makeWorld(options: WorldOptions): ExampleWorld {
  const { seed, startMs } = options;
  const founder = makePerson(`${seed}/founder`, startMs + 30_000);
  return {
    ...options,
    founder,
    colleague: makePerson(`${seed}/colleague`, startMs + 180_000),
    employee: makePerson(`${seed}/employee`, startMs + 150_000),
    guest: makePerson(`${seed}/guest`, startMs + 210_000),
    company: makeCompany(`${seed}/company`, { founder, createdAtMs: startMs + 90_000 }),
  };
}

/** The id of something in this world, by a name of our own. */
export function idIn(world: ExampleWorld, prefix: string, label: string): string {
  return exampleId(prefix, `${world.seed}/${label}`);
}

/** An instant of this world, in seconds after its start. */
export function instant(world: ExampleWorld, seconds: number): number {
  return world.startMs + Math.round(seconds * 1_000);
}
