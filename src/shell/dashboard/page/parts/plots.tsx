import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import { useAsk } from "../use_ask.ts";
import type { Quantiles, Series, SeriesPoint } from "../wire.ts";
import { countWords, spanWords } from "../words.ts";
import { type Line, Plot } from "./plot.tsx";
import { Loading, Section, Trouble } from "./view.tsx";

const RANGES = { "1 hour": 3_600, "6 hours": 21_600, "1 day": 86_400, "7 days": 604_800 } as const;
type Range = keyof typeof RANGES;
const POINTS = 120;
const EVERY_MS = 5_000;

/** Rates and lags over the last hour, or longer. */
export function Plots(): JSX.Element {
  const [range, setRange] = useState<Range>("1 hour");
  const [untilMs, setUntil] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setUntil(Date.now());
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  const { data, error } = useKept(range, untilMs);
  return (
    <Section
      title="Rate and lag"
      aside={
        <fieldset class="ranges">
          <legend class="hidden">How far back</legend>
          {(Object.keys(RANGES) as Range[]).map((name) => (
            <button key={name} type="button" aria-pressed={name === range} onClick={() => setRange(name)}>
              {name}
            </button>
          ))}
        </fieldset>
      }
    >
      {error !== undefined && data === undefined ? <Trouble error={error} /> : null}
      {data === undefined && error === undefined ? <Loading /> : null}
      {data === undefined ? null : <AllPlots series={data} />}
    </Section>
  );
}

/** The series of a range, where the last one stays until the next is there. */
function useKept(range: Range, untilMs: number): Pick<ReturnType<typeof useAsk<Series>>, "data" | "error"> {
  const from = new Date(untilMs - RANGES[range] * 1_000).toISOString();
  const until = new Date(untilMs).toISOString();
  const { data, error } = useAsk<Series>(`/stats/series?from=${from}&until=${until}&points=${POINTS}`);
  const [kept, setKept] = useState<Series>();
  useEffect(() => {
    if (data !== undefined) setKept(data);
  }, [data]);
  return { data: data ?? kept, error };
}

function AllPlots({ series }: { readonly series: Series }): JSX.Element {
  const { points, stepSeconds } = series;
  const shown = useMemo(() => linesOf(points, stepSeconds), [points, stepSeconds]);
  const { times, rates, lags, late, effects } = shown;
  const sum = (read: (point: SeriesPoint) => number): string =>
    countWords(points.reduce((total, point) => total + read(point), 0));
  const worst = (read: (point: SeriesPoint) => Quantiles | null): string =>
    spanWords(Math.max(0, ...points.map((point) => read(point)?.p95 ?? 0)));
  return (
    <div class="plots">
      <Plot
        title="Messages a minute, by what came of them"
        times={times}
        lines={rates}
        words={rateWords}
        summary={`${sum((it) => it.received)} received, ${sum((it) => it.applied)} applied, ${sum((it) => it.stale)} stale, ${sum((it) => it.duplicate)} duplicate, ${sum((it) => it.quarantined)} quarantined`}
      />
      <Plot
        title="Lag, 95 of 100 are quicker"
        times={times}
        lines={lags}
        words={spanWords}
        logarithmic
        summary={`at worst ${worst((it) => it.happenedToReceivedMs)} until received, ${worst((it) => it.receivedToAppliedMs)} until applied, ${worst((it) => it.appliedToEffectMs)} until the effect`}
      />
      <Plot
        title="Out of order: how much older than what was on file"
        times={times}
        lines={late}
        words={spanWords}
        logarithmic
        summary={`at worst ${worst((it) => it.lateMs)}`}
      />
      <Plot
        title="Side effects a minute"
        times={times}
        lines={effects}
        words={rateWords}
        summary={`${sum((it) => it.effectsDone)} done, ${sum((it) => it.effectsFailed)} failed`}
      />
    </div>
  );
}

interface Shown {
  readonly times: readonly number[];
  readonly rates: readonly Line[];
  readonly lags: readonly Line[];
  readonly late: readonly Line[];
  readonly effects: readonly Line[];
}

function linesOf(points: readonly SeriesPoint[], stepSeconds: number): Shown {
  const aMinute = (read: (point: SeriesPoint) => number) => points.map((it) => (read(it) * 60) / stepSeconds);
  const p95 = (read: (point: SeriesPoint) => Quantiles | null) => points.map((it) => read(it)?.p95 ?? null);
  return {
    times: points.map(({ at }) => Date.parse(at)),
    rates: [
      { label: "received", colour: "line-1", values: aMinute((it) => it.received) },
      { label: "applied", colour: "line-2", values: aMinute((it) => it.applied), dash: [6, 3] },
      { label: "stale", colour: "line-3", values: aMinute((it) => it.stale), dash: [2, 3] },
      { label: "duplicate", colour: "line-4", values: aMinute((it) => it.duplicate), dash: [8, 3, 2, 3] },
      { label: "quarantined", colour: "line-5", values: aMinute((it) => it.quarantined) },
    ],
    lags: [
      { label: "happened to received", colour: "line-1", values: p95((it) => it.happenedToReceivedMs) },
      { label: "received to applied", colour: "line-2", values: p95((it) => it.receivedToAppliedMs), dash: [6, 3] },
      { label: "applied to effect", colour: "line-3", values: p95((it) => it.appliedToEffectMs), dash: [2, 3] },
    ],
    late: [
      { label: "half of them", colour: "line-2", values: points.map((it) => it.lateMs?.p50 ?? null), dash: [6, 3] },
      { label: "95 of 100", colour: "line-1", values: p95((it) => it.lateMs) },
    ],
    effects: [
      { label: "done", colour: "line-2", values: aMinute((it) => it.effectsDone) },
      { label: "failed", colour: "line-5", values: aMinute((it) => it.effectsFailed), dash: [6, 3] },
    ],
  };
}

function rateWords(value: number): string {
  return value >= 10 ? countWords(Math.round(value)) : String(Number(value.toFixed(1)));
}
