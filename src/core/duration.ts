const UNIT_MS = {
  millisecond: 1,
  second: 1_000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
} as const;

type Unit = keyof typeof UNIT_MS;

/** A span of time: milliseconds, or words such as `"5 seconds"` and `"1 day"`. */
export type Span = number | `${number} ${Unit}` | `${number} ${Unit}s`;

/** Milliseconds of a span; null for one that is none. */
export function spanMs(span: Span): number | null {
  if (typeof span === "number") return Number.isFinite(span) && span >= 0 ? span : null;
  const [, amount = "", unit = ""] = /^(\d+(?:\.\d+)?) ([a-z]+?)s?$/.exec(span) ?? [];
  return isUnit(unit) ? Number(amount) * UNIT_MS[unit] : null;
}

function isUnit(unit: string): unit is Unit {
  return Object.hasOwn(UNIT_MS, unit);
}
