import { clerkHeaders, INSTANCE_ID, stripeHeaders, toRequest } from "./signing.ts";

/** Whose webhooks are sent. */
export type Sender = "clerk" | "stripe";

/** What is sent in one run. */
export interface Load {
  readonly sender: Sender;
  /** `created`: each its own new user. `updated`: changes of `keys` users, each later than the one before. */
  readonly event: "created" | "updated";
  readonly count: number;
  readonly bodyBytes: number;
  /** Users that the updates are of: few make them hot. */
  readonly keys: number;
  /** Of so many messages in a hundred, what they tell is hours old. @default 0 */
  readonly latePercent?: number;
  /** So many messages in a hundred are the one before once more, to the last byte. At most 50. @default 0 */
  readonly copyPercent?: number;
  /** Whose messages these are. @default users of this run alone; of updates, `keys` of them */
  readonly users?: UserBlocks;
  /** Tells the runs on one database apart. */
  readonly run: string;
}

/** Users in blocks that are alike but for their number. */
export interface UserBlocks {
  readonly prefix: string;
  readonly blocks: number;
  readonly perBlock: number;
  /** So many of them, spread over all blocks, and no others. @default all */
  readonly active?: number | undefined;
}

/** How many users the messages can be of. */
export function activeOf({ blocks, perBlock, active = blocks * perBlock }: UserBlocks): number {
  return Math.min(active, blocks * perBlock);
}

const LATE_MS = 3 * 3_600_000;

/** All requests as they go over the wire, signed now: they are good for five minutes. */
export function makeRequests(load: Load, path: string): readonly Buffer[] {
  const nowMs = Date.now();
  const requests: Buffer[] = [];
  for (let index = 0; index < load.count; index += 1) {
    const before = requests[index - 1];
    requests.push(isCopy(load, index) && before !== undefined ? before : makeRequest(load, { path, index, nowMs }));
  }
  return requests;
}

/** How many messages there are, when copies count as one. */
export function messagesOf(load: Load): number {
  return originals(load).length;
}

/** How many users they are of. */
export function usersOf(load: Load): number {
  return new Set(originals(load).map((index) => keyOf(load, index))).size;
}

/** Which of the messages are no copies. */
export function originals(load: Load): readonly number[] {
  return Array.from({ length: load.count }, (_, index) => index).filter((index) => !isCopy(load, index));
}

/** Never two in a row. */
function isCopy({ copyPercent = 0 }: Load, index: number): boolean {
  return Math.floor((index * copyPercent) / 100) > Math.floor(((index - 1) * copyPercent) / 100) && index > 0;
}

interface Target extends Place {
  readonly path: string;
}

function makeRequest(load: Load, { path, index, nowMs }: Target): Buffer {
  const body = load.sender === "clerk" ? clerkBody(load, { index, nowMs }) : stripeBody(load, { index, nowMs });
  const headers =
    load.sender === "clerk"
      ? clerkHeaders(body, { id: `msg_${load.run}_${index}`, atMs: nowMs })
      : stripeHeaders(body, nowMs);
  return toRequest(path, { headers, body });
}

/** Of a message in its load. */
export interface Place {
  readonly index: number;
  readonly nowMs: number;
}

/** Has no factor in common with any number of users, so that each has its turn before one has a second. */
const STEP = 2_654_435_761;

/** What tells its user from others. */
export function keyOf({ event, keys, run, users }: Load, index: number): string {
  if (users !== undefined) {
    const place = ((index % activeOf(users)) * STEP) % (users.blocks * users.perBlock);
    return `${users.prefix}${place % users.blocks}_${Math.floor(place / users.blocks)}`;
  }
  return event === "created" ? `${run}_${index}` : `${run}_${index % keys}`;
}

/** When it was changed: in the order of sending, but for those that are late. */
export function changedAtMs({ latePercent = 0, count }: Load, { index, nowMs }: Place): number {
  const atMs = nowMs - count + index;
  // Spread evenly, so that each batch has its share of late ones.
  return (index * 37) % 100 < latePercent ? atMs - LATE_MS : atMs;
}

/** What Clerk sends, without the signature. */
export function clerkBody(load: Load, place: Place): string {
  const key = keyOf(load, place.index);
  const atMs = changedAtMs(load, place);
  const email = `idn_${key}`;
  const user = {
    id: `user_${key}`,
    object: "user",
    username: null,
    first_name: "Ada",
    last_name: `Example ${place.index}`,
    image_url: "https://img.example.com/xxxxxxxx",
    has_image: false,
    primary_email_address_id: email,
    primary_phone_number_id: null,
    password_enabled: true,
    two_factor_enabled: false,
    email_addresses: [
      {
        id: email,
        object: "email_address",
        email_address: `${key}@example.com`,
        reserved: false,
        verification: { status: "verified", strategy: "email_code", attempts: 1, expire_at: atMs },
        linked_to: [],
        created_at: atMs,
        updated_at: atMs,
      },
    ],
    phone_numbers: [],
    web3_wallets: [],
    external_accounts: [],
    saml_accounts: [],
    public_metadata: {},
    private_metadata: {},
    unsafe_metadata: {},
    external_id: null,
    last_sign_in_at: null,
    banned: false,
    locked: false,
    created_at: load.event === "created" ? atMs : place.nowMs - 86_400_000,
    updated_at: atMs,
    last_active_at: atMs,
  };
  const envelope = { object: "event", type: `user.${load.event}`, instance_id: INSTANCE_ID, timestamp: atMs };
  return padded(load.bodyBytes, (padding) =>
    JSON.stringify({ ...envelope, data: { ...user, public_metadata: { about: padding } } }),
  );
}

function stripeBody(load: Load, place: Place): string {
  const key = keyOf(load, place.index);
  const customer = {
    id: `cus_${key}`,
    object: "customer",
    address: null,
    balance: 0,
    created: Math.floor(place.nowMs / 1_000),
    currency: "usd",
    default_source: null,
    delinquent: false,
    description: `Example ${place.index}`,
    discount: null,
    email: `${key}@example.com`,
    invoice_prefix: "0759376C",
    livemode: false,
    metadata: {},
    name: "Ada Example",
    phone: null,
    preferred_locales: [],
    shipping: null,
    tax_exempt: "none",
  };
  const envelope = {
    id: `evt_${load.run}_${place.index}`,
    object: "event",
    api_version: "2020-08-27",
    created: Math.floor(changedAtMs(load, place) / 1_000),
    livemode: false,
    pending_webhooks: 1,
    request: null,
    type: `customer.${load.event}`,
  };
  return padded(load.bodyBytes, (padding) =>
    JSON.stringify({ ...envelope, data: { object: { ...customer, metadata: { about: padding } } } }),
  );
}

/** Fills the body up: with words, which compress as what people write does, not as one letter would. */
function padded(bytes: number, write: (padding: string) => string): string {
  const lacking = Math.max(0, bytes - write("").length);
  const seed = Math.floor(Math.random() * WORDS.length);
  let padding = "";
  for (let n = seed; padding.length < lacking; n += 1 + (n % 7)) padding += `${WORDS[n % WORDS.length]}${n} `;
  return write(padding.slice(0, lacking));
}

const WORDS = ["clerk", "docket", "order", "ledger", "court", "entry", "notice", "motion", "record", "session", "role"];
