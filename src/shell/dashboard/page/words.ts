/** How long, in the largest unit that says enough: `12 s`, `3 min`, `5 h`, `2 d`. */
export function spanWords(ms: number): string {
  const seconds = Math.abs(ms) / 1_000;
  if (seconds < 1) return `${Math.round(Math.abs(ms))} ms`;
  if (seconds < 90) return `${seconds < 10 ? Number(seconds.toFixed(1)) : Math.round(seconds)} s`;
  if (seconds < 90 * 60) return `${Math.round(seconds / 60)} min`;
  if (seconds < 36 * 3_600) return `${Math.round(seconds / 3_600)} h`;
  if (seconds < 60 * 86_400) return `${Math.round(seconds / 86_400)} d`;
  if (seconds < 730 * 86_400) return `${Math.round(seconds / (30.44 * 86_400))} months`;
  return `${Math.round(seconds / (365.25 * 86_400))} years`;
}

/** How long ago, or how far ahead. */
export function agoWords(atMs: number, nowMs: number): string {
  const ms = nowMs - atMs;
  if (Math.abs(ms) < 5_000) return "just now";
  return ms > 0 ? `${spanWords(ms)} ago` : `in ${spanWords(ms)}`;
}

/** The moment as the reader's own clock says it, to the second. */
export function momentWords(at: string | number): string {
  const date = new Date(at);
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

const COUNT = new Intl.NumberFormat("en");

/** A count with its thousands apart. */
export function countWords(count: number): string {
  return COUNT.format(count);
}

/** `1 job`, `2 jobs`; `1 delivery`, `2 deliveries`. */
export function plural(count: number, noun: string, many = `${noun}s`): string {
  return `${countWords(count)} ${count === 1 ? noun : many}`;
}

/** `organization_membership` as people say it. */
export function kindWords(kind: string): string {
  return kind.replaceAll("_", " ");
}
