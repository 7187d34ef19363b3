import { afterEach, expect, test } from "bun:test";
import { sql } from "kysely";
import { event, sendEvent } from "../../support/api.ts";
import { eachDatabase } from "../../support/databases.ts";
import { type Service, startService } from "../../support/service.ts";

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

const EMAIL = "ada@example.com";
const ADA = {
  id: "user_1",
  external_id: "crm-7",
  primary_email_address_id: "idn_1",
  email_addresses: [
    { id: "idn_1", email_address: EMAIL },
    { id: "idn_2", email_address: "other@example.com" },
  ],
  phone_numbers: [{ id: "idn_3", phone_number: "+15555550100" }],
};

async function post(body: BodyInit): Promise<{ readonly status: number; readonly body: unknown }> {
  const reply = await fetch(`${service?.url}/v1/search`, { method: "POST", body });
  return { status: reply.status, body: await reply.json() };
}

async function search(q: string): Promise<unknown> {
  const { status, body } = await post(JSON.stringify({ q }));
  expect(status).toBe(200);
  return (body as { readonly items: unknown }).items;
}

eachDatabase("POST /v1/search", (database) => {
  test("finds whatever has exactly this id, key or address", async () => {
    service = await startService(database());
    await sendEvent(service, "msg_1", event("user.created", 1, ADA));
    await sendEvent(service, "msg_2", event("organization.created", 1, { id: "org_1", name: "Acme", slug: "acme" }));
    const invited = { id: "orginv_1", email_address: EMAIL, organization_id: "org_1" };
    await sendEvent(service, "msg_3", event("organizationInvitation.created", 1, invited));
    await sql`
      insert into docket.job (key, policy, kind, entity, intent, version, svix_id, handler, payload, start_at, until)
      values ('welcome/user/user_1', 'welcome', 'user', 'user_1', '+', 0, 'msg_1', 'log', '{}', now(), '"never"')`.execute(
      database().db,
    );
    const ada = { what: "entity", kind: "user", id: "user_1" };
    expect(await search("user_1")).toEqual([{ ...ada, by: "id" }]);
    expect(await search(" Ada@Example.com ")).toEqual([
      { ...ada, by: "email_address" },
      { what: "entity", kind: "organization_invitation", id: "orginv_1", by: "email_address" },
    ]);
    expect(await search("other@example.com")).toEqual([{ ...ada, by: "email_address" }]);
    expect(await search("+15555550100")).toEqual([{ ...ada, by: "phone_number" }]);
    expect(await search("crm-7")).toEqual([{ ...ada, by: "external_id" }]);
    expect(await search("acme")).toEqual([{ what: "entity", kind: "organization", id: "org_1", by: "slug" }]);
    expect(await search("msg_3")).toEqual([{ what: "event", id: "msg_3", by: "id" }]);
    expect(await search("welcome/user/user_1")).toEqual([{ what: "job", id: "welcome/user/user_1", by: "key" }]);
    for (const text of ["user_", "ada", "user_%", "'", "\u2603"]) expect(await search(text)).toEqual([]);
    // A placeholder for a parent that never came is nothing on file.
    await sendEvent(service, "msg_4", event("session.created", 1, { id: "sess_1", user_id: "user_9" }));
    expect(await search("user_9")).toEqual([]);
  });

  test("finds one that was deleted by its id, and no more by its address", async () => {
    service = await startService(database());
    await sendEvent(service, "msg_1", event("user.created", 1, ADA));
    await sendEvent(service, "msg_2", event("user.deleted", 2, { id: "user_1", deleted: true }));
    expect(await search(EMAIL)).toEqual([]);
    expect(await search("user_1")).toEqual([{ what: "entity", kind: "user", id: "user_1", by: "id" }]);
  });

  test.each([
    ["no JSON", "q=user_1", 400, "invalid_query"],
    ["no q", "{}", 400, "invalid_query"],
    ["a q that is no text", '{"q": 7}', 400, "invalid_query"],
    ["a blank q", '{"q": "  "}', 400, "invalid_query"],
    ["a NUL", '{"q": "a\\u0000b"}', 400, "invalid_query"],
    ["too long a q", JSON.stringify({ q: "a".repeat(1_501) }), 400, "invalid_query"],
    ["too large a body", " ".repeat(8_193), 413, "body_too_large"],
  ])("refuses %s", async (_, body, status, code) => {
    service = await startService(database());
    const answered = await post(body);
    expect(answered.status).toBe(status);
    expect(answered.body).toMatchObject({ error: { code } });
  });
});
