import type { TargetNews } from "./breakers.ts";
import type { Result } from "./settle_jobs.ts";
import { shortText } from "./short_text.ts";

/** A result with whom it is held against. */
export interface AimedResult extends Result {
  readonly target: string;
}

/**
 * What results say of their targets. A job that is refused for what it is shows that the target lives; one that is to
 * come later, or was given back, says nothing. Of targets that never failed no news is made.
 */
export function newsOf(results: readonly AimedResult[], watched: ReadonlySet<string>): readonly TargetNews[] {
  const heard = results.filter(({ outcome }) => outcome._tag !== "Released" || outcome.waiting !== "breaker");
  return [...Map.groupBy(heard, ({ target }) => target)].flatMap(([target, its]): readonly TargetNews[] => {
    const failed = its.filter(isTargetFault);
    const recovered = its.some(isAnswer);
    const handler = its[0]?.job.handler ?? target;
    const error = failed.at(-1)?.outcome;
    const reason = error?._tag === "Failed" || error?._tag === "Dead" ? shortText(error.error) : null;
    if (!recovered && failed.length > 0)
      return [{ target, handler, failures: failed.length, recovered, error: reason }];
    if (!watched.has(target)) return [];
    // A probe that was put off or given back tells nothing: another one is due.
    return [{ target, handler, failures: 0, recovered, error: null }];
  });
}

function isTargetFault({ outcome }: Result): boolean {
  return (outcome._tag === "Failed" && !outcome.free) || (outcome._tag === "Dead" && outcome.exhausted);
}

function isAnswer({ outcome }: Result): boolean {
  return outcome._tag === "Done" || (outcome._tag === "Dead" && !outcome.exhausted);
}
