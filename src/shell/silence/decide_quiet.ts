/** How often messages of one type came. */
export interface Rhythm {
  /** The event type; `''`: all types together. */
  readonly type: string;
  readonly firstAtMs: number;
  readonly lastAtMs: number;
  /** Hours in which any came, of the last four weeks before the last message, in their order. */
  readonly hours: readonly RhythmHour[];
}

export interface RhythmHour {
  /** When it begins: a whole hour, milliseconds since the Unix epoch. */
  readonly startMs: number;
  readonly messages: number;
  /** The longest wait that a message of this hour ended. */
  readonly gapMs: number;
}

/** A type that should have come by now. */
export interface Quiet {
  readonly _tag: "Quiet";
  readonly type: string;
  readonly lastAtMs: number;
  /**
   * `gap`: it has been quiet for far longer than it ever was, which is `usualMs`. `hours`: in the same hours of other
   * weeks it came, and `usualMs` is how long it has been quiet.
   */
  readonly because: "gap" | "hours";
  readonly usualMs: number;
}

export interface DecideQuietOptions {
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: number;
  /** Since when the source is listened to without a break: what came before could not be heard. */
  readonly listeningSinceMs: number;
  /** Nothing is quiet that was heard this lately. */
  readonly afterMs: number;
}

export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const WEEK_MS = 7 * DAY_MS;

/** How long before its last message a type's hours are remembered: four weeks, and the hour that begins them. */
export const REMEMBERED_MS = 4 * WEEK_MS + DAY_MS;
/** A week and a day hold each night and a weekend from its beginning to its end. */
const LEARNING_MS = 8 * DAY_MS;
/** Fewer say nothing about the next. */
const MESSAGES_MIN = 50;
/** So many times the longest wait. */
export const GAP_FACTOR = 3;
/** Messages in the same hours of another week that make those hours busy: at this rate, none at all is no chance. */
const BUSY_MESSAGES = 30;
const WEEKS = [1, 2, 3, 4] as const;
const BUSY_WEEKS_MIN = 3;
/** Of the weeks that are known: a holiday, or an outage. */
const IDLE_WEEKS_MAX = 1;
/** Then a type is taken to have ended, as one that nobody subscribes to any more. Not so all types together. */
const ENDED_MS = WEEK_MS;

/** The types that should have come by now, all together (`''`) first. Says nothing in the first week. */
export function decideQuiet(rhythms: readonly Rhythm[], options: DecideQuietOptions): readonly Quiet[] {
  return rhythms
    .toSorted((left, right) => (left.type < right.type ? -1 : 1))
    .flatMap((rhythm) => decideOne(rhythm, options) ?? []);
}

function decideOne(rhythm: Rhythm, { nowMs, listeningSinceMs, afterMs }: DecideQuietOptions): Quiet | null {
  const { type, firstAtMs, lastAtMs, hours } = rhythm;
  const sinceMs = Math.max(lastAtMs, listeningSinceMs);
  const quietMs = nowMs - sinceMs;
  if (quietMs < afterMs || lastAtMs - firstAtMs < LEARNING_MS) return null;
  if (type !== "" && nowMs - lastAtMs > ENDED_MS) return null;
  const messages = hours.reduce((sum, hour) => sum + hour.messages, 0);
  if (messages < MESSAGES_MIN) return null;
  const longestMs = hours.reduce((longest, hour) => Math.max(longest, hour.gapMs), 0);
  if (quietMs > GAP_FACTOR * longestMs) return { _tag: "Quiet", type, lastAtMs, because: "gap", usualMs: longestMs };
  return isBusyInOtherWeeks(rhythm, { fromMs: sinceMs, toMs: nowMs })
    ? { _tag: "Quiet", type, lastAtMs, because: "hours", usualMs: quietMs }
    : null;
}

interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

function isBusyInOtherWeeks({ firstAtMs, hours }: Rhythm, { fromMs, toMs }: Window): boolean {
  const known = WEEKS.filter((week) => fromMs - week * WEEK_MS >= firstAtMs);
  const busy = known.filter((week) => {
    const window = { fromMs: fromMs - week * WEEK_MS, toMs: toMs - week * WEEK_MS };
    return messagesIn(hours, window) >= BUSY_MESSAGES;
  });
  return busy.length >= BUSY_WEEKS_MIN && known.length - busy.length <= IDLE_WEEKS_MAX;
}

/** Of whole hours only: what came in a part of one is not known. */
function messagesIn(hours: readonly RhythmHour[], { fromMs, toMs }: Window): number {
  const within = hours.filter(({ startMs }) => startMs >= fromMs && startMs + HOUR_MS <= toMs);
  return within.reduce((sum, { messages }) => sum + messages, 0);
}
