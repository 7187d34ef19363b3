/** A place in a list that is newest first. What stands after it there is older, or as old with a lesser id. */
export interface Place {
  /** Milliseconds since the Unix epoch. */
  readonly atMs: number;
  /** Microseconds after that, 0 to 999: the database's own times have them, others not. @default 0 */
  readonly micros?: number;
  readonly id: string;
}

/** The last millisecond of the year 9999. */
const TIME_MS_MAX = 253_402_300_799_999;
const CURSOR = /^(\d{1,15})(?:_(\d{3}))?\.([A-Za-z0-9_-]{1,2000})$/;
/** With a zone, so that it means the same on every machine; a date alone is its midnight in UTC. */
const ISO_TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/;

/** The place as one opaque word, safe in an address. */
export function writeCursor({ atMs, micros = 0, id }: Place): string {
  const finer = micros === 0 ? "" : `_${String(micros).padStart(3, "0")}`;
  return `${atMs}${finer}.${Buffer.from(id, "utf8").toString("base64url")}`;
}

/** Reads a cursor, or an ISO time: the place before all of that instant. Undefined: it is neither. */
export function readPlace(text: string): Place | undefined {
  const [, time, micros, id] = CURSOR.exec(text) ?? [];
  if (time !== undefined && id !== undefined) {
    const finer = micros === undefined ? {} : { micros: Number(micros) };
    const place = { atMs: Number(time), ...finer, id: Buffer.from(id, "base64url").toString("utf8") };
    return place.atMs <= TIME_MS_MAX && writeCursor(place) === text && !place.id.includes("\0") ? place : undefined;
  }
  const atMs = readTimeMs(text);
  return atMs === undefined ? undefined : { atMs, id: "" };
}

/** Reads an ISO time to the millisecond. Undefined: it is none. */
export function readTimeMs(text: string): number | undefined {
  const atMs = ISO_TIME.test(text) && isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN;
  return Number.isFinite(atMs) ? Math.min(Math.max(atMs, 0), TIME_MS_MAX) : undefined;
}

/** False for the 30th of February, which parses as another day. */
function isDay(date: string): boolean {
  const atMs = Date.parse(date);
  return Number.isFinite(atMs) && new Date(atMs).toISOString().startsWith(date);
}
