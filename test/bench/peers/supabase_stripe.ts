import { SIGNING_SECRET } from "../ingest/signing.ts";
import { importPeer } from "../peer_packages.ts";

interface Package {
  readonly runMigrations: (options: { readonly databaseUrl: string; readonly schema: string }) => Promise<void>;
  readonly StripeSync: new (
    options: object,
  ) => {
    processWebhook(payload: Buffer, signature: string | null): Promise<void>;
  };
}

/** As its README has it, in a server of Bun's. */
const databaseUrl = process.env["DATABASE_URL"] ?? "";
const { StripeSync, runMigrations } = await importPeer<Package>("@supabase/stripe-sync-engine");
await runMigrations({ databaseUrl, schema: "stripe" });
const sync = new StripeSync({
  poolConfig: { connectionString: databaseUrl, max: 10 },
  stripeSecretKey: "sk_test_bench",
  stripeWebhookSecret: SIGNING_SECRET,
});

Bun.serve({
  port: Number(process.env["PORT"]),
  fetch: async (request) => {
    if (request.method === "GET") return new Response("ready");
    const body = Buffer.from(await request.arrayBuffer());
    await sync.processWebhook(body, request.headers.get("stripe-signature"));
    return Response.json({ received: true });
  },
});
