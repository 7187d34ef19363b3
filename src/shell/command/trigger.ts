import path from "node:path";
import { Effect, Redacted } from "effect";
import { type AppConfig, isSigningSecret, readAppConfig } from "../app_config.ts";
import { TRIGGER_INSTANCE_ID } from "../instance.ts";
import { readSigningSecret } from "../signing_secret.ts";
import { UnreachableError } from "./deliver.ts";
import { deliverAll } from "./deliver_all.ts";
import { planMessages, planSize } from "./trigger_message.ts";
import { concurrencyOf, MESSAGES_MAX, readPlan, type TriggerOptions } from "./trigger_options.ts";
import { makeReport } from "./trigger_report.ts";
import { UsageError } from "./usage_error.ts";

/**
 * `docket trigger`: makes realistic signed messages and sends them to a Docket, as Svix would.
 *
 * Gives the exit code: 0 only if every answer was a 2xx. Rejects with a {@link UsageError} or a `SettingError`.
 */
export async function trigger(type: string | undefined, options: TriggerOptions): Promise<number> {
  if (options.secret !== undefined && !isSigningSecret(options.secret)) {
    throw new UsageError("--secret must be a signing secret of the form whsec_<base64>");
  }
  // The option stands in for the variable, so that with it the variable may be missing.
  const overrides = options.secret === undefined ? {} : { CLERK_WEBHOOK_SIGNING_SECRET: options.secret };
  const config = await Effect.runPromise(readAppConfig({ ...process.env, ...overrides }));
  const url = options.url ?? `http://localhost:${config.port}/webhooks/clerk`;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    throw new UsageError(`Cannot send to "${url}": --url must be an http or https address`);
  }
  const plan = readPlan(type, { ...options, instanceId: config.instanceIds[0] ?? TRIGGER_INSTANCE_ID });
  const size = planSize(plan);
  if (size > MESSAGES_MAX) {
    throw new UsageError(`Cannot send ${size} messages at once: at most ${MESSAGES_MAX}; lower --count or --duplicate`);
  }
  const secret = await signingSecret(config);
  const report = makeReport({ total: size, json: options.json ?? false });
  const concurrency = concurrencyOf(plan, options.concurrency);
  try {
    await deliverAll(planMessages(plan), { url, secret, concurrency, onDelivery: report.add });
  } catch (error) {
    if (!(error instanceof UnreachableError)) throw error;
    report.end();
    throw new UsageError(
      `Nobody answers at ${url} (${error.message}): start the server first, in another terminal, with \`npm start\` (or \`bun start\`), or name another address with --url`,
    );
  }
  return report.end();
}

async function signingSecret({ signingSecrets, dataDir }: AppConfig): Promise<Redacted.Redacted<string>> {
  const [first] = signingSecrets;
  if (first !== undefined) return first;
  const made = await readSigningSecret(dataDir);
  if (made !== undefined) return Redacted.make(made);
  throw new UsageError(
    `No signing secret: start the server once, which makes one in "${path.resolve(dataDir)}", or set CLERK_WEBHOOK_SIGNING_SECRET, or pass --secret`,
  );
}
