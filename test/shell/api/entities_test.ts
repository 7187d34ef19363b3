import { afterEach, expect, test } from "bun:test";
import { KINDS } from "../../../src/core/mod.ts";
import { ask, event, MEMBERSHIP, sendEvent, walk } from "../../support/api.ts";
import { eachDatabase } from "../../support/databases.ts";
import { EPOCH_MS, INSTANCE_ID } from "../../support/histories.ts";
import { type Service, startService } from "../../support/service.ts";

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

eachDatabase("GET /v1/entities", (database) => {
  const start = async (): Promise<Service> => {
    service = await startService(database());
    return service;
  };

  test("shows the row of an entity, live and then deleted", async () => {
    const running = await start();
    await sendEvent(running, "msg_1", event("user.created", 1, { id: "user_1", first_name: "Ada" }));
    const live = await ask(running, "/entities/user/user_1");
    expect([live.status, live.headers.get("cache-control")]).toEqual([200, "no-store"]);
    expect(live.body).toMatchObject({
      kind: "user",
      id: "user_1",
      state: "live",
      deletedAt: null,
      version: EPOCH_MS + 1,
      data: {
        id: "user_1",
        instance_id: INSTANCE_ID,
        first_name: "Ada",
        updated_at: new Date(EPOCH_MS + 1).toISOString(),
        version_ms: EPOCH_MS + 1,
        data: { id: "user_1", first_name: "Ada" },
      },
    });
    await sendEvent(running, "msg_2", event("user.deleted", 2, { id: "user_1" }));
    const deletedAt = new Date(EPOCH_MS + 2).toISOString();
    expect((await ask(running, "/entities/user/user_1")).body).toMatchObject({
      state: "deleted",
      deletedAt,
      data: { first_name: null, deleted_at: deletedAt },
    });
  });

  test("takes kinds by their name, their table's and Clerk's", async () => {
    const running = await start();
    await sendEvent(running, "msg_1", event("organizationMembership.created", 1, { id: "orgmem_1", ...MEMBERSHIP }));
    for (const kind of ["organization_membership", "organization_memberships", "organizationMembership"]) {
      expect((await ask(running, `/entities/${kind}/orgmem_1`)).body).toMatchObject({
        kind: "organization_membership",
        id: "orgmem_1",
      });
      expect((await ask(running, `/entities/${kind}`)).body.items).toHaveLength(1);
    }
  });

  test("has a list of every kind", async () => {
    const running = await start();
    for (const kind of KINDS) {
      expect([kind, (await ask(running, `/entities/${kind}`)).body]).toEqual([kind, { items: [], next: null }]);
    }
  });

  test("answers 404 to an unknown kind, with the kinds, and to an unknown id", async () => {
    const running = await start();
    for (const path of [
      "/entities/person",
      "/entities/person/1",
      "/entities/constructor",
      "/entities/email_addresses",
    ]) {
      const { status, body } = await ask(running, path);
      expect([path, status, body.error?.code]).toEqual([path, 404, "not_found"]);
      for (const kind of KINDS) expect(body.error?.message).toContain(kind);
    }
    for (const id of ["user_1", "%00", "%zz", "x".repeat(3_000)]) {
      const { status, body } = await ask(running, `/entities/user/${id}`);
      expect([status, body.error?.code]).toEqual([404, "not_found"]);
    }
    expect((await ask(running, "/entities/user?limit=0")).body.error?.code).toBe("invalid_query");
  });

  test("lists the greatest id first, known as deleted alone too, without payloads", async () => {
    const running = await start();
    await sendEvent(running, "msg_1", event("user.created", 3, { id: "user_1", secret_note: "only in the payload" }));
    await sendEvent(running, "msg_2", event("user.created", 5, { id: "user_2" }));
    await sendEvent(running, "msg_3", event("user.deleted", 4, { id: "user_3" }));
    const { body, text } = await ask(running, "/entities/users");
    expect(body.items.map(({ id, state }) => [id, state])).toEqual([
      ["user_3", "deleted"],
      ["user_2", "live"],
      ["user_1", "live"],
    ]);
    expect(body.items[1]?.data).toMatchObject({ id: "user_2", first_name: null });
    expect(text).not.toContain("only in the payload");
    const past = await ask(running, "/entities/users?before=2026-01-31T12:00:00Z");
    expect([past.status, past.body.error?.message]).toEqual([
      400,
      "Parameter before must be the `next` of another page",
    ]);
  });

  test("pages without gaps or repeats while rows are added and changed", async () => {
    const running = await start();
    const ids = Array.from({ length: 17 }, (_, index) => `user_${String(index).padStart(2, "0")}`);
    for (const [index, id] of ids.entries()) {
      await sendEvent(running, `msg_${index}`, event("user.created", Math.floor(index / 5), { id }));
    }
    let added = 0;
    const seen = await walk(running, "/entities/user?limit=4", async () => {
      await sendEvent(running, `msg_new_${++added}`, event("user.created", 100 + added, { id: `user_new_${added}` }));
      await sendEvent(running, `msg_more_${added}`, event("user.updated", 200, { id: `user_0${added}` }));
    });
    expect(added).toBe(4);
    expect(seen.map(({ id }) => id)).toEqual(ids.toReversed());
  });
});
