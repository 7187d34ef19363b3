import { afterEach, expect, test } from "bun:test";
import { ask, type Body, event, MEMBERSHIP, sendEvent } from "../../support/api.ts";
import { eachDatabase } from "../../support/databases.ts";
import { EPOCH_MS } from "../../support/histories.ts";
import { type Service, startService } from "../../support/service.ts";

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

type Version = Readonly<Record<string, unknown>>;

function versionsOf(body: Body): readonly Version[] {
  return body["versions"] as readonly Version[];
}

eachDatabase("GET /v1/entities/:kind/:id/history", (database) => {
  const start = async (onDelete: "keep" | "erase" = "keep"): Promise<Service> => {
    service = await startService(database(), { onDelete });
    return service;
  };

  test("says what each message is to the row now, in the order of versions", async () => {
    const running = await start();
    await sendEvent(running, "msg_a", event("user.created", 10, { id: "user_1", first_name: "Ada" }));
    await sendEvent(running, "msg_d", event("user.updated", 40, { id: "user_1", first_name: "Dora" }));
    await sendEvent(running, "msg_b", event("user.updated", 20, { id: "user_1", first_name: "Bea" }));
    await sendEvent(running, "msg_c", event("user.updated", 20, { id: "user_1", first_name: "Bea" }));
    const { body } = await ask(running, "/entities/users/user_1/history");
    expect(body).toMatchObject({ kind: "user", id: "user_1", ending: null, next: null, entity: { state: "live" } });
    expect(
      versionsOf(body).map(({ svixId, standing, supersededBy, intent, late }) => [
        svixId,
        standing,
        supersededBy,
        intent,
        late,
      ]),
    ).toEqual([
      ["msg_d", "current", null, `${EPOCH_MS + 40}/user.updated`, false],
      ["msg_c", "superseded", "msg_d", `${EPOCH_MS + 20}/user.updated`, true],
      ["msg_b", "folded", "msg_c", null, true],
      ["msg_a", "superseded", "msg_c", "+", false],
    ]);
    for (const { why } of versionsOf(body)) expect(why).toMatch(/^[A-Z].*\.$/);
    const changes = body["changes"] as readonly Version[];
    expect(changes.map(({ path, before, after, svixId }) => [path, before, after, svixId])).toEqual([
      ["first_name", "Bea", "Dora", "msg_d"],
      ["first_name", "Ada", "Bea", "msg_c"],
      ["", null, null, "msg_a"],
    ]);
  });

  test("tells of the end: its own deletion, those it stands for, and what came after", async () => {
    const running = await start();
    await sendEvent(running, "msg_a", event("user.created", 10, { id: "user_1" }));
    await sendEvent(running, "msg_x", event("user.deleted", 30, { id: "user_1" }));
    await sendEvent(running, "msg_y", event("user.deleted", 35, { id: "user_1" }));
    await sendEvent(running, "msg_b", event("user.updated", 20, { id: "user_1" }));
    await sendEvent(running, "msg_z", event("user.updated", 90, { id: "user_1" }));
    const { body } = await ask(running, "/entities/user/user_1/history");
    expect(versionsOf(body).map(({ svixId, standing, supersededBy, late }) => [svixId, standing, supersededBy, late]))
      // The order is that of versions; the grave ends the chain wherever it stands.
      .toEqual([
        ["msg_z", "after_deletion", "msg_x", true],
        ["msg_y", "folded", "msg_x", false],
        ["msg_x", "deletion", null, false],
        ["msg_b", "superseded", "msg_z", true],
        ["msg_a", "superseded", "msg_b", false],
      ]);
    expect(body["ending"]).toMatchObject({ cause: "own", svixId: "msg_x", entityId: "user_1" });
    expect((body["changes"] as readonly Version[]).map(({ intent }) => intent)).toContain("-");
  });

  test("has a parent's deletion in the story of the child that it ended", async () => {
    const running = await start("erase");
    await sendEvent(running, "msg_1", event("organizationMembership.created", 2, { id: "orgmem_1", ...MEMBERSHIP }));
    await sendEvent(running, "msg_2", event("organization.deleted", 5, { id: "org_1" }));
    const { body } = await ask(running, "/entities/organization_membership/orgmem_1/history");
    expect(versionsOf(body)).toMatchObject([
      { svixId: "msg_2", standing: "deletion", intent: "-", entityKind: "organization", entityId: "org_1" },
      { svixId: "msg_1", standing: "superseded", supersededBy: "msg_2" },
    ]);
    expect(versionsOf(body)[0]?.["why"]).toContain("organization org_1");
    expect(body["ending"]).toMatchObject({ cause: "inherited", entityId: "org_1" });
  });

  test("has what was set aside: not understood, and of another instance", async () => {
    const running = await start();
    await sendEvent(running, "msg_1", event("session.created", 1, { id: "sess_1", user_id: "user_1" }));
    await sendEvent(running, "msg_2", event("session.ended", 5, { id: "sess_1" }));
    const foreign = event("session.ended", 6, { id: "sess_1", user_id: "user_1" });
    await sendEvent(running, "msg_3", JSON.stringify({ ...JSON.parse(foreign), instance_id: "ins_other" }));
    const { body } = await ask(running, "/entities/session/sess_1/history");
    expect(versionsOf(body)).toMatchObject([
      { svixId: "msg_3", standing: "foreign", late: false },
      { svixId: "msg_2", standing: "quarantined", late: false },
      { svixId: "msg_1", standing: "current" },
    ]);
    expect(versionsOf(body)[0]?.["why"]).toContain("ins_other");
    expect(versionsOf(body)[1]?.["why"]).toContain("data.user_id");
    // It names a user as well, whose story it is not.
    expect((await ask(running, "/entities/user/user_1/history")).status).toBe(404);
  });

  test("says the same of a message whatever the page that it is on", async () => {
    const running = await start();
    const steps = [10, 20, 20, 20, 30, 40, 40, 50, 60];
    for (const [index, step] of steps.entries()) {
      const type = index === 0 ? "user.created" : "user.updated";
      await sendEvent(running, `msg_${index}`, event(type, step, { id: "user_1", first_name: `Ada ${index}` }));
    }
    await sendEvent(running, "msg_end", event("user.deleted", 45, { id: "user_1" }));
    const path = "/entities/user/user_1/history";
    const whole = (await ask(running, path)).body;
    expect(versionsOf(whole)).toHaveLength(10);
    for (const limit of [1, 2, 3, 7, 10]) {
      const versions: Version[] = [];
      const changes: unknown[] = [];
      for (let before = ""; ; ) {
        const { body } = await ask(running, `${path}?limit=${limit}${before}`);
        versions.push(...versionsOf(body));
        changes.push(...(body["changes"] as readonly unknown[]));
        if (body.next === null) break;
        before = `&before=${encodeURIComponent(body.next)}`;
      }
      expect([limit, versions]).toEqual([limit, versionsOf(whole) as Version[]]);
      expect(changes).toHaveLength((whole["changes"] as readonly unknown[]).length);
    }
    const since = new Date(EPOCH_MS + 40).toISOString();
    const [first] = versionsOf((await ask(running, `${path}?before=${since}`)).body);
    expect(first?.["svixId"]).toBe("msg_4");
  });

  test("refuses what is wrong, and knows nothing of the unheard of", async () => {
    const running = await start();
    for (const [path, code] of [
      ["user/user_1", "not_found"],
      ["person/user_1", "not_found"],
      ["user/%00", "not_found"],
      ["user/user_1?limit=0", "invalid_query"],
      ["user/user_1?before=x", "invalid_query"],
      ["user/user_1?limit=1&limit=2", "invalid_query"],
    ] as const) {
      const [name, query = ""] = path.split("?");
      const { body } = await ask(running, `/entities/${name}/history?${query}`);
      expect([path, body.error?.code]).toEqual([path, code]);
    }
  });
});
