import type { Check } from "./check.ts";
import { checkDatabase } from "./check_database.ts";
import { checkEndpoint } from "./check_endpoint.ts";
import { checkSettings, type Environment } from "./check_settings.ts";

export interface DoctorOptions {
  readonly json?: boolean;
}

/** `docket doctor`: says what is well, what is not, and what to do. Gives the exit code: 1 if something failed. */
export async function doctor({ json = false }: DoctorOptions): Promise<number> {
  const checks = await examine(process.env);
  const healthy = checks.every(({ status }) => status !== "failure");
  if (json) console.log(JSON.stringify({ healthy, checks }));
  else for (const check of checks) console.log(toText(check));
  return healthy ? 0 : 1;
}

/** All checks that the settings allow, in the order in which one would look. */
export async function examine(environment: Environment): Promise<readonly Check[]> {
  const { checks, config } = await checkSettings(environment);
  if (config === undefined) return checks;
  const [database, endpoint] = await Promise.all([checkDatabase(config), checkEndpoint(config.port)]);
  return [...checks, ...database, endpoint];
}

function toText({ name, status, detail, advice }: Check): string {
  const line = `${status.padEnd(8)} ${name}: ${detail}`;
  return advice === null ? line : `${line}\n${" ".repeat(9)}-> ${advice}`;
}
