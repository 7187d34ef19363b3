/** The kinds of thing Clerk has that get a row. Named as Clerk's `object` field names them. */
export const KINDS = [
  "user",
  "organization",
  "subscription",
  "role",
  "permission",
  "waitlist_entry",
  "payment_attempt",
  "message",
  "organization_membership",
  "organization_invitation",
  "organization_domain",
  "session",
  "subscription_item",
] as const;

export type Kind = (typeof KINDS)[number];

/** One thing in Clerk. Clerk never reuses an id. */
export interface EntityRef {
  readonly kind: Kind;
  readonly id: string;
}

/** What an event type says of its entity. `created` ranks before `changed` as of one millisecond. */
export type ChangeKind = "created" | "changed" | "deleted";

export interface EventTypeInfo {
  readonly kind: Kind;
  readonly change: ChangeKind;
}

/**
 * All 46 event types: 45 of Clerk's webhook specification (2025-04-15) and `subscriptionItem.created`,
 * which only the SDK still names. The list is open: other types are kept and answered `ignored`.
 */
export const EVENT_TYPES = {
  "user.created": { kind: "user", change: "created" },
  "user.updated": { kind: "user", change: "changed" },
  "user.deleted": { kind: "user", change: "deleted" },
  "organization.created": { kind: "organization", change: "created" },
  "organization.updated": { kind: "organization", change: "changed" },
  "organization.deleted": { kind: "organization", change: "deleted" },
  "organizationMembership.created": { kind: "organization_membership", change: "created" },
  "organizationMembership.updated": { kind: "organization_membership", change: "changed" },
  "organizationMembership.deleted": { kind: "organization_membership", change: "deleted" },
  "organizationInvitation.created": { kind: "organization_invitation", change: "created" },
  "organizationInvitation.accepted": { kind: "organization_invitation", change: "changed" },
  "organizationInvitation.revoked": { kind: "organization_invitation", change: "changed" },
  "organizationDomain.created": { kind: "organization_domain", change: "created" },
  "organizationDomain.updated": { kind: "organization_domain", change: "changed" },
  "organizationDomain.deleted": { kind: "organization_domain", change: "deleted" },
  "role.created": { kind: "role", change: "created" },
  "role.updated": { kind: "role", change: "changed" },
  "role.deleted": { kind: "role", change: "deleted" },
  "permission.created": { kind: "permission", change: "created" },
  "permission.updated": { kind: "permission", change: "changed" },
  "permission.deleted": { kind: "permission", change: "deleted" },
  "session.created": { kind: "session", change: "created" },
  "session.pending": { kind: "session", change: "changed" },
  "session.ended": { kind: "session", change: "changed" },
  "session.removed": { kind: "session", change: "changed" },
  "session.revoked": { kind: "session", change: "changed" },
  "email.created": { kind: "message", change: "created" },
  "sms.created": { kind: "message", change: "created" },
  "waitlistEntry.created": { kind: "waitlist_entry", change: "created" },
  "waitlistEntry.updated": { kind: "waitlist_entry", change: "changed" },
  "subscription.created": { kind: "subscription", change: "created" },
  "subscription.updated": { kind: "subscription", change: "changed" },
  "subscription.active": { kind: "subscription", change: "changed" },
  "subscription.pastDue": { kind: "subscription", change: "changed" },
  "subscriptionItem.created": { kind: "subscription_item", change: "created" },
  "subscriptionItem.updated": { kind: "subscription_item", change: "changed" },
  "subscriptionItem.active": { kind: "subscription_item", change: "changed" },
  "subscriptionItem.abandoned": { kind: "subscription_item", change: "changed" },
  "subscriptionItem.canceled": { kind: "subscription_item", change: "changed" },
  "subscriptionItem.ended": { kind: "subscription_item", change: "changed" },
  "subscriptionItem.freeTrialEnding": { kind: "subscription_item", change: "changed" },
  "subscriptionItem.incomplete": { kind: "subscription_item", change: "changed" },
  "subscriptionItem.pastDue": { kind: "subscription_item", change: "changed" },
  "subscriptionItem.upcoming": { kind: "subscription_item", change: "changed" },
  "paymentAttempt.created": { kind: "payment_attempt", change: "created" },
  "paymentAttempt.updated": { kind: "payment_attempt", change: "changed" },
} as const satisfies Readonly<Record<string, EventTypeInfo>>;

/** A webhook event type that has a table. */
export type EventType = keyof typeof EVENT_TYPES;

/** The event types of one kind. */
export type EventTypeOf<K extends Kind> = {
  readonly [T in EventType]: (typeof EVENT_TYPES)[T]["kind"] extends K ? T : never;
}[EventType];

/** True for the event types that have a table. */
export function isEventType(type: string): type is EventType {
  return Object.hasOwn(EVENT_TYPES, type);
}

/**
 * The kinds whose deletion ends others, by child: a row is live when neither it nor a parent is deleted.
 * Parents stand one level above their children, so that locks taken parents first never form a ring.
 */
export const PARENT_KINDS: { readonly [K in Kind]: readonly Kind[] } = {
  user: [],
  organization: [],
  subscription: [],
  role: [],
  permission: [],
  waitlist_entry: [],
  payment_attempt: [],
  message: [],
  organization_membership: ["organization", "user"],
  organization_invitation: ["organization"],
  organization_domain: ["organization"],
  session: ["user"],
  subscription_item: ["subscription"],
};

/** A key for maps: the same for the same entity, different for different ones. */
export function refKey(ref: EntityRef): string {
  return `${ref.kind}/${ref.id}`;
}
