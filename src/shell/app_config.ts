import { Config, ConfigProvider, Data, Effect, Redacted } from "effect";

/** A setting is missing or wrong. Names the variable and what to do, never the value. Retrying cannot help. */
export class SettingError extends Data.TaggedError("SettingError")<{
  readonly variable: string;
  readonly problem: string;
}> {
  override get message(): string {
    return `${this.variable}: ${this.problem}`;
  }
}

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
  readonly logLevel: LogLevelName;
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
    return {
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
      logLevel: yield* oneOf("LOG_LEVEL", LOG_LEVELS, "info"),
    };
  }).pipe(Effect.provideService(ConfigProvider.ConfigProvider, ConfigProvider.fromUnknown(present(environment))));
}

/** An empty variable counts as absent: `FOO=` in a compose file means "not set". */
function present(environment: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const entries = Object.entries(environment).flatMap(([name, value]) =>
    value === undefined || value.trim() === "" ? [] : [[name, value.trim()] as const],
  );
  return Object.fromEntries(entries);
}

function text(variable: string, fallback: string): Effect.Effect<string, SettingError> {
  return Effect.mapError(
    Config.String(variable).pipe(Config.withDefault(fallback)),
    () => new SettingError({ variable, problem: "is not readable as text" }),
  );
}

interface IntegerOptions {
  readonly fallback: number;
  readonly min: number;
  readonly max: number;
}

function integer(variable: string, options: IntegerOptions): Effect.Effect<number, SettingError> {
  const { fallback, min, max } = options;
  return Effect.flatMap(text(variable, String(fallback)), (value) => {
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    return number >= min && number <= max
      ? Effect.succeed(number)
      : Effect.fail(new SettingError({ variable, problem: `must be a whole number from ${min} to ${max}` }));
  });
}

function oneOf<T extends string>(variable: string, choices: readonly T[], fallback: T): Effect.Effect<T, SettingError> {
  return Effect.flatMap(text(variable, fallback), (value) => {
    const choice = choices.find((it) => it === value.toLowerCase());
    return choice !== undefined
      ? Effect.succeed(choice)
      : Effect.fail(new SettingError({ variable, problem: `must be one of ${choices.join(", ")}` }));
  });
}

function split(list: string): readonly string[] {
  return list.split(/[\s,]+/).filter((it) => it !== "");
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

function databaseUrl(variable: string): Effect.Effect<Redacted.Redacted<string> | undefined, SettingError> {
  return Effect.flatMap(text(variable, ""), (value) => {
    if (value === "") return Effect.succeed(undefined);
    const problem = problemOfUrl(value);
    return problem === null
      ? Effect.succeed(Redacted.make(value))
      : Effect.fail(new SettingError({ variable, problem }));
  });
}

function problemOfUrl(value: string): string | null {
  if (!URL.canParse(value)) return URL_FORM;
  const { protocol, pathname, search, hash } = new URL(value);
  if (!/^postgres(ql)?:$/.test(protocol)) return URL_FORM;
  // What follows an unescaped / ? or # of a password is taken for the database, and would be shown as such.
  if (`${pathname}${search}${hash}`.includes("@")) return `has an @ after the host; ${ESCAPES}`;
  return isEscapedWell(value) ? null : `has a % without two hex digits of UTF-8; ${ESCAPES}`;
}

const URL_FORM = "must be a URL of the form postgres://user:password@host:5432/name";
const ESCAPES = "write / ? # @ and % of a user or password as %2F %3F %23 %40 and %25";

function isEscapedWell(value: string): boolean {
  try {
    decodeURIComponent(value);
    return true;
  } catch {
    return false;
  }
}
