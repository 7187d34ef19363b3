/** A sample as Prometheus reads it. */
export interface ParsedSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A metric with all its samples; those of a histogram are `_bucket`, `_sum` and `_count`. */
export interface ParsedMetric {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly samples: readonly ParsedSample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\"n])*)"(,?)/;
const TYPES = new Set(["counter", "gauge", "histogram", "summary", "untyped"]);

/**
 * Reads Prometheus' text format as strictly as its description is written, and by its conventions of names. Throws on
 * whatever is not so: a sample without its type, a metric in two places, a series twice, a histogram that does not add up.
 */
export function parsePrometheus(text: string): ReadonlyMap<string, ParsedMetric> {
  if (!text.endsWith("\n")) throw new Error("The last line does not end");
  const metrics = new Map<string, { name: string; type: string; help: string; samples: ParsedSample[] }>();
  let help: readonly [string, string] | undefined;
  let current: { name: string; type: string; help: string; samples: ParsedSample[] } | undefined;
  for (const line of text.slice(0, -1).split("\n")) {
    const [, helpName, said] = /^# HELP (\S+) (.+)$/.exec(line) ?? [];
    const [, typeName, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (helpName !== undefined && said !== undefined) {
      if (help !== undefined) throw new Error(`Two helps in a row: ${line}`);
      help = [helpName, said];
    } else if (typeName !== undefined && type !== undefined) {
      if (help?.[0] !== typeName) throw new Error(`A type without its help before it: ${line}`);
      if (!TYPES.has(type) || metrics.has(typeName)) throw new Error(`No such type, or told twice: ${line}`);
      current = { name: typeName, type, help: help[1], samples: [] };
      metrics.set(typeName, current);
      help = undefined;
    } else {
      const sample = parseSample(line);
      if (current === undefined || help !== undefined || !belongs(sample.name, current)) {
        throw new Error(`A sample that is not with its metric: ${line}`);
      }
      current.samples.push(sample);
    }
  }
  if (help !== undefined) throw new Error(`A help without a metric: ${help[0]}`);
  for (const metric of metrics.values()) check(metric);
  return metrics;
}

function belongs(name: string, { name: metric, type }: ParsedMetric): boolean {
  return type === "histogram"
    ? [`${metric}_bucket`, `${metric}_sum`, `${metric}_count`].includes(name)
    : name === metric;
}

function parseSample(line: string): ParsedSample {
  const [name] = NAME.exec(line) ?? [];
  if (name === undefined) throw new Error(`No sample: ${line}`);
  let rest = line.slice(name.length);
  const labels: Record<string, string> = {};
  if (rest.startsWith("{")) {
    rest = rest.slice(1);
    for (let more = true; more && !rest.startsWith("}"); ) {
      const [whole, label, value, comma] = LABEL.exec(rest) ?? [];
      if (whole === undefined || label === undefined || label in labels) throw new Error(`No labels: ${line}`);
      labels[label] = (value ?? "").replaceAll(/\\(.)/g, (_, it: string) => (it === "n" ? "\n" : it));
      rest = rest.slice(whole.length);
      more = comma === ",";
    }
    if (!rest.startsWith("}")) throw new Error(`Labels without an end: ${line}`);
    rest = rest.slice(1);
  }
  const [, number] = /^ ([+-]?Inf|NaN|[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)$/.exec(rest) ?? [];
  if (number === undefined) throw new Error(`No value: ${line}`);
  return { name, labels, value: Number(number.replace("Inf", "Infinity")) };
}

function check({ name, type, samples }: ParsedMetric): void {
  const series = samples.map((it) => `${it.name}${seriesOf(it.labels)}`);
  if (new Set(series).size < series.length) throw new Error(`${name} has a series twice`);
  if ((type === "counter") !== name.endsWith("_total")) throw new Error(`${name} is not named as a ${type} is`);
  if (/_(ms|milliseconds|minutes|kilobytes|kb)(_|$)/.test(name)) throw new Error(`${name} is not in base units`);
  if (type === "counter" && samples.some(({ value }) => value < 0)) throw new Error(`${name} counts below 0`);
  if (type === "histogram") checkHistogram(name, samples);
}

function checkHistogram(name: string, samples: readonly ParsedSample[]): void {
  const bySeries = Map.groupBy(samples, ({ labels: { le: _, ...labels } }) => seriesOf(labels));
  for (const own of bySeries.values()) {
    const buckets = own.filter((it) => it.name === `${name}_bucket`);
    const bounds = buckets.map(({ labels }) => Number((labels["le"] ?? "").replace("Inf", "Infinity")));
    const counts = buckets.map(({ value }) => value);
    const [sum, count] = ["_sum", "_count"].map((part) => own.find((it) => it.name === `${name}${part}`)?.value);
    const rises = (values: readonly number[]): boolean =>
      values.every((it, at) => at === 0 || it >= (values[at - 1] ?? 0));
    if (!rises(bounds) || new Set(bounds).size < bounds.length) throw new Error(`${name}'s bounds do not rise`);
    if (!rises(counts)) throw new Error(`${name}'s buckets are not cumulated`);
    if (bounds.at(-1) !== Number.POSITIVE_INFINITY || counts.at(-1) !== count) throw new Error(`${name} lacks some`);
    if (sum === undefined || Number.isNaN(sum)) throw new Error(`${name} has no sum`);
  }
}

function seriesOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).toSorted(([left], [right]) => (left < right ? -1 : 1)));
}
