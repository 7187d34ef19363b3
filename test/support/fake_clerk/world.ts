import type { JsonObject } from "../../../src/core/mod.ts";
import { WALKS } from "../../../src/shell/clerk/listing.ts";
import type { ObservableKind } from "../../../src/shell/clerk/observation.ts";
import { type Company, makeCompany } from "../../../src/shell/example/company.ts";
import { invitationData, membershipData, organizationData } from "../../../src/shell/example/organization.ts";
import { makePerson, type Person } from "../../../src/shell/example/person.ts";
import { sessionData } from "../../../src/shell/example/session.ts";
import { sortedObject } from "../../../src/shell/example/sorted.ts";
import { userData } from "../../../src/shell/example/user.ts";
import { FakeTable } from "./table.ts";

/** What the fake has tables of, in the shape of Clerk's API. */
export type FakeKind = ObservableKind | "statement";

const KINDS: readonly FakeKind[] = [...WALKS.map(({ kind }) => kind), "statement"];

/** A webhook that Clerk would send for a change; to be signed and posted. */
export interface FakeEvent {
  readonly svixId: string;
  readonly type: string;
  readonly body: string;
}

export interface WorldOptions {
  readonly instanceId: string;
  /** Tells worlds apart: the same seed makes the same ids. */
  readonly seed: string;
  /** Milliseconds since the Unix epoch. No two changes have the same, whatever it says. */
  readonly clock: () => number;
}

/** The state of one Clerk instance, and what it told of it. Changes are whole: each stores and tells. */
export class FakeWorld {
  readonly instanceId: string;
  readonly #options: WorldOptions;
  readonly #tables = new Map<FakeKind, FakeTable>(KINDS.map((kind) => [kind, new FakeTable()]));
  readonly #people = new Map<string, Person>();
  readonly #companies = new Map<string, Company>();
  readonly #events: FakeEvent[] = [];
  #count = 0;
  #lastMs = 0;
  #isSilent = false;

  constructor(options: WorldOptions) {
    this.#options = options;
    this.instanceId = options.instanceId;
  }

  /** All that was told so far, in the order of the changes. */
  events(): readonly FakeEvent[] {
    return [...this.#events];
  }

  get(kind: FakeKind, id: string): JsonObject | undefined {
    return this.table(kind).get(id);
  }

  /** The newest first, as Clerk lists by default. */
  all(kind: FakeKind): readonly JsonObject[] {
    return this.table(kind).rows().toReversed();
  }

  table(kind: FakeKind): FakeTable {
    const table = this.#tables.get(kind);
    if (table === undefined) throw new RangeError(`Cannot find the kind ${kind} in the fake`);
    return table;
  }

  /** What `act` does is told to nobody, as what happened before there were webhooks. */
  silently<T>(act: () => T): T {
    this.#isSilent = true;
    try {
      return act();
    } finally {
      this.#isSilent = false;
    }
  }

  /** Stores a change, as of now, and tells of it. Undefined if there is no such row. */
  change(
    kind: FakeKind,
    id: string,
    { fields, type }: { readonly fields: JsonObject; readonly type: string },
  ): JsonObject | undefined {
    const row = this.get(kind, id);
    return row === undefined ? undefined : this.put(kind, { ...row, ...fields, updated_at: this.now() }, type);
  }

  /** Takes a row out, and tells of it with these words. */
  remove(kind: FakeKind, id: string, told?: { readonly type: string; readonly data: JsonObject }): void {
    this.table(kind).delete(id);
    if (told !== undefined) this.#tell(told.type, told.data);
  }

  addUser(fields: JsonObject = {}): string {
    const createdAtMs = this.now();
    const person = makePerson(this.key("person"), createdAtMs);
    this.#people.set(person.userId, person);
    const data = userData(person, { stage: "signed-up", updatedAtMs: createdAtMs });
    this.put("user", { ...data, ...fields }, "user.created");
    return person.userId;
  }

  /** With its founder as its first admin. */
  addOrganization(founderId: string): string {
    const createdAtMs = this.now();
    const company = makeCompany(this.key("company"), { founder: this.person(founderId), createdAtMs });
    this.#companies.set(company.organizationId, company);
    const data = organizationData(company, { stage: "founded", updatedAtMs: createdAtMs });
    this.put("organization", data, "organization.created");
    this.addMembership({ organizationId: company.organizationId, userId: founderId, role: "org:admin" });
    return company.organizationId;
  }

  addMembership(options: {
    readonly organizationId: string;
    readonly userId: string;
    readonly role: string;
  }): JsonObject {
    const { organizationId, userId, role } = options;
    const atMs = this.now();
    const times = { createdAtMs: atMs, updatedAtMs: atMs, membersCount: 1 };
    const member = this.person(userId);
    const data = membershipData(this.company(organizationId), { member, role: "member", ...times });
    // A member who leaves and comes back has another membership.
    const id = `${String(data["id"])}${this.#count}`;
    this.#count += 1;
    return this.put(
      "organization_membership",
      { ...data, id, role, private_metadata: {} },
      "organizationMembership.created",
    );
  }

  addInvitation(organizationId: string): string {
    const atMs = this.now();
    const invited = makePerson(this.key("invited"), atMs);
    const times = { createdAtMs: atMs, updatedAtMs: atMs };
    const data = invitationData(this.company(organizationId), { invited, status: "pending", ...times });
    this.put("organization_invitation", data, "organizationInvitation.created");
    return String(data["id"]);
  }

  addSession(userId: string, fields: JsonObject = {}): string {
    const atMs = this.now();
    const times = { createdAtMs: atMs, updatedAtMs: atMs, label: this.key("session") };
    const options = { ...times, status: "active", userStage: "signed-up", actor: null } as const;
    const { user: _nested, ...data } = sessionData(this.person(userId), options);
    this.put("session", { ...data, ...fields }, "session.created");
    return String(data["id"]);
  }

  /** Puts a row in whole, and tells of it with the event type; null: without a word. */
  put(kind: FakeKind, data: JsonObject, type: string | null): JsonObject {
    const row = sortedObject(data);
    this.table(kind).set(row);
    // Only webhooks have the user in the session (shared/clerk/events.md, section 1.3).
    const user = this.get("user", String(row["user_id"])) ?? null;
    if (type !== null) this.#tell(type, kind === "session" ? { ...row, user } : row);
    return row;
  }

  #tell(type: string, data: JsonObject): void {
    if (this.#isSilent) return;
    const envelope = {
      data: sortedObject(data),
      event_attributes: { http_request: { client_ip: "", user_agent: "" } },
      instance_id: this.instanceId,
      object: "event",
      timestamp: this.now(),
      type,
    };
    const svixId = `msg_${this.#options.seed}_${this.#events.length + 1}`;
    this.#events.push({ svixId, type, body: JSON.stringify(envelope) });
  }

  /** The time of the next change: no two have the same. */
  now(): number {
    this.#lastMs = Math.max(this.#lastMs + 1, this.#options.clock());
    return this.#lastMs;
  }

  /** Another each time, the same in each world of this seed. */
  key(label: string): string {
    this.#count += 1;
    return `${this.#options.seed}/${label}/${this.#count}`;
  }

  person(userId: string): Person {
    const person = this.#people.get(userId);
    if (person === undefined) throw new RangeError(`Cannot find the user ${userId} in the fake`);
    return person;
  }

  company(organizationId: string): Company {
    const company = this.#companies.get(organizationId);
    if (company === undefined) throw new RangeError(`Cannot find the organization ${organizationId} in the fake`);
    return company;
  }
}
