import { ConfigProvider, Effect, Redacted } from "effect";
import { problemOfDatabaseUrl } from "./database/database_url.ts";
import {
  daysOrOff,
  type IntegerOptions,
  integer,
  oneOf,
  type SpanOptions,
  spanOrOff,
  split,
  text,
} from "./read_setting.ts";
import { SettingError } from "./setting_error.ts";
import { readTelemetry, type TelemetrySettings } from "./telemetry/telemetry_settings.ts";

export { SettingError };

export type LogLevelName = "trace" | "debug" | "info" | "warn" | "error" | "fatal";

/** What a process does: take webhooks, do what is left over from them, or both. */
export type Role = "all" | "ingest" | "worker";

/** Everything the process reads from its environment, read once and checked at start. */
export interface AppConfig {
  /** `NODE_ENV=production`: no secret is made up, and trigger's own instance is foreign. */
  readonly production: boolean;
  /** Any of them may match, so that a secret can be rotated. Empty: one is made in development. */
  readonly signingSecrets: readonly Redacted.Redacted<string>[];
  /** Absent: embedded PGlite in `dataDir`. */
  readonly databaseUrl: Redacted.Redacted<string> | undefined;
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly role: Role;
  /** Empty: the first instance seen is the accepted one. */
  readonly instanceIds: readonly string[];
  readonly onDelete: "erase" | "keep";
  readonly maxBodyBytes: number;
  /** Messages in memory before a delivery is answered 503. */
  readonly queueMax: number;
  /** Opens the API to whoever sends it. Absent: only this machine itself is answered. */
  readonly adminToken: Redacted.Redacted<string> | undefined;
  /** Of Clerk's Backend API. Absent: nothing is asked of Clerk, and what must be fails until it is there. */
  readonly clerkSecretKey: Redacted.Redacted<string> | undefined;
  /** Where Clerk's Backend API is, without its `/v1` and without a slash at the end. */
  readonly clerkApiUrl: string;
  /** The silence alarm comes within this time. Null: nobody watches. */
  readonly silenceAfterMs: number | null;
  /** How often Clerk is compared with the tables, and these mended. Null: never. */
  readonly reconcileEveryMs: number | null;
  /** Payloads that were replaced longer ago than so many days are dropped. Null: never. */
  readonly retentionDays: number | null;
  readonly logLevel: LogLevelName;
  /** Where traces and logs go as well. Null: nowhere. */
  readonly telemetry: TelemetrySettings | null;
}

const ROLES: readonly Role[] = ["all", "ingest", "worker"];
const LOG_LEVELS: readonly LogLevelName[] = ["trace", "debug", "info", "warn", "error", "fatal"];

/** Far below some 64 MB, from which on one statement can't carry a body, which it does several times over and escaped. */
const BODY_BYTES_MAX = 16 * 1_048_576;

/** Reads and checks the settings. `environment` is `process.env` or a test's own. */
export function readAppConfig(
  environment: Readonly<Record<string, string | undefined>>,
): Effect.Effect<AppConfig, SettingError> {
  return Effect.gen(function* () {
    const production = (yield* text("NODE_ENV", "development")) === "production";
    const signingSecrets = yield* secrets("CLERK_WEBHOOK_SIGNING_SECRET");
    if (production && signingSecrets.length === 0) {
      return yield* new SettingError({
        variable: "CLERK_WEBHOOK_SIGNING_SECRET",
        problem: "is required when NODE_ENV=production; copy it from Clerk's Dashboard > Webhooks > your endpoint",
      });
    }
    const config: AppConfig = {
      production,
      signingSecrets,
      databaseUrl: yield* databaseUrl("DATABASE_URL"),
      dataDir: yield* text("DOCKET_DATA_DIR", ".docket"),
      host: yield* text("HOST", "0.0.0.0"),
      port: yield* integer("PORT", { fallback: 3000, min: 0, max: 65_535 }),
      role: yield* oneOf("DOCKET_ROLE", ROLES, "all"),
      instanceIds: split(yield* text("DOCKET_INSTANCE_IDS", "")),
      onDelete: yield* oneOf("DOCKET_ON_DELETE", ["erase", "keep"], "erase"),
      maxBodyBytes: yield* integer("DOCKET_MAX_BODY_BYTES", { fallback: 1_048_576, min: 1, max: BODY_BYTES_MAX }),
      queueMax: yield* integer("DOCKET_QUEUE_MAX", { fallback: 10_000, min: 1, max: 1_000_000 }),
      adminToken: yield* adminToken("DOCKET_ADMIN_TOKEN"),
      clerkSecretKey: yield* clerkSecretKey("CLERK_SECRET_KEY"),
      clerkApiUrl: yield* clerkApiUrl("CLERK_API_URL"),
      silenceAfterMs: yield* spanOrOff("DOCKET_SILENCE_AFTER", SILENCE_AFTER),
      reconcileEveryMs: yield* spanOrOff("DOCKET_RECONCILE_EVERY", RECONCILE_EVERY),
      retentionDays: yield* daysOrOff("DOCKET_RETENTION_DAYS", RETENTION_DAYS),
      logLevel: yield* oneOf("LOG_LEVEL", LOG_LEVELS, "info"),
      telemetry: yield* readTelemetry({
        endpoint: yield* text("OTEL_EXPORTER_OTLP_ENDPOINT", ""),
        headers: yield* text("OTEL_EXPORTER_OTLP_HEADERS", ""),
        serviceName: yield* text("OTEL_SERVICE_NAME", ""),
        samplerArg: yield* text("OTEL_TRACES_SAMPLER_ARG", ""),
      }),
    };
    if (config.reconcileEveryMs !== null && config.clerkSecretKey === undefined) {
      return yield* new SettingError({ variable: "DOCKET_RECONCILE_EVERY", problem: "needs CLERK_SECRET_KEY" });
    }
    return config;
  }).pipe(Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(present(environment))));
}

