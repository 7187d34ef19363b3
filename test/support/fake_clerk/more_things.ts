import type { JsonObject } from "../../../src/core/mod.ts";
import { type Item, itemData, nestedItem, subscriptionData } from "../../../src/shell/example/billing.ts";
import { domainData } from "../../../src/shell/example/organization.ts";
import { companyPayer, personPayer } from "../../../src/shell/example/payer.ts";
import { paymentAttemptData } from "../../../src/shell/example/payment.ts";
import { makePerson } from "../../../src/shell/example/person.ts";
import { exampleId } from "../../../src/shell/example/random.ts";
import { permissionData, roleData } from "../../../src/shell/example/role.ts";
import { waitlistData } from "../../../src/shell/example/waitlist.ts";
import type { FakeWorld } from "./world.ts";

/** A role, with its one permission. Gives the role's id. */
export function addRole(world: FakeWorld): string {
  const key = world.key("role");
  const [permissionAtMs, roleAtMs] = [world.now(), world.now()];
  const permission = permissionData(key, { createdAtMs: permissionAtMs, updatedAtMs: permissionAtMs });
  world.put("permission", permission, "permission.created");
  const role = roleData(key, { permission, createdAtMs: roleAtMs, updatedAtMs: roleAtMs });
  return idOf(world.put("role", role, "role.created"));
}

export function addDomain(world: FakeWorld, organizationId: string): string {
  const atMs = world.now();
  const data = domainData(world.company(organizationId), { verified: false, createdAtMs: atMs, updatedAtMs: atMs });
  return idOf(world.put("organization_domain", data, "organizationDomain.created"));
}

export function addWaitlistEntry(world: FakeWorld): string {
  const atMs = world.now();
  const data = waitlistData(makePerson(world.key("waiting"), atMs), { createdAtMs: atMs, invitedAtMs: null });
  return idOf(world.put("waitlist_entry", data, "waitlistEntry.created"));
}

/** A subscription of one item that a user or an organization pays for, and its first payment. Gives its id. */
export function addSubscription(world: FakeWorld, payerId: string): string {
  const key = world.key("subscription");
  const [itemAtMs, subscriptionAtMs, paymentAtMs] = [world.now(), world.now(), world.now()];
  const payer = payerId.startsWith("org_") ? companyPayer(world.company(payerId)) : personPayer(world.person(payerId));
  const item: Item = {
    id: exampleId("csub_item_", key),
    subscriptionId: exampleId("csub_", key),
    payer,
    plan: "pro",
    createdAtMs: itemAtMs,
    periodStartMs: itemAtMs,
  };
  const state = { status: "active", updatedAtMs: itemAtMs } as const;
  world.put("subscription_item", itemData(item, state), "subscriptionItem.created");
  const subscription = subscriptionData([nestedItem(item, state)], {
    id: item.subscriptionId,
    payer,
    payerId: idOf(payer),
    status: "active",
    createdAtMs: subscriptionAtMs,
    updatedAtMs: subscriptionAtMs,
    latestPaymentId: exampleId("cpay_", key),
    paymentSourceId: null,
  });
  world.put("subscription", subscription, "subscription.created");
  const times = { createdAtMs: paymentAtMs, updatedAtMs: paymentAtMs };
  const { instanceId } = world;
  const payment = paymentAttemptData({ key, instanceId, item, chargeType: "checkout", status: "paid", ...times });
  const statement = { created_at: paymentAtMs, id: payment["statement_id"] ?? null, object: "commerce_statement" };
  world.put("statement", statement, null);
  world.put("payment_attempt", payment, "paymentAttempt.created");
  return item.subscriptionId;
}

function idOf(data: JsonObject): string {
  return String(data["id"]);
}
