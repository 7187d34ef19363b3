import { sql } from "kysely";
import type { JsonObject } from "../../src/core/mod.ts";
import type { ReceivedRequest } from "./receiver.ts";
import type { SunkMail } from "./smtp_sink.ts";
import { type Stage, startStage, until } from "./stage.ts";

const CONFIG = `
import { builtin, defineConfig, email, slack, webhook } from "docket";
const note = { handler: "sql", extra: { function: "app.note" } };
const hook = { handler: "hook" };
const { RECEIVER, SMTP, HOOK_SECRET } = process.env;
export default defineConfig({
  policies: [
    builtin.welcome({ settle: 0 }), builtin.provision(note),
    builtin.permissions(hook), builtin.cleanup(hook),
    builtin.cancelSubscriptions({ handler: "billing", holdback: "1 second" }), builtin.archive(hook),
    builtin.activityLog(note), builtin.sessionLimit({ max: 2 }), builtin.sessionCleanup(hook),
    builtin.forceReauth(hook), builtin.securityAudit(note),
    builtin.workspace(note), builtin.defaultRoles(hook), builtin.billingSync(hook), builtin.permissionsSync(hook),
    builtin.grantAccess(note), builtin.revokeAccess(note), builtin.notify(),
    builtin.invitationReminder({ after: "2 seconds" }),
    builtin.entitlements(note), builtin.dunning(), builtin.trialEnding(),
    builtin.deliverMessage({ handler: "courier" }),
  ],
  handlers: {
    email: email({ from: "Docket <hello@example.com>", smtpUrl: SMTP }),
    hook: webhook({ url: RECEIVER + "/hook", secret: HOOK_SECRET ?? "", allowPrivate: true }),
    slack: slack({ url: RECEIVER + "/slack" , rate: { jobs: 100, per: "1 second" } }),
    billing: async (payload, { key, signal }) => {
      const headers = { "idempotency-key": key };
      await fetch(RECEIVER + "/billing", { method: "POST", headers, body: JSON.stringify(payload), signal });
    },
    courier: async (payload, { key, signal }) => {
      const headers = { "idempotency-key": key };
      await fetch(RECEIVER + "/courier", { method: "POST", headers, body: JSON.stringify(payload), signal });
    },
  },
});`;

/** A stage on which every built-in policy is on, and what its receivers have got. */
export interface PolicyStage extends Stage {
  /** The mail of this key, once it came. */
  mailWith(key: string): Promise<SunkMail>;
  /** The call of a path under this key, once it came. */
  callWith(path: string, key: RegExp | string): Promise<ReceivedRequest>;
  /** What a webhook told under this key, once it came. */
  hooked(key: RegExp | string): Promise<unknown>;
  /** A payload of a policy's calls of `app.note` that fits, once it came. */
  notedWith(policy: string, fits: (payload: JsonObject) => boolean): Promise<JsonObject>;
  row(table: string, id: string): Promise<JsonObject | undefined>;
}

export async function startPolicyStage(): Promise<PolicyStage> {
  const stage = await startStage(CONFIG);
  const callWith: PolicyStage["callWith"] = (path, key) =>
    until(`a call of ${path} ${key}`, () =>
      stage.receiver.requests.find(
        (it) => it.path === path && (typeof key === "string" ? it.key === key : key.test(it.key)),
      ),
    );
  return {
    ...stage,
    callWith,
    mailWith: (key) => until(`a mail ${key}`, () => stage.sink.mails.find((it) => it.key === key)),
    hooked: async (key) => ((await callWith("/hook", key)).json as { data: unknown }).data,
    notedWith: (policy, fits) => until(`${policy} is noted`, async () => (await stage.noted(policy)).find(fits)),
    row: async (table, id) => {
      const { rows } = await sql<JsonObject>`select * from ${sql.table(`clerk.${table}`)} where id = ${id}`.execute(
        stage.database.db,
      );
      return rows[0];
    },
  };
}
