import { randomBytes } from "node:crypto";
import { EVENT_TYPES, isEventType } from "../../core/mod.ts";
import { isScenarioName, SCENARIO_NAMES } from "../example/scenario.ts";
import { parseSetting, type Setting } from "./set_path.ts";
import type { TriggerPlan, TriggerSubject } from "./trigger_message.ts";
import { UsageError } from "./usage_error.ts";

/** The options of `docket trigger` as they were written. */
export interface TriggerOptions {
  readonly url?: string;
  readonly secret?: string;
  readonly set: readonly string[];
  readonly count: number;
  readonly scenario?: string;
  readonly shuffle?: boolean;
  /** How often each message is sent again. */
  readonly duplicate?: number;
  readonly seed?: string;
  readonly at?: string;
  readonly json?: boolean;
  readonly concurrency?: number;
}

/** Messages of one command. More would not fit in memory. */
export const MESSAGES_MAX = 200_000;
export const CONCURRENCY_MAX = 64;

/** When a seeded life begins unless `--at` says otherwise: the same seed gives the same bytes, today and next year. */
const SEEDED_START_MS = Date.UTC(2026, 0, 1);

/** A timestamp is up to 58 ms later than what it tells of, and must not lie in the future. */
const NOW_LAG_MS = 100;

/** Checks what was asked for. Throws a {@link UsageError} that names the option. */
export function readPlan(
  type: string | undefined,
  options: TriggerOptions & { readonly instanceId: string },
): TriggerPlan {
  const { set, count, shuffle = false, duplicate = 0, instanceId } = options;
  const seeded = options.seed !== undefined;
  const seed = options.seed ?? randomBytes(9).toString("base64url");
  const atMs = options.at === undefined ? undefined : readInstant(options.at);
  const example =
    seeded && atMs === undefined
      ? ({ seed, instanceId, nowMs: SEEDED_START_MS, anchor: "start" } as const)
      : ({ seed, instanceId, nowMs: atMs ?? Date.now() - NOW_LAG_MS, anchor: "end" } as const);
  const settings = set.map(readSetting);
  return { subject: readSubject(type, options.scenario), count, duplicates: duplicate, shuffle, settings, example };
}

/** Order is kept where it means something, unless it is to be shuffled. */
export function concurrencyOf(plan: TriggerPlan, wanted: number | undefined): number {
  return wanted ?? (plan.subject._tag === "Scenario" && !plan.shuffle ? 1 : 8);
}

function readSubject(type: string | undefined, scenarioName: string | undefined): TriggerSubject {
  if (type !== undefined && scenarioName !== undefined) {
    throw new UsageError("Give an event type or --scenario, not both");
  }
  if (scenarioName !== undefined) {
    if (isScenarioName(scenarioName)) return { _tag: "Scenario", name: scenarioName };
    throw new UsageError(`Unknown scenario "${scenarioName}": must be one of ${SCENARIO_NAMES.join(", ")}`);
  }
  if (type === undefined) {
    throw new UsageError("Name an event type, such as `docket trigger user.created`, or a --scenario, such as life");
  }
  if (isEventType(type)) return { _tag: "Event", type };
  throw new UsageError(
    `Unknown event type "${type}": ${typesLike(type)}. For one of your own, send a known one with --set type=${type}`,
  );
}

/** The types that may have been meant: those of the same kind, else all. */
function typesLike(type: string): string {
  const all = Object.keys(EVENT_TYPES);
  const kind = type.split(".")[0]?.toLowerCase() ?? "";
  const near = kind === "" ? [] : all.filter((it) => it.toLowerCase().startsWith(kind));
  return near.length > 0
    ? `must be one of ${near.join(", ")}`
    : `must be one of ${all.join(", ")}; for one of your own, send one of these with --set type=${type}`;
}

function readSetting(text: string): Setting {
  const setting = parseSetting(text);
  if (setting !== undefined) return setting;
  throw new UsageError(`Cannot read --set "${text}": must be path=value, such as data.first_name=Zoe`);
}

function readInstant(text: string): number {
  const ms = text === "now" ? Date.now() - NOW_LAG_MS : Date.parse(text);
  if (Number.isFinite(ms)) return ms;
  throw new UsageError(`Cannot read --at "${text}": must be "now" or a time such as 2026-01-31T12:00:00Z`);
}
