import { Config, Effect } from "effect";
import { type Span, spanMs } from "../core/mod.ts";
import { SettingError } from "./setting_error.ts";

/** The variable as text. */
export function text(variable: string, fallback: string): Effect.Effect<string, SettingError> {
  return Effect.mapError(
    Config.String(variable).pipe(Config.withDefault(fallback)),
    () => new SettingError({ variable, problem: "is not readable as text" }),
  );
}

export interface IntegerOptions {
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
}

/** A whole number within its bounds. */
export function integer(variable: string, options: IntegerOptions): Effect.Effect<number, SettingError> {
  const { fallback, min, max } = options;
  return Effect.flatMap(text(variable, String(fallback)), (value) => {
    const number = wholeWithin(value, options);
    return number !== null
      ? Effect.succeed(number)
      : Effect.fail(new SettingError({ variable, problem: `must be a whole number from ${min} to ${max}` }));
  });
}

/** One of the choices, in whatever case. */
export function oneOf<T extends string>(
  variable: string,
  choices: readonly T[],
  fallback: T,
): Effect.Effect<T, SettingError> {
  return Effect.flatMap(text(variable, fallback), (value) => {
    const choice = choices.find((it) => it === value.toLowerCase());
    return choice !== undefined
      ? Effect.succeed(choice)
      : Effect.fail(new SettingError({ variable, problem: `must be one of ${choices.join(", ")}` }));
  });
}

/** What is between commas and spaces. */
export function split(list: string): readonly string[] {
  return list.split(/[\s,]+/).filter((it) => it !== "");
}

export interface SpanOptions {
  readonly fallback: string;
  readonly min: Span;
  readonly max: Span;
}

/** Milliseconds of a time such as `15 minutes`; null for `off`. */
export function spanOrOff(
  variable: string,
  { fallback, min, max }: SpanOptions,
): Effect.Effect<number | null, SettingError> {
  return Effect.flatMap(text(variable, fallback), (value) => {
    if (value.toLowerCase() === "off") return Effect.succeed(null);
    const ms = spanMs(value as Span);
    if (ms !== null && ms >= (spanMs(min) ?? 0) && ms <= (spanMs(max) ?? 0)) return Effect.succeed(ms);
    const problem = `must be a time from "${min}" to "${max}", such as "10 minutes", or "off"`;
    return Effect.fail(new SettingError({ variable, problem }));
  });
}

/** A number of days; null for `off`. */
export function daysOrOff(variable: string, options: IntegerOptions): Effect.Effect<number | null, SettingError> {
  const { fallback, min, max } = options;
  return Effect.flatMap(text(variable, String(fallback)), (value) => {
    if (value.toLowerCase() === "off") return Effect.succeed(null);
    const days = wholeWithin(value, options);
    if (days !== null) return Effect.succeed(days);
    const problem = `must be a whole number of days from ${min} to ${max}, or "off"`;
    return Effect.fail(new SettingError({ variable, problem }));
  });
}

function wholeWithin(value: string, { min, max }: IntegerOptions): number | null {
  const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  return number >= min && number <= max ? number : null;
}
