import { KINDS, type Policy, spanMs } from "../../core/mod.ts";
import type { DocketConfig, Handler } from "./define_config.ts";

/** A config whose every part is what it should be. */
export interface CheckedConfig {
  readonly policies: readonly Policy[];
  readonly handlers: Readonly<Record<string, Handler>>;
}

/** Checks what a module exported, which the compiler never saw. A text says what is wrong, in one line. */
export function checkConfig(exported: unknown): CheckedConfig | string {
  if (!isRecord(exported)) return "has no default export: write `export default defineConfig({ ... })`";
  const unknown = strange(exported, ["policies", "handlers"]);
  if (unknown !== undefined) return `has an unknown part ${quoted(unknown)}: it may have policies and handlers`;
  const { policies = [], handlers = {} } = exported as DocketConfig;
  return checkPolicies(policies) ?? checkHandlers(handlers) ?? { policies, handlers };
}

function checkPolicies(policies: unknown): string | null {
  if (!Array.isArray(policies)) return "policies: must be a list";
  const names = new Set<string>();
  for (const [index, it] of (policies as readonly unknown[]).entries()) {
    const problem = problemOf(it);
    if (problem !== null) return `policies: number ${index + 1}${nameIn(it)} ${problem}`;
    const { name } = it as Policy;
    if (names.has(name)) return `policies: two are named ${quoted(name)}; names must differ`;
    names.add(name);
  }
  return null;
}

function problemOf(it: unknown): string | null {
  if (!isRecord(it) || typeof it["decide"] !== "function" || !isRecord(it["options"])) {
    return "is no policy: make it with policy(name, options, decide)";
  }
  if (typeof it["name"] !== "string" || !/^[a-z0-9-]{1,64}$/.test(it["name"])) {
    return "must have a name of 1 to 64 of a-z 0-9 and -";
  }
  return problemOfOptions(it["options"]);
}

/** Each option with what it must be. */
const OPTIONS: Readonly<Record<string, readonly [must: string, isRight: (value: unknown) => boolean]>> = {
  kind: [`one of ${KINDS.join(", ")}`, (value) => KINDS.some((kind) => kind === value)],
  once: ["true or false", isFlag],
  level: ["true or false", isFlag],
  observed: ["true or false", isFlag],
  approval: ["true or false", isFlag],
  settle: [`a span such as "5 seconds"`, isSpan],
  holdback: [`a span such as "1 hour"`, isSpan],
  maxAge: [`a span such as "3 days", or "forever"`, (value) => value === "forever" || isSpan(value)],
  until: [`"never", "deleted", or fields with lists of values`, isUntil],
  sinceMs: ["a number of milliseconds", (value) => typeof value === "number" && Number.isFinite(value)],
};

function problemOfOptions(options: Readonly<Record<string, unknown>>): string | null {
  if (options["kind"] === undefined) return `lacks its kind: must be ${OPTIONS["kind"]?.[0]}`;
  const unknown = strange(options, Object.keys(OPTIONS));
  if (unknown !== undefined) return `has an unknown option ${quoted(unknown)}`;
  for (const [name, [must, isRight]] of Object.entries(OPTIONS)) {
    if (options[name] !== undefined && !isRight(options[name])) return `has a wrong ${name}: must be ${must}`;
  }
  return null;
}

function checkHandlers(handlers: unknown): string | null {
  if (!isRecord(handlers)) return "handlers: must be an object of functions by name";
  const wrong = Object.keys(handlers).find((name) => name === "" || typeof handlers[name] !== "function");
  return wrong === undefined ? null : `handlers: ${quoted(wrong)} is no function`;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isFlag(value: unknown): boolean {
  return typeof value === "boolean";
}

function isSpan(value: unknown): boolean {
  return (typeof value === "number" || typeof value === "string") && spanMs(value as number) !== null;
}

function isUntil(value: unknown): boolean {
  return value === "never" || value === "deleted" || (isRecord(value) && Object.values(value).every(Array.isArray));
}

function strange(object: object, known: readonly string[]): string | undefined {
  return Object.keys(object).find((name) => !known.includes(name));
}

function nameIn(it: unknown): string {
  return isRecord(it) && typeof it["name"] === "string" ? ` (${quoted(it["name"])})` : "";
}

function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
