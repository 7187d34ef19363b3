import { createHmac, timingSafeEqual } from "node:crypto";
import postgres from "postgres";
import { SIGNING_SECRET } from "../ingest/signing.ts";

/**
 * The least that a durable receiver can do: check the signature natively, and write the bytes. All that is there when the
 * database is free goes in one statement, which is one commit.
 */
const sql = postgres(process.env["DATABASE_URL"] ?? "", { max: 1, onnotice: () => undefined });
await sql`create table log (svix_id text primary key, payload text not null, received_at timestamptz default now())`;
const key = Buffer.from(SIGNING_SECRET.slice("whsec_".length), "base64");

interface Waiting {
  readonly id: string;
  readonly body: string;
  readonly done: PromiseWithResolvers<void>;
}

const BATCH_MAX = 500;
let waiting: Waiting[] = [];
let isWriting = false;

async function write(): Promise<void> {
  if (isWriting) return;
  isWriting = true;
  while (waiting.length > 0) {
    const batch = waiting.slice(0, BATCH_MAX);
    waiting = waiting.slice(BATCH_MAX);
    await sql`insert into log (svix_id, payload)
      select * from unnest(${batch.map(({ id }) => id)}::text[], ${batch.map(({ body }) => body)}::text[])
      on conflict do nothing`;
    for (const { done } of batch) done.resolve();
  }
  isWriting = false;
}

function isSigned({ headers }: Request, body: string): boolean {
  const signed = `${headers.get("svix-id")}.${headers.get("svix-timestamp")}.${body}`;
  const wanted = createHmac("sha256", key).update(signed).digest();
  const given = Buffer.from(headers.get("svix-signature")?.slice("v1,".length) ?? "", "base64");
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

Bun.serve({
  port: Number(process.env["PORT"]),
  fetch: async (request) => {
    if (request.method === "GET") return new Response("ready");
    const body = await request.text();
    if (!isSigned(request, body)) return new Response("Bad signature", { status: 400 });
    const done = Promise.withResolvers<void>();
    waiting.push({ id: request.headers.get("svix-id") ?? "", body, done });
    void write();
    await done.promise;
    return Response.json({ ok: true });
  },
});
