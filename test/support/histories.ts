import fc from "fast-check";

/** One message as Clerk would send it: an envelope, and the id that Svix gives it. */
export interface WireMessage {
  readonly svixId: string;
  readonly envelope: WireEnvelope;
}

export interface WireEnvelope {
  readonly type: string;
  readonly instance_id: string;
  readonly timestamp: number;
  readonly data: { readonly id: string; readonly updated_at?: number; readonly [field: string]: unknown };
}

/** Few distinct times and ids, so that ties and collisions are common instead of rare. Milliseconds, so above 1e11. */
export const EPOCH_MS = 1_700_000_000_000;
export const INSTANCE_ID = "ins_test";
const timeMs = fc.integer({ min: 0, max: 5 }).map((step) => EPOCH_MS + step);
const USERS = ["user_1", "user_2"] as const;
const ORGANIZATIONS = ["org_1", "org_2"] as const;

/** What an event needs to be one: where it stands in time, and something to tell its version from others by. */
interface Draft {
  readonly type: string;
  readonly id: string;
  readonly updatedAtMs: number;
  readonly lagMs: number;
  readonly mark: string;
  readonly user: (typeof USERS)[number];
  readonly organization: (typeof ORGANIZATIONS)[number];
}

const SHAPES: readonly { readonly types: readonly string[]; readonly ids: readonly string[] }[] = [
  { types: ["user.created", "user.updated", "user.updated", "user.deleted"], ids: USERS },
  { types: ["organization.created", "organization.updated", "organization.deleted"], ids: ORGANIZATIONS },
  {
    types: ["organizationMembership.created", "organizationMembership.updated", "organizationMembership.deleted"],
    ids: ["orgmem_1", "orgmem_2"],
  },
  { types: ["organizationInvitation.created", "organizationInvitation.accepted"], ids: ["orginv_1"] },
  { types: ["organizationDomain.created", "organizationDomain.deleted"], ids: ["orgdmn_1"] },
  { types: ["session.created", "session.ended", "session.revoked"], ids: ["sess_1", "sess_2"] },
  { types: ["subscription.created", "subscription.pastDue"], ids: ["csub_1"] },
  { types: ["subscriptionItem.active", "subscriptionItem.ended"], ids: ["csub_item_1"] },
  { types: ["role.created", "role.deleted"], ids: ["role_1"] },
  { types: ["sms.created"], ids: ["sms_1"] },
];

const draft: fc.Arbitrary<Draft> = fc.oneof(
  ...SHAPES.map(({ types, ids }, index) => ({
    weight: index < 3 ? 3 : 1,
    arbitrary: fc.record({
      type: fc.constantFrom(...types),
      id: fc.constantFrom(...ids),
      updatedAtMs: timeMs,
      lagMs: fc.integer({ min: 0, max: 2 }),
      mark: fc.constantFrom("red", "green", "blue"),
      user: fc.constantFrom(...USERS),
      organization: fc.constantFrom(...ORGANIZATIONS),
    }),
  })),
);

/** True histories: several entities, any order of life, one payload per message id. */
export const histories: fc.Arbitrary<readonly WireMessage[]> = fc
  .array(draft, { minLength: 1, maxLength: 14 })
  .map((drafts) => drafts.map((it, index) => wireMessage(it, `msg_${(index * 7) % 13}_${index}`)));

/**
 * A history and one way the network may deliver it: everything at least once, in any order, with any repeats.
 * Built with `map` alone, which shrinks better than `chain`.
 */
export const deliveries = fc
  .tuple(histories, fc.array(fc.nat(), { maxLength: 8 }), fc.array(fc.nat(), { minLength: 1, maxLength: 20 }))
  .map(([history, repeats, ranks]) => {
    const copies = [...history, ...repeats.map((pick) => history[pick % history.length] as WireMessage)];
    const delivered = copies
      .map((message, index) => ({ message, rank: ranks[(index * 31) % ranks.length] ?? 0 }))
      .sort((left, right) => left.rank - right.rank)
      .map(({ message }) => message);
    return { history, delivered };
  });

function wireMessage(it: Draft, svixId: string): WireMessage {
  const deleted = it.type.endsWith(".deleted");
  const timestamp = it.updatedAtMs + it.lagMs;
  const envelope = { type: it.type, instance_id: INSTANCE_ID, timestamp, object: "event" };
  if (deleted && !it.type.startsWith("organizationMembership")) {
    return { svixId, envelope: { ...envelope, data: { id: it.id, deleted: true } } };
  }
  return { svixId, envelope: { ...envelope, data: liveData(it) } };
}

function liveData(it: Draft): WireEnvelope["data"] {
  const times = { created_at: EPOCH_MS, updated_at: it.updatedAtMs };
  const common = { id: it.id, ...times, public_metadata: { mark: it.mark } };
  const family = it.type.split(".")[0];
  switch (family) {
    case "user":
      return {
        ...common,
        // An old user, first heard of now.
        created_at: it.mark === "blue" ? EPOCH_MS - 345_600_000 : EPOCH_MS,
        first_name: it.mark,
        last_sign_in_at: it.mark === "red" ? it.updatedAtMs : null,
        primary_email_address_id: `idn_${it.id}_second`,
        // Some come and go with the versions.
        email_addresses: [
          ...(it.mark === "blue" ? [] : [{ id: `idn_${it.id}_first`, email_address: `first@${it.id}.example` }]),
          { id: `idn_${it.id}_second`, email_address: `${it.mark}@${it.id}.example` },
        ],
        phone_numbers: it.mark === "red" ? [{ phone_number: `+1${it.updatedAtMs}` }] : [],
      };
    case "organizationMembership":
      return {
        ...common,
        role: "org:admin",
        organization: { id: it.organization },
        public_user_data: { user_id: it.user, identifier: it.mark },
      };
    case "organizationInvitation":
    case "organizationDomain":
      return { ...common, organization_id: it.organization, name: it.mark, email_address: `${it.mark}@example.com` };
    case "session":
      return {
        ...common,
        created_at: it.updatedAtMs,
        user_id: it.user,
        status: it.type.slice(8),
        latest_activity: { city: it.mark },
      };
    case "subscriptionItem":
      return { ...common, subscription_id: "csub_1", status: it.mark };
    case "sms":
      return { id: it.id, message: "654321 is your code", slug: it.mark, created_at_ms: EPOCH_MS };
    default:
      return { ...common, name: it.mark, status: it.mark };
  }
}
