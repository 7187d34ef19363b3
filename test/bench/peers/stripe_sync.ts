import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SIGNING_SECRET } from "../ingest/signing.ts";
import { importPeer } from "../peer_packages.ts";

interface Package {
  readonly runMigrations: (options: {
    readonly databaseUrl: string;
    readonly openApiSpecPath: string;
  }) => Promise<void>;
  readonly StripeSync: {
    create(options: object): Promise<{
      readonly webhook: { processWebhook(payload: Buffer, signature: string | null): Promise<void> };
    }>;
  };
}

/** It makes its tables from Stripe's own description of its API, which it downloads: this has as much of it as is sent here. */
const CUSTOMER = {
  type: "object",
  "x-resourceId": "customer",
  properties: Object.fromEntries(
    ["id", "object", "currency", "description", "email", "invoice_prefix", "name", "phone", "tax_exempt"]
      .map((name) => [name, { type: "string" }])
      .concat([
        ["created", { type: "integer", format: "unix-time" }],
        ["balance", { type: "integer" }],
        ["delinquent", { type: "boolean" }],
        ["livemode", { type: "boolean" }],
        ["metadata", { type: "object" }],
      ] as never),
  ),
};

const databaseUrl = process.env["DATABASE_URL"] ?? "";
const openApiSpecPath = join(process.cwd(), "spec3.json");
writeFileSync(
  openApiSpecPath,
  JSON.stringify({ openapi: "3.0.0", components: { schemas: { customer: CUSTOMER } }, paths: {} }),
);
const { StripeSync, runMigrations } = await importPeer<Package>("@stripe/sync-engine");
await runMigrations({ databaseUrl, openApiSpecPath });
const sync = await StripeSync.create({
  poolConfig: { connectionString: databaseUrl, max: 10 },
  stripeSecretKey: "sk_test_bench",
  stripeWebhookSecret: SIGNING_SECRET,
  stripeAccountId: "acct_bench",
});

Bun.serve({
  port: Number(process.env["PORT"]),
  fetch: async (request) => {
    if (request.method === "GET") return new Response("ready");
    const body = Buffer.from(await request.arrayBuffer());
    await sync.webhook.processWebhook(body, request.headers.get("stripe-signature"));
    return Response.json({ received: true });
  },
});
