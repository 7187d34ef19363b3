import { afterEach, expect, test } from "bun:test";
import { ask, event, MEMBERSHIP, sendEvent } from "../../support/api.ts";
import { eachDatabase } from "../../support/databases.ts";
import { EPOCH_MS } from "../../support/histories.ts";
import { type Service, startService } from "../../support/service.ts";

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

/** The instant of a step of the events, as an address takes it. */
function at(step: number): string {
  return new Date(EPOCH_MS + step).toISOString();
}

eachDatabase("GET /v1/entities/:kind/:id?at", (database) => {
  const start = async (onDelete: "keep" | "erase" = "keep"): Promise<Service> => {
    service = await startService(database(), { onDelete });
    return service;
  };

  test("goes by what Clerk says of times, whenever the messages came", async () => {
    const running = await start();
    await sendEvent(running, "msg_3", event("user.updated", 300, { id: "user_1", first_name: "Third" }));
    await sendEvent(running, "msg_1", event("user.created", 100, { id: "user_1", first_name: "First" }));
    await sendEvent(running, "msg_2", event("user.updated", 200, { id: "user_1", first_name: "Second" }));
    const then = async (step: number) => (await ask(running, `/entities/user/user_1?at=${at(step)}`)).body;
    for (const [step, name, svixId] of [
      [100, "First", "msg_1"],
      [199, "First", "msg_1"],
      [200, "Second", "msg_2"],
      [300, "Third", "msg_3"],
      [99_999, "Third", "msg_3"],
    ] as const) {
      const { state, svixId: told, data, at: asked, ending } = await then(step);
      expect([step, state, told, (data as Record<string, unknown>)["first_name"], asked, ending]).toEqual([
        step,
        "live",
        svixId,
        name,
        at(step),
        null,
      ]);
    }
    const before = await ask(running, `/entities/user/user_1?at=${at(99)}`);
    expect([before.status, before.body.error?.code]).toEqual([404, "not_found"]);
    expect(before.body.error?.message).toContain(at(100));
  });

  test("is now's row, but for when it was written, of every kind of end", async () => {
    const running = await start();
    await sendEvent(running, "msg_1", event("user.created", 1, { id: "user_1", first_name: "Ada" }));
    await sendEvent(running, "msg_2", event("organizationMembership.created", 2, { id: "orgmem_1", ...MEMBERSHIP }));
    const session = { user_id: "user_1", status: "active", created_at: EPOCH_MS + 50 };
    await sendEvent(running, "msg_3", event("session.created", 50, { id: "sess_1", ...session }));
    await sendEvent(running, "msg_4", event("organizationMembership.deleted", 4, { id: "orgmem_2", ...MEMBERSHIP }));
    await sendEvent(running, "msg_5", event("organization.deleted", 60, { id: "org_1" }));
    await sendEvent(running, "msg_6", event("user.deleted", 70, { id: "user_9" }));
    for (const path of ["user/user_1", "organization_membership/orgmem_1", "session/sess_1", "user/user_9"]) {
      const [now, then] = await Promise.all([
        ask(running, `/entities/${path}`),
        ask(running, `/entities/${path}?at=${at(1_000)}`),
      ]);
      const { synced_at: _, ...row } = now.body["data"] as Record<string, unknown>;
      expect([path, then.body["data"], then.body["state"]]).toEqual([path, row, now.body["state"]]);
      expect(then.body["version"]).toBe(now.body["version"]);
    }
    const known = await ask(running, `/entities/organization_membership/orgmem_2?at=${at(1_000)}`);
    expect(known.body).toMatchObject({ state: "deleted", svixId: "msg_4", data: { role: "org:admin" } });
  });

  test("knows only the sign-ins that were by then", async () => {
    const running = await start();
    await sendEvent(running, "msg_1", event("user.created", 1, { id: "user_1" }));
    for (const step of [10, 20]) {
      const session = { user_id: "user_1", status: "active", created_at: EPOCH_MS + step };
      await sendEvent(running, `msg_${step}`, event("session.created", step, { id: `sess_${step}`, ...session }));
    }
    const signedIn = async (step: number) =>
      ((await ask(running, `/entities/user/user_1?at=${at(step)}`)).body["data"] as Record<string, unknown>)[
        "last_sign_in_at"
      ];
    expect([await signedIn(5), await signedIn(15), await signedIn(25)]).toEqual([null, at(10), at(20)]);
  });

  test("is deleted from its deletion on, or its parent's, and says whose", async () => {
    const running = await start();
    await sendEvent(running, "msg_1", event("organization.created", 1, { id: "org_1" }));
    await sendEvent(running, "msg_2", event("organizationMembership.created", 2, { id: "orgmem_1", ...MEMBERSHIP }));
    await sendEvent(running, "msg_4", event("organizationMembership.updated", 9, { id: "orgmem_1", ...MEMBERSHIP }));
    await sendEvent(running, "msg_3", event("organization.deleted", 5, { id: "org_1" }));
    const path = "/entities/organization_membership/orgmem_1";
    expect((await ask(running, `${path}?at=${at(4)}`)).body).toMatchObject({ state: "live", svixId: "msg_2" });
    expect((await ask(running, `${path}?at=${at(5)}`)).body).toMatchObject({
      state: "deleted",
      deletedAt: at(5),
      svixId: "msg_3",
      data: { deleted_at: at(5), role: "org:admin" },
      ending: { cause: "inherited", type: "organization.deleted", entityKind: "organization", entityId: "org_1" },
    });
  });

  test("shows an erased one without personal data at any time, and says so", async () => {
    const running = await start("erase");
    await sendEvent(running, "msg_1", event("user.created", 1, { id: "user_1", first_name: "Ada" }));
    await sendEvent(running, "msg_2", event("user.deleted", 5, { id: "user_1" }));
    const { body, text } = await ask(running, `/entities/user/user_1?at=${at(2)}`);
    expect(body).toMatchObject({ state: "live", payload: "erased", svixId: "msg_1", data: { first_name: null } });
    expect(text).not.toContain("Ada");
  });

  test("refuses what is no time, one given twice, and the past together with a wait", async () => {
    const running = await start();
    await sendEvent(running, "msg_1", event("user.created", 1, { id: "user_1" }));
    for (const query of ["at=yesterday", "at=", `at=${at(1)}&at=${at(2)}`, `at=${at(1)}&wait=1`, "at=2026-02-30"]) {
      const { status, body } = await ask(running, `/entities/user/user_1?${query}`);
      expect([query, status, body.error?.code]).toEqual([query, 400, "invalid_query"]);
      expect(body.error?.message).toStartWith("Parameter at must be ");
    }
    for (const id of ["user_2", "%00", "x".repeat(3_000)]) {
      expect((await ask(running, `/entities/user/${id}?at=${at(1)}`)).status).toBe(404);
    }
  });
});
