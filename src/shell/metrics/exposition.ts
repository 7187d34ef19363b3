import type { Histogram } from "../signals/histogram.ts";

/** One metric with its samples, in the terms of Prometheus. */
export type Metric = NumberMetric | HistogramMetric;

interface NumberMetric {
  /** Such as `docket_jobs`; a counter's ends in `_total`. */
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

interface HistogramMetric {
  readonly name: string;
  readonly type: "histogram";
  readonly help: string;
  readonly histogram: Histogram;
  /** How many of the metric's units one of the histogram's is: 0.001 for milliseconds. */
  readonly scale: number;
}

export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** Metrics in Prometheus' text format. */
export function toExposition(metrics: readonly Metric[]): string {
  return metrics.map(toLines).join("");
}

function toLines(metric: Metric): string {
  const { name, type, help } = metric;
  const lines = metric.type === "histogram" ? histogramLines(metric) : metric.samples.map((it) => lineOf(name, it));
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
}

function lineOf(name: string, { labels = {}, value }: Sample): string {
  return `${name}${labelsOf(labels)} ${value}`;
}

/** Each bucket holds all that is not above its bound. */
function histogramLines({ name, histogram, scale }: HistogramMetric): readonly string[] {
  let below = 0;
  const buckets = histogram.counts.map((count, index) => {
    below += count;
    const bound = histogram.bounds[index];
    return lineOf(`${name}_bucket`, {
      labels: { le: bound === undefined ? "+Inf" : scaled(bound, scale) },
      value: below,
    });
  });
  const sum = Number(scaled(histogram.sum, scale));
  return [...buckets, lineOf(`${name}_sum`, { value: sum }), lineOf(`${name}_count`, { value: histogram.total })];
}

/** Without the digits that a binary fraction adds: 0.3, not 0.30000000000000004. */
function scaled(value: number, scale: number): string {
  return String(Number((value * scale).toPrecision(12)));
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
