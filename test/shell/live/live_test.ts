import { afterEach, expect, test } from "bun:test";
import { ask, event, sendEvent } from "../../support/api.ts";
import { eachDatabase } from "../../support/databases.ts";
import { told } from "../../support/examples.ts";
import { greet } from "../../support/jobs.ts";
import { type LiveListener, listen } from "../../support/live.ts";
import { type Service, startService } from "../../support/service.ts";
import { until } from "../../support/stage.ts";
import { take } from "../../support/work.ts";

let services: Service[] = [];
let listeners: LiveListener[] = [];
afterEach(async () => {
  for (const listener of listeners) listener.leave();
  await Promise.all(services.map((service) => service.stop()));
  services = [];
  listeners = [];
});

eachDatabase("GET /v1/live", (database) => {
  const start = async (options = {}): Promise<Service> => {
    const service = await startService(database(), options);
    services.push(service);
    return service;
  };
  const hear = async (...options: Parameters<typeof listen>): Promise<LiveListener> => {
    const listener = await listen(...options);
    listeners.push(listener);
    return listener;
  };

  test("tells of each message once, as lists show it, and counts it once, whichever process took it", async () => {
    const [here, there] = [await start(), await start()];
    await sendEvent(here, "msg_before", event("user.created", 0, { id: "user_0" }));
    const listener = await hear(here);
    expect(listener.headers.get("content-type")).toBe("text/event-stream; charset=utf-8");
    expect(listener.headers.get("cache-control")).toBe("no-store");
    await sendEvent(here, "msg_here", event("user.created", 1, { id: "user_1" }));
    await sendEvent(there, "msg_there", event("user.created", 2, { id: "user_2" }));
    await until("both are heard", () => listener.items("events").length >= 2);
    await until("both are counted", () => listener.counted("received") >= 2);
    // Time for what should not come.
    await Bun.sleep(1_300);
    const items = listener.items("events");
    expect(items.map(({ svixId }) => svixId).toSorted()).toEqual(["msg_here", "msg_there"]);
    expect([listener.counted("received"), listener.counted("applied")]).toEqual([2, 2]);
    const { body } = await ask(here, "/events?limit=2");
    for (const item of body.items) expect(items).toContainEqual(item);
    const pulse = listener.heard.find((it) => it.event === "pulse" && it.data.counts.received > 0);
    expect(pulse?.data.p95.receivedToAppliedMs).toBeNumber();
    expect(pulse?.data).toMatchObject({ jobs: { planned: 0, dead: 0 }, silent: false });
  });

  test("filters, and goes on after a break from the id that was heard last", async () => {
    const service = await start();
    const [users, one] = [await hear(service, "?type=user.created"), await hear(service, "?entity=user/user_2")];
    await sendEvent(service, "msg_1", event("user.created", 1, { id: "user_1" }));
    await sendEvent(service, "msg_2", event("user.updated", 2, { id: "user_2" }));
    await until("each has heard its own", () => [users, one].every((it) => it.items("events").length > 0));
    expect(users.items("events").map(({ svixId }) => svixId)).toEqual(["msg_1"]);
    expect(one.items("events").map(({ svixId }) => svixId)).toEqual(["msg_2"]);
    const id = users.heard.find((it) => it.event === "events")?.id ?? "";
    users.leave();
    await sendEvent(service, "msg_3", event("user.created", 3, { id: "user_3" }));
    const again = await hear(service, "?type=user.created", { "last-event-id": id });
    await until("what was missed is heard", () => again.items("events").length > 0);
    expect(again.items("events").map(({ svixId }) => svixId)).toEqual(["msg_3", "msg_1"]);
  });

  test("tells of jobs that changed, again when they change again", async () => {
    const service = await start();
    const listener = await hear(service, "?entity=user_1");
    await take(database(), [greet], [told("user.created", 1), told("user.created", 1, {}, "two", "user_2")]);
    await until("the job is heard of", () => listener.items("jobs").length > 0);
    await fetch(`${service.url}/v1/jobs/greet/user/user_1/cancel`, { method: "POST" });
    await until("its end is heard of", () => listener.items("jobs").length > 1);
    const [planned, cancelled] = listener.items("jobs");
    expect(planned).toMatchObject({ key: "greet/user/user_1", state: "planned" });
    expect(cancelled).toEqual((await ask(service, "/jobs?entity=user_1")).body.items[0] ?? {});
    await until("the pulse counts it", () =>
      listener.heard.some((it) => it.event === "pulse" && it.data.jobs?.cancelled === 1 && it.data.jobs.planned === 1),
    );
  });

  test("refuses strangers and what is malformed, as JSON", async () => {
    const service = await start({ adminToken: "0123456789abcdef" });
    const authorization = "Bearer 0123456789abcdef";
    expect((await ask(service, "/live")).status).toBe(401);
    expect((await ask(service, "/live?outcome=no", { authorization })).body.error?.code).toBe("invalid_query");
    expect((await hear(service, "", { authorization })).status).toBe(200);
  });

  test("ends at once when the service stops", async () => {
    const service = await start();
    const listener = await hear(service);
    await service.stop();
    await listener.ended;
    expect(listener.heard.every((it) => it.event === "pulse")).toBeTrue();
  });
});
