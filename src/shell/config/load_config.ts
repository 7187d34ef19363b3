import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { Effect } from "effect";
import { SettingError } from "../app_config.ts";
import * as docket from "../mod.ts";
import { type CheckedConfig, checkConfig } from "./check_config.ts";

export interface LoadConfigOptions {
  /** Where a relative path begins. @default the working directory */
  readonly folder?: string;
}

const VARIABLE = "DOCKET_CONFIG";
const DEFAULT_FILE = "docket.config.ts";
const NOTHING: CheckedConfig = { policies: [], handlers: {}, hooks: {} };

/**
 * Loads the module that `DOCKET_CONFIG` names, or `docket.config.ts` if there is one, and checks what it exports.
 * Without either there are no policies. Fails with one line that names the variable and what is wrong.
 */
export function loadConfig(
  environment: Readonly<Record<string, string | undefined>>,
  { folder = process.cwd() }: LoadConfigOptions = {},
): Effect.Effect<CheckedConfig, SettingError> {
  return Effect.gen(function* () {
    const named = environment[VARIABLE]?.trim() ?? "";
    const path = resolve(folder, named === "" ? DEFAULT_FILE : named);
    if (!existsSync(path)) {
      return named === "" ? NOTHING : yield* wrong("names a file that does not exist");
    }
    const loaded = yield* Effect.tryPromise({
      try: () => importConfig(path),
      catch: (cause) => problem(`cannot be loaded: ${firstLine(cause)}`),
    });
    const checked = checkConfig(loaded["default"]);
    return typeof checked === "string" ? yield* wrong(checked) : checked;
  });
}

async function importConfig(path: string): Promise<Readonly<Record<string, unknown>>> {
  provideDocket();
  return await import(pathToFileURL(path).href);
}

let isProvided = false;

/** `docket` is this very program for a config, wherever its file lies: nothing needs to be installed beside it. */
function provideDocket(): void {
  if (isProvided) return;
  isProvided = true;
  Bun.plugin({
    name: "docket",
    setup: (build) => void build.module("docket", () => ({ exports: { ...docket }, loader: "object" })),
  });
}

function wrong(what: string): Effect.Effect<never, SettingError> {
  return Effect.fail(problem(what));
}

function problem(what: string): SettingError {
  return new SettingError({ variable: VARIABLE, problem: what });
}

function firstLine(cause: unknown): string {
  const text = cause instanceof Error && cause.message !== "" ? cause.message : String(cause);
  return text.trim().split("\n")[0] ?? "unknown fault";
}
