import type { Kysely } from "kysely";
import type { DocketDatabase } from "../database/schema.ts";
import { type Breaker, takeProbe } from "./breakers.ts";
import type { ClaimedJob, Wish } from "./claim_jobs.ts";
import type { Now } from "./now.ts";
import type { Handlers } from "./resolve_handlers.ts";
import { shortText } from "./short_text.ts";
import type { Slots } from "./slots.ts";
import type { AimedResult } from "./target_news.ts";

/** How long a job that came along with a probe waits for what becomes of it. */
const PROBE_WAIT_MS = 1_000;

/** How many jobs of each handler may be taken: none of one whose own breaker is open, one where a probe is due. */
export function wishesOf(handlers: Handlers, slots: Slots, breakers: readonly Breaker[]): readonly Wish[] {
  const open = openOf(breakers);
  return [...handlers.values()].map((handler) => {
    const breaker = open.get(handler.name);
    const most = breaker === undefined ? Number.POSITIVE_INFINITY : breaker.waitMs > 0 ? 0 : 1;
    return { handler: handler.name, most: Math.min(slots.free(handler), most), ordered: handler.ordered };
  });
}

function openOf(breakers: readonly Breaker[]): ReadonlyMap<string, Breaker> {
  return new Map(breakers.filter(({ isOpen }) => isOpen).map((it) => [it.target, it]));
}

/** A job with whom it is held against. */
export interface AimedJob {
  readonly job: ClaimedJob;
  readonly target: string;
}

export interface Gated {
  readonly through: readonly AimedJob[];
  readonly released: readonly AimedResult[];
}

export interface GateOptions {
  readonly handlers: Handlers;
  readonly breakers: readonly Breaker[];
  readonly now: Now;
}

/** Lets jobs through to targets whose breaker is closed, and the one probe to a target that has rested. */
export async function gate(
  db: Kysely<DocketDatabase>,
  jobs: readonly ClaimedJob[],
  { handlers, breakers, now }: GateOptions,
): Promise<Gated> {
  const open = openOf(breakers);
  const through: AimedJob[] = [];
  const released: AimedResult[] = [];
  const probed = new Set<string>();
  for (const job of jobs) {
    const target = targetOf(job, handlers);
    const breaker = open.get(target);
    const isProbe = breaker?.waitMs === 0 && !probed.has(target) && (await takeProbe(db, target, now));
    if (breaker === undefined || isProbe) through.push({ job, target });
    else {
      // While a probe is under way nobody knows how long: soon.
      const delayMs = breaker.waitMs > 0 && !breaker.isProbing ? breaker.waitMs : PROBE_WAIT_MS;
      released.push({ job, target, outcome: { _tag: "Released", delayMs, waiting: "breaker" } });
    }
    if (breaker?.waitMs === 0) probed.add(target);
  }
  return { through, released };
}

/** The job's handler if its own function can't say. */
function targetOf({ handler, payload }: ClaimedJob, handlers: Handlers): string {
  try {
    const target: unknown = handlers.get(handler)?.targetOf(payload);
    return typeof target === "string" ? shortText(target) : handler;
  } catch {
    return handler;
  }
}
