import type { JsonObject } from "../../src/core/mod.ts";
import { draws } from "../../src/shell/example/random.ts";
import type { FakeEvent, FakeKind, FakeWorld } from "./fake_clerk/world.ts";

/** A world that goes on living: people come, change and go, and each change is told. */
export class Living {
  readonly #world: FakeWorld;
  readonly #draw: () => number;
  readonly #born: string[] = [];

  constructor(world: FakeWorld, seed: string) {
    this.#world = world;
    this.#draw = draws(seed);
  }

  /** The users who signed up since there is somebody to be told. */
  get born(): readonly string[] {
    return this.#born;
  }

  /** One change, whichever comes. */
  step(): void {
    const world = this.#world;
    const chance = this.#draw();
    if (chance < 0.2) this.#born.push(world.addUser());
    else if (chance < 0.4) this.#change("user", "user.updated");
    else if (chance < 0.5) this.#removeUser();
    else if (chance < 0.55) this.#change("organization", "organization.updated");
    else if (chance < 0.6) this.#founded();
    else if (chance < 0.8) this.#joined();
    else if (chance < 0.9) this.#left();
    else this.#change("organization_membership", "organizationMembership.updated");
  }

  /** Sends what is told since the last time: each out of order, many twice. */
  async tell(send: (event: FakeEvent) => Promise<void>, from: number): Promise<number> {
    const events = this.#world.events().slice(from);
    const sent = events.flatMap((event) => (this.#draw() < 0.3 ? [event, event] : [event]));
    const order = sent.map((event) => ({ event, at: this.#draw() })).sort((left, right) => left.at - right.at);
    await Promise.all(order.map(({ event }) => send(event)));
    return from + events.length;
  }

  #pick(kind: FakeKind): JsonObject | undefined {
    const rows = this.#world.table(kind).rows();
    return rows[Math.floor(this.#draw() * rows.length)];
  }

  #change(kind: FakeKind, type: string): void {
    const row = this.#pick(kind);
    if (row === undefined) return;
    const fields = { public_metadata: { mark: Math.floor(this.#draw() * 1_000) } };
    this.#world.change(kind, String(row["id"]), { fields, type });
  }

  /** Memberships go without a word: Clerk promises none for them. */
  #removeUser(): void {
    const id = String(this.#pick("user")?.["id"]);
    for (const membership of this.#world
      .table("organization_membership")
      .rows()
      .filter((it) => memberOf(it) === id)) {
      this.#world.remove("organization_membership", String(membership["id"]));
    }
    this.#world.remove("user", id, { type: "user.deleted", data: { deleted: true, id, object: "user" } });
  }

  #founded(): void {
    const founder = this.#pick("user");
    if (founder !== undefined) this.#world.addOrganization(String(founder["id"]));
  }

  #joined(): void {
    const [user, organization] = [this.#pick("user"), this.#pick("organization")];
    if (user === undefined || organization === undefined) return;
    const [userId, organizationId] = [String(user["id"]), String(organization["id"])];
    this.#world.addMembership({ organizationId, userId, role: "org:member" });
  }

  #left(): void {
    const membership = this.#pick("organization_membership");
    if (membership === undefined) return;
    const told = { type: "organizationMembership.deleted", data: membership };
    this.#world.remove("organization_membership", String(membership["id"]), told);
  }
}

export interface Size {
  readonly users: number;
  readonly organizations: number;
  readonly memberships: number;
}

/** Fills a world as it was before there was anybody to be told. */
export function populateSilently(world: FakeWorld, { users, organizations, memberships }: Size): void {
  world.silently(() => {
    const people = Array.from({ length: users }, () => world.addUser());
    const companies = Array.from({ length: organizations }, (_, number) =>
      world.addOrganization(people[number % users] ?? ""),
    );
    for (let number = organizations; number < memberships; number += 1) {
      const organizationId = companies[number % organizations] ?? "";
      const userId = people[(number * 7_919) % users] ?? "";
      world.addMembership({ organizationId, userId, role: "org:member" });
    }
  });
}

function memberOf(membership: JsonObject): unknown {
  return (membership["public_user_data"] as JsonObject)["user_id"];
}
