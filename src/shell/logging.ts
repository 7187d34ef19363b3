import { Layer, Logger, type LogLevel, References } from "effect";
import type { LogLevelName } from "./app_config.ts";
import { jsonLine } from "./log_line.ts";

const LEVELS: { readonly [L in LogLevelName]: LogLevel.LogLevel } = {
  trace: "Trace",
  debug: "Debug",
  info: "Info",
  warn: "Warn",
  error: "Error",
  fatal: "Fatal",
};

/** Logs as JSON lines on standard output, from this level up. */
export function loggingLayer(level: LogLevelName): Layer.Layer<never> {
  return Layer.mergeAll(
    Logger.layer([Logger.withConsoleLog(jsonLine)]),
    Layer.succeed(References.MinimumLogLevel, LEVELS[level]),
  );
}
