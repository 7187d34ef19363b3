import postgres from "postgres";
import { Webhook } from "svix";
import { SIGNING_SECRET } from "../ingest/signing.ts";

/** A handler as tutorials show it: verify, one upsert, 200. Whatever arrives last wins; nothing tells a duplicate. */
const sql = postgres(process.env["DATABASE_URL"] ?? "", { max: 10, onnotice: () => undefined });
await sql`create table users (
  id text primary key, email text, first_name text, last_name text, data jsonb, created_at timestamptz, updated_at timestamptz)`;
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
    const { type, data } = JSON.parse(body);
    if (type === "user.deleted") {
      await sql`delete from users where id = ${data.id}`;
      return Response.json({ ok: true });
    }
    const email = data.email_addresses.find((it: { readonly id: string }) => it.id === data.primary_email_address_id);
    await sql`
      insert into users (id, email, first_name, last_name, data, created_at, updated_at)
      values (${data.id}, ${email?.email_address ?? null}, ${data.first_name}, ${data.last_name}, ${sql.json(data)},
        ${new Date(data.created_at)}, ${new Date(data.updated_at)})
      on conflict (id) do update set email = excluded.email, first_name = excluded.first_name,
        last_name = excluded.last_name, data = excluded.data, updated_at = excluded.updated_at`;
    return Response.json({ ok: true });
  },
});
