import { afterEach, expect, test } from "bun:test";
import { sql } from "kysely";
import { ask, event, sendEvent, walk } from "../../support/api.ts";
import { eachDatabase } from "../../support/databases.ts";
import { type Service, startService } from "../../support/service.ts";

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

eachDatabase("GET /v1/audit", (database) => {
  test("has every action by API, and none that was refused or changed nothing", async () => {
    const { db } = database();
    service = await startService(database());
    const { url } = service;
    const post = async (path: string): Promise<number> => (await fetch(`${url}/v1${path}`, { method: "POST" })).status;
    await sql`
      insert into docket.job (key, policy, kind, entity, intent, version, svix_id, handler, payload, start_at, until, phase,
        approval)
      select 'k' || n, 'p', 'user', 'u', '+', 1, 'm', 'log', 'null', now(), '"never"',
        case when n = 1 then 'dead' else 'pending' end, n = 2 from generate_series(1, 3) n`.execute(db);
    await sql`insert into docket.policy_stop (policy, stopped_at, reason) values ('p', now(), 'many')`.execute(db);
    await sql`insert into docket.breaker (target, handler, opened_at, probe_at) values ('crm', 'h', now(), now())`.execute(
      db,
    );
    await sendEvent(service, "msg_1", event("user.created", 1, { id: "user_1" }));
    const done = ["jobs/k1/retry", "jobs/k2/approve", "jobs/k3/cancel", "policies/p/resume", "breakers/crm/resume"];
    for (const path of done) expect([path, await post(`/${path}`)]).toEqual([path, 200]);
    // It leaves all as it is, and so no entry.
    expect(await post("/events/msg_1/replay")).toBe(200);
    for (const path of ["jobs/k9/retry", "jobs/k1/explode", "policies/q/resume"]) {
      expect([path, await post(`/${path}`)]).toEqual([path, 404]);
    }
    const { body } = await ask(service, "/audit");
    expect(body.items.map(({ action, subject, actor }) => [action, subject, actor])).toEqual([
      ["resume", "crm", "api"],
      ["resume", "p", "api"],
      ["cancel", "k3", "api"],
      ["approve", "k2", "api"],
      ["retry", "k1", "api"],
    ]);
    expect(Object.keys(body.items[0] ?? {})).toEqual(["id", "at", "action", "subject", "actor"]);
  });

  test("is paged, from a time as well", async () => {
    const { db } = database();
    await sql`
      insert into docket.audit (at, action, subject, actor)
      select '2026-01-01T00:00:00Z'::timestamptz + (n / 3) * interval '1 minute', 'retry', 'k' || n, 'api'
      from generate_series(1, 25) n`.execute(db);
    service = await startService(database());
    const seen = await walk(service, "/audit?limit=4");
    expect(seen.map(({ id }) => id)).toEqual(Array.from({ length: 25 }, (_, index) => 25 - index));
    const { body } = await ask(service, "/audit?limit=1&before=2026-01-01T00:02:00Z");
    expect(body.items[0]).toMatchObject({ id: 5, subject: "k5" });
    for (const query of ["before=x", "limit=0", "limit=201", "limit=1&limit=2"]) {
      expect([query, (await ask(service, `/audit?${query}`)).body.error?.code]).toEqual([query, "invalid_query"]);
    }
  });
});
