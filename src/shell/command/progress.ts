export interface Progress {
  /** One more is done. */
  readonly tick: () => void;
  /** So many are done, of so many: what is counted may turn out to be more than was thought. */
  readonly move: (done: number, total: number) => void;
  /** Prints a line above the bar. */
  readonly line: (text: string) => void;
  /** Takes the bar away. */
  readonly end: () => void;
}

export interface ProgressOptions {
  readonly stream?: Pick<NodeJS.WriteStream, "write">;
  /** What is done already: it took no time. @default 0 */
  readonly done?: number;
  /** Said after the bar. @default nothing */
  readonly label?: string;
  /** A clock in milliseconds, from any moment on. @default performance.now */
  readonly nowMs?: () => number;
}

/** Redrawing more often than this only costs time. */
const REDRAW_MS = 100;
const BAR_WIDTH = 30;
/** Of what took less, nobody knows how fast it goes. */
const RATE_AFTER_MS = 1_000;

/**
 * A bar on standard error that shows how much of `total` is done, how fast, and how long it will yet take. For a
 * terminal; nothing is drawn for a file.
 */
export function makeProgress(total: number, options: ProgressOptions = {}): Progress {
  const { stream = process.stderr, done: doneBefore = 0, label, nowMs = () => performance.now() } = options;
  const startedMs = nowMs();
  const count = { done: doneBefore, total };
  let drawnMs = Number.NEGATIVE_INFINITY;
  const draw = (): void => {
    drawnMs = nowMs();
    const pace = paceText(count, { doneBefore, elapsedMs: drawnMs - startedMs });
    stream.write(`\r\x1b[2K${[barText(count), ...pace, ...(label === undefined ? [] : [label])].join("  ")}`);
  };
  const drawSometimes = (): void => {
    if (nowMs() - drawnMs >= REDRAW_MS) draw();
  };
  const clear = (): boolean => stream.write("\r\x1b[2K");
  return {
    tick: () => {
      count.done++;
      drawSometimes();
    },
    move: (done, newTotal) => {
      count.done = done;
      count.total = newTotal;
      drawSometimes();
    },
    line: (text) => {
      clear();
      stream.write(`${text}\n`);
      draw();
    },
    end: () => void clear(),
  };
}

interface Count {
  readonly done: number;
  readonly total: number;
}

function barText({ done, total }: Count): string {
  const filled = total === 0 ? BAR_WIDTH : Math.min(BAR_WIDTH, Math.floor((BAR_WIDTH * done) / total));
  return `[${"#".repeat(filled)}${".".repeat(BAR_WIDTH - filled)}] ${done}/${total}`;
}

interface Pace {
  readonly doneBefore: number;
  readonly elapsedMs: number;
}

function paceText({ done, total }: Count, { doneBefore, elapsedMs }: Pace): readonly string[] {
  const perSecond = ((done - doneBefore) * 1000) / elapsedMs;
  if (elapsedMs < RATE_AFTER_MS || perSecond <= 0) return [];
  return [`${Math.round(perSecond)}/s`, `${durationText(Math.max(0, total - done) / perSecond)} left`];
}

/** Such as `42 s`, `3 min 05 s`, `2 h 10 min`. */
export function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3_600)} h ${two(Math.floor((whole % 3_600) / 60))} min`;
}

function two(number: number): string {
  return String(number).padStart(2, "0");
}
