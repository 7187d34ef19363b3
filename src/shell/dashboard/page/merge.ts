import type { Event, Job } from "./wire.ts";

/** The page, and before it what arrived since it was read. */
export function mergeEvents(shown: readonly Event[], fresh: readonly Event[]): readonly Event[] {
  const ids = new Set(fresh.map(({ svixId }) => svixId));
  const newest = fresh[0]?.receivedAt ?? "";
  return [...shown.filter(({ svixId, receivedAt }) => !ids.has(svixId) && receivedAt > newest), ...fresh];
}

/** The news before the others, none twice: a message that was delivered again is news. */
export function putFirst(news: readonly Event[], old: readonly Event[]): readonly Event[] {
  const ids = new Set(news.map(({ svixId }) => svixId));
  return [...news, ...old.filter(({ svixId }) => !ids.has(svixId))];
}

/** The page, in which no job goes back to what it was before. */
export function mergeJobs(shown: readonly Job[], fresh: readonly Job[]): readonly Job[] {
  const known = new Map(shown.map((job) => [job.key, job]));
  return fresh.map((job) => {
    const before = known.get(job.key);
    return before !== undefined && before.updatedAt > job.updatedAt ? before : job;
  });
}