/** An empty variable counts as absent: `FOO=` in a compose file means "not set". */
function present(environment: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const entries = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined || value.trim() === "" ? [] : [[name, value.trim()] as const],
  );
  return Object.fromEntries(entries);
}

function secrets(variable: string): Effect.Effect<readonly Redacted.Redacted<string>[], SettingError> {
  return Effect.flatMap(text(variable, ""), (list) => {
    const all = split(list);
    return all.every(isSigningSecret)
      ? Effect.succeed(all.map((secret) => Redacted.make(secret)))
      : Effect.fail(
          new SettingError({
            variable,
            problem: "must be one or more signing secrets of the form whsec_<base64>, separated by commas or spaces",
          }),
        );
  });
}

/** True for `whsec_` and base64 of at least 16 bytes, padded or not, of a length that base64 can have. */
export function isSigningSecret(secret: string): boolean {
  const [, digits, padding] = /^whsec_([A-Za-z0-9+/]{22,})(={0,2})$/.exec(secret) ?? [];
  if (digits === undefined || padding === undefined || digits.length % 4 === 1) return false;
  return padding === "" || (digits.length + padding.length) % 4 === 0;
}

/** Long enough not to be guessed, and of what a header can carry. */
function adminToken(variable: string): Effect.Effect<Redacted.Redacted<string> | undefined, SettingError> {
  return Effect.flatMap(text(variable, ""), (value) => {
    if (value === "") return Effect.succeed(undefined);
    return /^[\x21-\x7e]{16,}$/.test(value)
      ? Effect.succeed(Redacted.make(value))
      : Effect.fail(
          new SettingError({
            variable,
            problem: "must be at least 16 ASCII characters without spaces; `openssl rand -hex 32` makes a good one",
          }),
        );
  });
}

/** `sk_test_...` of a development instance, `sk_live_...` of a production one; of what a header can carry. */
function clerkSecretKey(variable: string): Effect.Effect<Redacted.Redacted<string> | undefined, SettingError> {
  return Effect.flatMap(text(variable, ""), (value) => {
    if (value === "") return Effect.succeed(undefined);
    return /^sk_[\x21-\x7e]+$/.test(value)
      ? Effect.succeed(Redacted.make(value))
      : Effect.fail(
          new SettingError({
            variable,
            problem: "must be a secret key of the form sk_...; copy it from Clerk's Dashboard > API keys",
          }),
        );
  });
}

function clerkApiUrl(variable: string): Effect.Effect<string, SettingError> {
  return Effect.flatMap(text(variable, "https://api.clerk.com"), (value) => {
    const url = URL.parse(value);
    // What else a URL can hold would be lost when a path is put after it, or be a secret in the wrong place.
    const isPlain = url !== null && `${url.username}${url.password}${url.search}${url.hash}` === "";
    return isPlain && /^https?:$/.test(url.protocol)
      ? Effect.succeed(`${url.origin}${url.pathname}`.replace(/\/+$/, "").replace(/\/v1$/, ""))
      : Effect.fail(new SettingError({ variable, problem: "must be a URL of the form https://host" }));
  });
}

/** Webhooks take a moment, and Clerk is asked four times within the time. */
const SILENCE_AFTER: SpanOptions = { fallback: "10 minutes", min: "2 seconds", max: "7 days" };
const RECONCILE_EVERY: SpanOptions = { fallback: "off", min: "10 seconds", max: "30 days" };

/** From three days on, since Svix tries for over a day: what comes late must find both ends of what it changes. */
const RETENTION_DAYS: IntegerOptions = { fallback: 90, min: 3, max: 36_500 };

function databaseUrl(variable: string): Effect.Effect<Redacted.Redacted<string> | undefined, SettingError> {
  return Effect.flatMap(text(variable, ""), (value) => {
    if (value === "") return Effect.succeed(undefined);
    const problem = problemOfDatabaseUrl(value);
    return problem === null
      ? Effect.succeed(Redacted.make(value))
      : Effect.fail(new SettingError({ variable, problem }));
  });
}
