import { expect, test } from "bun:test";
import type { Message } from "../../../src/core/mod.ts";
import { decodeDelivery } from "../../../src/shell/decode/decode_delivery.ts";
import { event, MEMBERSHIP } from "../../support/api.ts";
import { eachDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { EPOCH_MS } from "../../support/histories.ts";
import { POLICIES } from "../../support/policies.ts";
import { differencesIn, tamper, verifyAll } from "../../support/verified.ts";

const ADA = {
  id: "user_1",
  first_name: "Ada",
  public_metadata: { mark: "red" },
  primary_email_address_id: "idn_1",
  email_addresses: [
    { id: "idn_1", email_address: "ada@example.com" },
    { id: "idn_2", email_address: "ada@example.org" },
  ],
};

/** A user who lives, with a session and a membership, a user who is gone, and an organization nobody told of. */
const MESSAGES: readonly Message[] = [
  event("user.created", 0, { ...ADA, first_name: "Eda" }),
  event("user.updated", 5, ADA),
  event("session.created", 7, { id: "sess_1", user_id: "user_1", status: "active" }),
  event("organizationMembership.created", 8, { id: "orgmem_1", ...MEMBERSHIP }),
  event("user.created", 1, { id: "user_2", first_name: "Bob" }),
  event("user.deleted", 9, { id: "user_2" }),
  event("organization.deleted", 9, { id: "org_3" }),
].map((body, index) => decodeDelivery({ svixId: `msg_${index}`, body, receivedAtMs: EPOCH_MS + 100 + index }));

const USER = "where id = 'user_1'";
const UPDATE = `user/user_1 ${EPOCH_MS + 5}/user.updated`;
const AUDIT = "audit/user/user_1/+";

/** What is done by SQL, and what verify must say of it, no more and no less. */
const TAMPERINGS: readonly (readonly [statement: string, named: readonly string[]])[] = [
  [`update clerk.users set first_name = 'Eve' ${USER}`, ["clerk.users user_1 first_name"]],
  [`update clerk.users set data = data || '{"id": "x"}' ${USER}`, ["clerk.users user_1 data"]],
  [`update clerk.users set deleted_at = now() ${USER}`, ["clerk.users user_1 deleted_at"]],
  [`update clerk.users set deleted_at = null where id = 'user_2'`, ["clerk.users user_2 deleted_at"]],
  [
    `update clerk.users set created_at = created_at + interval '1 microsecond' ${USER}`,
    ["clerk.users user_1 created_at"],
  ],
  [`update clerk.users set last_sign_in_at = null ${USER}`, ["clerk.users user_1 last_sign_in_at"]],
  [`update clerk.users set version_ms = 0 ${USER}`, ["clerk.users user_1 version_ms"]],
  [`update clerk.sessions set status = null`, ["clerk.sessions sess_1 status"]],
  [`delete from clerk.users ${USER}`, ["- clerk.users user_1"]],
  [`insert into clerk.users (id) values ('user_9')`, ["+ clerk.users user_9"]],
  [`insert into clerk.roles (id) values ('role_9')`, ["+ clerk.roles role_9"]],
  [`delete from clerk.email_addresses where id = 'idn_2'`, ["- clerk.email_addresses idn_2"]],
  [
    `update clerk.email_addresses set email_address = 'eve@example.com' where id = 'idn_1'`,
    ["clerk.email_addresses idn_1 email_address"],
  ],
  [`insert into clerk.phone_numbers (id, user_id) values ('idn_9', 'user_1')`, ["+ clerk.phone_numbers idn_9"]],
  [`insert into clerk.phone_numbers (id, user_id) values ('idn_9', 'user_9')`, ["+ clerk.phone_numbers idn_9"]],
  [`update docket.job set payload = '{}' where key = '${AUDIT}'`, [`docket.job ${AUDIT} payload`]],
  [`update docket.job set start_at = now() where key = '${AUDIT}'`, [`docket.job ${AUDIT} start_at`]],
  [`update docket.job set moot = true where key = '${AUDIT}'`, [`docket.job ${AUDIT} moot`]],
  [`update docket.job set wanted = false where key = '${AUDIT}'`, [`- docket.job ${AUDIT}`]],
  [`delete from docket.job where key = '${AUDIT}'`, [`- docket.job ${AUDIT}`]],
  [`delete from docket.job where key = 'welcome/user/user_1'`, ["- docket.job welcome/user/user_1"]],
  [`delete from docket.job where key = 'audit/user/user_2/-'`, ["- docket.job audit/user/user_2/-"]],
  [
    `insert into docket.job (key, policy, kind, entity, intent, version, svix_id, handler, payload, start_at, until)
     values ('audit/user/user_1/x', 'audit', 'user', 'user_1', 'x', 0, 'm', 'log', '{}', now(), '"never"')`,
    ["+ docket.job audit/user/user_1/x"],
  ],
  [
    `insert into docket.job (key, policy, kind, entity, intent, version, svix_id, handler, payload, start_at, until)
     values ('audit/user/user_8/+', 'audit', 'user', 'user_8', '+', 0, 'm', 'log', '{}', now(), '"never"')`,
    ["+ docket.job audit/user/user_8/+"],
  ],
  [
    `update clerk.changes set after = '"Eve"' where path = 'first_name' and entity_id = 'user_1'`,
    [`clerk.changes ${UPDATE} first_name after`],
  ],
  [`delete from clerk.changes where entity_id = 'user_1' and intent = '+'`, ["- clerk.changes user/user_1 +"]],
  [
    `update clerk.changes set path = 'last_name' where path = 'first_name' and entity_id = 'user_1'`,
    [`- clerk.changes ${UPDATE} first_name`, `+ clerk.changes ${UPDATE} last_name`],
  ],
  [`update docket.head set svix_id = 'msg_x' ${USER}`, ["docket.head user/user_1 svix_id"]],
  [`update docket.head set as_of_ms = 7 ${USER}`, ["docket.head user/user_1 as_of_ms"]],
  [`update docket.head set parents = '[]' where id = 'sess_1'`, ["docket.head session/sess_1 parents"]],
  [
    `update docket.head set own_tombstone = jsonb_set(own_tombstone, '{death,svixId}', '"x"') where id = 'user_2'`,
    ["docket.head user/user_2 own_tombstone"],
  ],
  [`delete from docket.head where id = 'orgmem_1'`, ["- docket.head organization_membership/orgmem_1"]],
  [
    `delete from docket.link where child_id = 'orgmem_1' and parent_kind = 'user'`,
    ["- docket.link user/user_1 > organization_membership/orgmem_1"],
  ],
  [
    `update docket.log set payload = '{}' where svix_id = 'msg_2'`,
    [
      "docket.log session/sess_1 msg_2 payload",
      "docket.head session/sess_1 parents",
      "docket.head user/user_1 signed_in_at_ms",
    ],
  ],
  [
    `update docket.log set payload = replace(payload, 'Ada', 'Eve') where svix_id = 'msg_1'`,
    ["clerk.users user_1 first_name", "clerk.users user_1 data", `clerk.changes ${UPDATE} first_name after`],
  ],
  [`update docket.head set sealed = false where id = 'org_3'`, ["docket.head organization/org_3 sealed"]],
  [`delete from clerk.changes where entity_id = 'org_3'`, ["- clerk.changes organization/org_3 -"]],
];

eachDatabase("verifyLog()", (database) => {
  test.each(TAMPERINGS)("names what was tampered with, and nothing else: %s", async (statement, named) => {
    await recorder(database(), { policies: POLICIES })(MESSAGES);
    await tamper(database(), statement);
    expect((await differencesIn(database(), "erase")).toSorted()).toEqual([...named].sort());
  });

  test("names nothing when nothing was", async () => {
    await recorder(database(), { policies: POLICIES })(MESSAGES);
    expect(await differencesIn(database(), "erase")).toEqual([]);
  });

  test("shows both sides of a difference", async () => {
    await recorder(database(), { policies: POLICIES })(MESSAGES);
    await tamper(database(), `update clerk.users set first_name = 'Eve' ${USER}`);
    const differences = (await verifyAll(database(), "erase")).flatMap((page) => page.differences);
    expect(differences).toMatchObject([{ table: "clerk.users", row: "user_1", inTable: "Eve", fromLog: "Ada" }]);
  });

  test("leaves alone the jobs of policies that the config has not, and what a job began with once it has begun", async () => {
    await recorder(database(), { policies: POLICIES })(MESSAGES);
    await tamper(
      database(),
      `update docket.job set policy = 'gone', key = 'gone' where key = 'reminder/session/sess_1/+'`,
    );
    await tamper(database(), `update docket.job set phase = 'done', payload = '{}' where key = '${AUDIT}'`);
    expect(await differencesIn(database(), "erase")).toEqual(["- docket.job reminder/session/sess_1/+"]);
  });

  test("leaves out the children that a parent's deletion has yet to reach, and says how many", async () => {
    await recorder(database(), { policies: POLICIES })(MESSAGES);
    await tamper(database(), "insert into docket.chore (task, kind, id) values ('cascade', 'organization', 'org_1')");
    const pages = await verifyAll(database(), "erase");
    expect(pages.flatMap(({ differences }) => differences)).toEqual([]);
    expect(pages.reduce((sum, { waiting }) => sum + waiting, 0)).toBe(1);
  });
});
