/** Series that a query of Prometheus names, with the labels that it matches them by and the values it names outright. */
export interface NamedSeries {
  readonly name: string;
  readonly labels: Readonly<Record<string, readonly string[]>>;
}

/** Words of the language, and labels that Prometheus itself adds. */
const FUNCTIONS = new Set(
  "absent by count delta histogram_quantile increase max min min_over_time rate sum time topk unless and or".split(" "),
);
const OF_PROMETHEUS = ["instance", "job"];

/** What a query names: every name that is no function must be a series. Labels of `by (...)` are taken as of them all. */
export function seriesOf(query: string): readonly NamedSeries[] {
  const grouped = [...query.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, labels]) => (labels ?? "").split(/, */));
  const flat = query.replaceAll(/("[^"]*")|\bby \([^)]*\)|\[[^\]]*\]|\b\d[\d.e]*/g, (_, quoted = "") => quoted);
  return [...flat.matchAll(/([a-zA-Z_][a-zA-Z0-9_]*)(?:\{([^}]*)\})?/g)].flatMap(([, name = "", matchers = ""]) => {
    if (FUNCTIONS.has(name)) return [];
    const pairs = [...matchers.matchAll(/([a-z_]+)(?:=~|!~|!=|=)"([^"]*)"/g)].map(
      ([, label = "", values = ""]) => [label, values.split("|")] as const,
    );
    const labels = Object.fromEntries([...grouped.map((label) => [label, []] as const), ...pairs]);
    return [{ name, labels: without(labels, OF_PROMETHEUS) }];
  });
}

function without<T>(record: Readonly<Record<string, T>>, names: readonly string[]): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !names.includes(name)));
}
