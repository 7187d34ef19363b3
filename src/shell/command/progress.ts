export interface Progress {
  /** One more is done. */
  readonly tick: () => void;
  /** Prints a line above the bar. */
  readonly line: (text: string) => void;
  /** Takes the bar away. */
  readonly end: () => void;
}

/** Redrawing more often than this only costs time. */
const REDRAW_MS = 100;
const BAR_WIDTH = 30;

/** A bar on standard error that shows how much of `total` is done. For a terminal; nothing is drawn for a file. */
export function makeProgress(total: number, stream: NodeJS.WriteStream = process.stderr): Progress {
  let done = 0;
  let drawnMs = Number.NEGATIVE_INFINITY;
  const draw = (): void => {
    const filled = Math.floor((BAR_WIDTH * done) / total);
    const bar = `${"#".repeat(filled)}${".".repeat(BAR_WIDTH - filled)}`;
    stream.write(`\r\x1b[2K[${bar}] ${done}/${total}`);
    drawnMs = performance.now();
  };
  const clear = (): boolean => stream.write("\r\x1b[2K");
  return {
    tick: () => {
      done++;
      if (performance.now() - drawnMs >= REDRAW_MS) draw();
    },
    line: (text) => {
      clear();
      stream.write(`${text}\n`);
      draw();
    },
    end: () => void clear(),
  };
}
