import { spanMs } from "../../core/mod.ts";

/** What is wrong with a handler, for people; null if nothing is. */
export function problemOfHandler(name: string, it: unknown): string | null {
  if (!/^[\w.:-]{1,100}$/.test(name)) return "must have a name of 1 to 100 of A-Z a-z 0-9 _ . : -";
  if (typeof it === "function") return null;
  if (!isRecord(it) || it["_tag"] !== "Handler" || typeof it["run"] !== "function") {
    return "is no handler: it must be a function, or what handler(options, function), email() and the like make";
  }
  const wrong = Object.entries(OPTIONS).find(
    ([option, [, isRight]]) => it[option] !== undefined && !isRight(it[option]),
  );
  return wrong === undefined ? null : `has a wrong ${wrong[0]}: must be ${wrong[1][0]}`;
}

/** Each option with what it must be. */
const OPTIONS: Readonly<Record<string, readonly [must: string, isRight: (value: unknown) => boolean]>> = {
  timeout: [`a span such as "30 seconds"`, isSpan],
  attempts: ["a whole number from 1", isCount],
  concurrency: ["a whole number from 1", isCount],
  rate: [
    `such as { jobs: 10, per: "1 second" }`,
    (value) => isRecord(value) && isCount(value["jobs"]) && isSpan(value["per"]),
  ],
  order: [`"none" or "entity"`, (value) => value === "none" || value === "entity"],
  target: ["a function of the payload", (value) => typeof value === "function"],
  close: ["a function", (value) => typeof value === "function"],
};

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && Number(value) >= 1;
}

function isSpan(value: unknown): boolean {
  return (typeof value === "number" || typeof value === "string") && (spanMs(value as number) ?? 0) > 0;
}

/** True for an object with names, whatever is in it. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
