import { KINDS, type Policy, spanMs } from "../../core/mod.ts";
import type { Handler } from "../handler/handler.ts";
import { isRecord, problemOfHandler } from "./check_handler.ts";
import type { DocketConfig, Hooks } from "./define_config.ts";

/** A config whose every part is what it should be. */
export interface CheckedConfig {
  readonly policies: readonly Policy[];
  readonly handlers: Readonly<Record<string, Handler>>;
  readonly hooks: Hooks;
}

/** Checks what a module exported, which the compiler never saw. A text says what is wrong, in one line. */
export function checkConfig(exported: unknown): CheckedConfig | string {
  if (!isRecord(exported)) return "has no default export: write `export default defineConfig({ ... })`";
  const unknown = strange(exported, ["policies", "handlers", "hooks"]);
  if (unknown !== undefined) return `has an unknown part ${quoted(unknown)}: it may have policies, handlers and hooks`;
  const { policies = [], handlers = {}, hooks = {} } = exported as DocketConfig;
  return checkPolicies(policies) ?? checkHandlers(handlers) ?? checkHooks(hooks) ?? { policies, handlers, hooks };
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
  stopAbove: [`such as { jobs: 50, per: "1 minute" }, or false`, isJobRate],
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
  for (const [name, it] of Object.entries(handlers)) {
    const problem = problemOfHandler(name, it);
    if (problem !== null) return `handlers: ${quoted(name)} ${problem}`;
  }
  return null;
}

function checkHooks(hooks: unknown): string | null {
  if (!isRecord(hooks)) return "hooks: must be an object of functions by name";
  const unknown = strange(hooks, ["silence"]);
  if (unknown !== undefined) return `hooks: there is none named ${quoted(unknown)}: it may have silence`;
  const { silence } = hooks;
  return silence === undefined || typeof silence === "function" ? null : "hooks: silence must be a function";
}

function isFlag(value: unknown): boolean {
  return typeof value === "boolean";
}

function isSpan(value: unknown): boolean {
  return (typeof value === "number" || typeof value === "string") && spanMs(value as number) !== null;
}

function isJobRate(value: unknown): boolean {
  if (value === false) return true;
  return isRecord(value) && Number.isSafeInteger(value["jobs"]) && Number(value["jobs"]) >= 0 && isSpan(value["per"]);
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
