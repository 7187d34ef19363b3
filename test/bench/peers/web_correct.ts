import postgres from "postgres";
import { Webhook } from "svix";
import { SIGNING_SECRET } from "../ingest/signing.ts";

/** A handler by a careful hand: a ledger against duplicates, an upsert and a deletion that a late message can't undo, and the job, in one transaction. */
const sql = postgres(process.env["DATABASE_URL"] ?? "", { max: 10, onnotice: () => undefined });
await sql.unsafe(`
  create table webhook_event (svix_id text primary key, type text, payload text, received_at timestamptz default now());
  create table users (
    id text primary key, email text, first_name text, last_name text, data jsonb, created_at timestamptz, updated_at timestamptz,
    deleted_at timestamptz);
  create table job (key text primary key, payload jsonb, start_at timestamptz);`);
const webhook = new Webhook(SIGNING_SECRET);

Bun.serve({
  port: Number(process.env["PORT"]),
  fetch: async (request) => {
    if (request.method === "GET") return new Response("ready");
    const body = await request.text();
    try {
      webhook.verify(body, Object.fromEntries(request.headers));
    } catch {
      return new Response("Bad signature", { status: 400 });
    }
    const { type, data, timestamp } = JSON.parse(body);
    const email = data.email_addresses?.find((it: { readonly id: string }) => it.id === data.primary_email_address_id);
    await sql.begin(async (tx) => {
      const { count } = await tx`
        insert into webhook_event (svix_id, type, payload) values (${request.headers.get("svix-id")}, ${type}, ${body})
        on conflict do nothing`;
      if (count === 0) return;
      if (type === "user.deleted") {
        const at = new Date(timestamp);
        await tx`
          insert into users (id, updated_at, deleted_at) values (${data.id}, ${at}, ${at})
          on conflict (id) do update set email = null, first_name = null, last_name = null, data = null,
            updated_at = excluded.updated_at, deleted_at = excluded.deleted_at`;
        return;
      }
      await tx`
        insert into users (id, email, first_name, last_name, data, created_at, updated_at)
        values (${data.id}, ${email?.email_address ?? null}, ${data.first_name}, ${data.last_name}, ${tx.json(data)},
          ${new Date(data.created_at)}, ${new Date(data.updated_at)})
        on conflict (id) do update set email = excluded.email, first_name = excluded.first_name,
          last_name = excluded.last_name, data = excluded.data, updated_at = excluded.updated_at
        where users.updated_at < excluded.updated_at and users.deleted_at is null`;
      if (type !== "user.created") return;
      await tx`
        insert into job (key, payload, start_at)
        values (${`later/${data.id}`}, ${tx.json({ userId: data.id })}, now() + interval '1 day') on conflict do nothing`;
    });
    return Response.json({ ok: true });
  },
});
