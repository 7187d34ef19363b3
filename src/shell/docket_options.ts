import { Effect } from "effect";
import { type AppConfig, type LogLevelName, type Role, readAppConfig, SettingError } from "./app_config.ts";
import { type CheckedConfig, checkConfig } from "./config/check_config.ts";
import type { DocketConfig } from "./config/define_config.ts";

/** How a Docket inside your own process is set. Nothing is read from the environment. */
export interface DocketOptions extends DocketConfig {
  /** `whsec_...` of the endpoint; several while one is rotated. */
  readonly signingSecret: string | readonly string[];
  /** PostgreSQL 14 or newer. @default the embedded database in `dataDir` */
  readonly databaseUrl?: string;
  /** @default ".docket" */
  readonly dataDir?: string;
  /** Clerk instances accepted. @default the first one seen */
  readonly instanceIds?: readonly string[];
  /** `sk_...`: what `ensure` asks Clerk with. @default none */
  readonly clerkSecretKey?: string;
  /** @default "https://api.clerk.com" */
  readonly clerkApiUrl?: string;
  /** Opens `/v1` to whoever sends it, 16 characters or more. @default it answers to this machine alone */
  readonly adminToken?: string;
  /** Whether webhooks are taken, jobs run, or both. @default "all" */
  readonly role?: Role;
  /** What becomes of personal data in what is deleted. @default "erase" */
  readonly onDelete?: "erase" | "keep";
  /** Payloads replaced longer ago than so many days are dropped; from 3. @default 90 */
  readonly retentionDays?: number | "off";
  /** Larger bodies get 413. @default 1_048_576 */
  readonly maxBodyBytes?: number;
  /** Messages in memory before 503. @default 10_000 */
  readonly queueMax?: number;
  /** JSON lines on standard output, from this level up. @default "warn" */
  readonly logLevel?: LogLevelName;
  /** Where traces and logs go by OTLP, such as `http://localhost:4318`. @default nowhere */
  readonly otlpEndpoint?: string;
}

/** The settings and rules that the options ask for. Fails with a `SettingError` that names the option. */
export function readDocketOptions(
  options: DocketOptions,
): Effect.Effect<{ readonly config: AppConfig; readonly rules: CheckedConfig }, SettingError> {
  return Effect.gen(function* () {
    const { policies = [], handlers = {}, hooks = {} } = options;
    const rules = checkConfig({ policies, handlers, hooks });
    if (typeof rules === "string") return yield* new SettingError({ variable: "docket()", problem: rules });
    const given = Object.entries(VARIABLES).map(([option, variable]) => [variable, textOf(options[option as Option])]);
    const environment = Object.fromEntries([["LOG_LEVEL", "warn"], ...given.filter(([, text]) => text !== undefined)]);
    const config = yield* Effect.mapError(readAppConfig({ ...environment, NODE_ENV: "production" }), named);
    return { config, rules };
  });
}

type Option = Exclude<keyof DocketOptions, keyof DocketConfig>;

const VARIABLES: { readonly [O in Option]: string } = {
  signingSecret: "CLERK_WEBHOOK_SIGNING_SECRET",
  databaseUrl: "DATABASE_URL",
  dataDir: "DOCKET_DATA_DIR",
  instanceIds: "DOCKET_INSTANCE_IDS",
  clerkSecretKey: "CLERK_SECRET_KEY",
  clerkApiUrl: "CLERK_API_URL",
  adminToken: "DOCKET_ADMIN_TOKEN",
  role: "DOCKET_ROLE",
  onDelete: "DOCKET_ON_DELETE",
  retentionDays: "DOCKET_RETENTION_DAYS",
  maxBodyBytes: "DOCKET_MAX_BODY_BYTES",
  queueMax: "DOCKET_QUEUE_MAX",
  logLevel: "LOG_LEVEL",
  otlpEndpoint: "OTEL_EXPORTER_OTLP_ENDPOINT",
};

function textOf(value: string | number | readonly string[] | undefined): string | undefined {
  return value === undefined ? undefined : typeof value === "object" ? value.join(",") : String(value);
}

function named({ variable, problem }: SettingError): SettingError {
  const [option = variable] = Object.entries(VARIABLES).find(([, name]) => name === variable) ?? [];
  return new SettingError({ variable: option, problem: problem.replace(" when NODE_ENV=production", "") });
}
