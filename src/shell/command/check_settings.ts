import { stat } from "node:fs/promises";
import { Effect } from "effect";
import { type AppConfig, readAppConfig, SettingError } from "../app_config.ts";
import { readSigningSecret, signingSecretPath } from "../signing_secret.ts";
import { type Check, failure, ok, warning } from "./check.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export interface SettingsChecked {
  readonly checks: readonly Check[];
  /** Undefined if the settings are wrong. */
  readonly config: AppConfig | undefined;
}

/** Can the settings be read, and do the secrets look like secrets? */
export async function checkSettings(environment: Environment): Promise<SettingsChecked> {
  const names = checkNames(environment);
  const read = await Effect.runPromise(
    Effect.match(readAppConfig(environment), {
      onFailure: (error: SettingError): AppConfig | SettingError => error,
      onSuccess: (config): AppConfig | SettingError => config,
    }),
  );
  if (read instanceof SettingError) {
    const advice = `Correct ${read.variable}, then run \`docket doctor\` again: the checks that need the settings were left out`;
    const wrong = failure("settings", { detail: read.message, advice });
    return { checks: [wrong, ...names, ...checkClerkKey(environment)], config: undefined };
  }
  const mode = read.production ? "production" : "development";
  const checks = [ok("settings", `readable (${mode})`), await checkSecret(read), ...names];
  return { checks: [...checks, ...checkClerkKey(environment)], config: read };
}

async function checkSecret({ signingSecrets, dataDir }: AppConfig): Promise<Check> {
  const name = "signing secret";
  const given = signingSecrets.length;
  if (given > 0) return ok(name, `${given} in CLERK_WEBHOOK_SIGNING_SECRET, well formed`);
  try {
    if ((await readSigningSecret(dataDir)) === undefined) {
      return warning(name, {
        detail: "none yet",
        advice: "Start Docket, which makes one for development, or copy yours from Clerk's Dashboard > Webhooks",
      });
    }
  } catch (error) {
    return failure(name, { detail: messageOf(error), advice: "Delete the file, then start Docket" });
  }
  const file = signingSecretPath(dataDir);
  const { mode } = await stat(file);
  if ((mode & 0o077) !== 0 && process.platform !== "win32") {
    return warning(name, { detail: `other users can read "${file}"`, advice: `Run: chmod 600 "${file}"` });
  }
  return ok(name, `the development secret in "${file}"`);
}

/** The names that Clerk's guides and older projects use for the same secret. */
const OTHER_NAMES = ["CLERK_WEBHOOK_SECRET", "WEBHOOK_SECRET", "SVIX_WEBHOOK_SECRET"] as const;

function checkNames(environment: Environment): readonly Check[] {
  if (isSet(environment["CLERK_WEBHOOK_SIGNING_SECRET"])) return [];
  return OTHER_NAMES.filter((name) => isSet(environment[name])).map((name) =>
    warning("name of the secret", {
      detail: `${name} is set, but Docket reads CLERK_WEBHOOK_SIGNING_SECRET`,
      advice: `Rename ${name} to CLERK_WEBHOOK_SIGNING_SECRET`,
    }),
  );
}

function checkClerkKey(environment: Environment): readonly Check[] {
  const name = "Clerk key";
  const key = environment["CLERK_SECRET_KEY"]?.trim() ?? "";
  if (key === "") return [];
  const [, kind] = /^sk_(test|live)_[A-Za-z0-9]{20,}$/.exec(key) ?? [];
  if (kind !== undefined) return [ok(name, `CLERK_SECRET_KEY is a key of a ${KEY_KINDS[kind]} instance`)];
  const advice = "Copy the secret key, not the publishable one, from Clerk's Dashboard > API keys";
  return [failure(name, { detail: "CLERK_SECRET_KEY has not the form sk_test_... or sk_live_...", advice })];
}

const KEY_KINDS: Readonly<Record<string, string>> = { test: "development", live: "production" };

function isSet(value: string | undefined): boolean {
  return value !== undefined && value.trim() !== "";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
