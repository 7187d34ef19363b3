import { Effect, Redacted } from "effect";
import { SettingError } from "../setting_error.ts";

/** Where traces and logs go by OTLP. */
export interface TelemetrySettings {
  /** Without a slash at the end; `/v1/traces` and `/v1/logs` are below it. */
  readonly endpoint: string;
  /** Sent with each request: a vendor's key may be among them. */
  readonly headers: Redacted.Redacted<Readonly<Record<string, string>>>;
  readonly serviceName: string;
  /** The share of traces that is exported, from 0 to 1. */
  readonly sampled: number;
}

/** What the standard variables say, empty where they are not set. */
export interface TelemetryTexts {
  readonly endpoint: string;
  readonly headers: string;
  readonly serviceName: string;
  readonly samplerArg: string;
}

/** Null without an endpoint: nothing is exported. */
export function readTelemetry(texts: TelemetryTexts): Effect.Effect<TelemetrySettings | null, SettingError> {
  return Effect.gen(function* () {
    if (texts.endpoint === "") return null;
    const endpoint = endpointOf(texts.endpoint);
    if (endpoint === null) {
      return yield* wrong(
        "OTEL_EXPORTER_OTLP_ENDPOINT",
        "must be a URL of the form http://host:4318, of OTLP over HTTP",
      );
    }
    const headers = headersOf(texts.headers);
    if (headers === null) {
      return yield* wrong("OTEL_EXPORTER_OTLP_HEADERS", "must be name=value, separated by commas, percent-encoded");
    }
    const sampled = Number(texts.samplerArg || "1");
    if (!(sampled >= 0 && sampled <= 1)) {
      return yield* wrong("OTEL_TRACES_SAMPLER_ARG", "must be a number from 0 to 1: the share of traces to export");
    }
    return { endpoint, headers: Redacted.make(headers), serviceName: texts.serviceName || "docket", sampled };
  });
}

function wrong(variable: string, problem: string): Effect.Effect<never, SettingError> {
  return Effect.fail(new SettingError({ variable, problem }));
}

function endpointOf(text: string): string | null {
  const url = URL.parse(text);
  // A name and password in a URL would be printed with it.
  const isPlain = url !== null && `${url.username}${url.password}${url.search}${url.hash}` === "";
  return isPlain && /^https?:$/.test(url.protocol) ? `${url.origin}${url.pathname}`.replace(/\/+$/, "") : null;
}

function headersOf(text: string): Readonly<Record<string, string>> | null {
  const headers: Record<string, string> = {};
  for (const part of text.split(",").filter((it) => it.trim() !== "")) {
    const [, name, encoded] = /^\s*([!#$%&'*+.^_`|~0-9A-Za-z-]+)\s*=\s*([\x20-\x7e]*?)\s*$/.exec(part) ?? [];
    const value = encoded === undefined ? null : decoded(encoded);
    if (name === undefined || value === null) return null;
    headers[name.toLowerCase()] = value;
  }
  return headers;
}

function decoded(text: string): string | null {
  try {
    const value = decodeURIComponent(text);
    return /^[\x20-\x7e]*$/.test(value) ? value : null;
  } catch {
    return null;
  }
}
