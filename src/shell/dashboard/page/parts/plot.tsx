import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { useStore } from "../store.ts";
import { coloursChanged } from "../theme.ts";

/** A line of a plot. */
export interface Line {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** The name of one of the page's colours. */
  readonly colour: string;
  /** Told apart without colour, too. */
  readonly dash?: readonly number[];
}

export interface PlotProps {
  readonly title: string;
  /** Milliseconds, ascending. */
  readonly times: readonly number[];
  readonly lines: readonly Line[];
  /** A value in words. */
  readonly words: (value: number) => string;
  /** For values of very different sizes. */
  readonly logarithmic?: boolean;
  /** What it shows, for who does not see it. */
  readonly summary: string;
}

const HEIGHT_PX = 170;
/** The least that a logarithmic plot shows. */
const LEAST = 1;

/** Lines over time. All plots of the page move their cursors together. */
export function Plot(props: PlotProps): JSX.Element {
  const { title, times, lines, logarithmic = false, summary } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const colours = useStore(coloursChanged);
  const labels = lines.map(({ label }) => label).join();
  const data = toData(times, { lines, logarithmic });
  const latest = useRef(data);
  latest.current = data;
  // New values are put into the plot that is there.
  useEffect(() => {
    const box = place.current;
    if (box === null) return;
    const made = new uPlot(optionsOf(props, box), latest.current, box);
    plot.current = made;
    const watcher = new ResizeObserver(() => made.setSize({ width: box.clientWidth, height: HEIGHT_PX }));
    watcher.observe(box);
    return () => {
      watcher.disconnect();
      made.destroy();
    };
  }, [labels, colours, logarithmic]);
  // As often as there are new values, and not more.
  useEffect(() => plot.current?.setData(data), [times, lines]);
  return (
    <figure class="plot">
      <figcaption>
        {title}
        {lines.every(({ values }) => values.every((value) => value === null)) ? ": nothing was measured" : ""}
      </figcaption>
      <div ref={place} role="img" aria-label={`${title}: ${summary}`} />
    </figure>
  );
}

function toData(
  times: readonly number[],
  { lines, logarithmic }: Pick<PlotProps, "lines" | "logarithmic">,
): uPlot.AlignedData {
  const least = (value: number | null): number | null =>
    value === null || logarithmic !== true ? value : Math.max(LEAST, value);
  return [times.map((ms) => ms / 1_000), ...lines.map(({ values }) => values.map(least))];
}

function optionsOf({ lines, words, logarithmic = false }: PlotProps, box: HTMLElement): uPlot.Options {
  const colour = (name: string): string => colourIn(box, name);
  const axis = {
    stroke: colour("dim"),
    font: "11px system-ui, sans-serif",
    grid: { stroke: colour("grid"), width: 1 },
    ticks: { show: false },
  };
  const said = (_: uPlot, value: number | null): string => (value === null || value === undefined ? "–" : words(value));
  return {
    width: Math.max(box.clientWidth, 200),
    height: HEIGHT_PX,
    padding: [8, 8, 0, 0],
    cursor: { sync: { key: "docket" }, points: { size: 5 }, drag: { x: false, y: false } },
    legend: { live: true, markers: { dash: (self, index) => (self.series[index]?.dash ? "dashed" : "solid") } },
    scales: {
      y: logarithmic
        ? { distr: 3, range: (_, min, max) => uPlot.rangeLog(min ?? LEAST, Math.max(max ?? 10, 10), 10, true) }
        : { range: (_, __, max) => [0, Math.max(max ?? 0, 1) * 1.1] },
    },
    axes: [
      { ...axis, space: 70, values: HOURS },
      {
        ...axis,
        size: 56,
        values: (_, splits) => splits.map((it) => (it === null ? "" : words(it))),
        ...(logarithmic ? { splits: roundSpans, filter: all } : {}),
      },
    ],
    series: [
      { label: "time", value: "{YYYY}-{MM}-{DD} {HH}:{mm}" },
      ...lines.map(({ label, colour: name, dash }) => ({
        label,
        stroke: colour(name),
        width: 1.75,
        // A line needs two points: one that stands alone is a dot.
        points: { show: true, size: 4, filter: alone },
        spanGaps: false,
        value: said,
        ...(dash === undefined ? {} : { dash: [...dash] }),
      })),
    ],
  };
}

const SPLITS_MAX = 5;
/** Spans of time that people count in. */
const ROUND_MS = [1, 10, 100, 1_000, 10_000, 60_000, 600_000, 3_600_000, 36_000_000, 86_400_000, 864_000_000];

function roundSpans(...[, , least, most]: readonly [uPlot, number, number, number, ...unknown[]]): number[] {
  const within = ROUND_MS.filter((ms) => ms >= least && ms <= most);
  return within.length > SPLITS_MAX ? within.filter((_, index) => index % 2 === 0) : within;
}

function all(_: uPlot, splits: number[]): number[] {
  return splits;
}

/** A colour of the page as it is now, for who draws by hand. */
function colourIn(box: HTMLElement, name: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(--${name})`;
  box.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

function alone({ data }: uPlot, index: number): number[] {
  const values = data[index] ?? [];
  const isThere = (at: number): boolean => values[at] !== null && values[at] !== undefined;
  return [...values.keys()].filter((at) => isThere(at) && !isThere(at - 1) && !isThere(at + 1));
}

/** How moments are written, by the space between two of them in seconds. */
const HOURS: uPlot.Axis.Values = [
  [86_400, "{MM}-{DD}", null, null, null, null, null, null, 1],
  [60, "{HH}:{mm}", "\n{MM}-{DD}", null, "\n{MM}-{DD}", null, null, null, 1],
  [1, "{HH}:{mm}:{ss}", "\n{MM}-{DD}", null, "\n{MM}-{DD}", null, null, null, 1],
];
