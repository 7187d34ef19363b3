import { afterEach, expect, test } from "bun:test";
import { decodeDelivery } from "../../../src/shell/decode/decode_delivery.ts";
import { event } from "../../support/api.ts";
import { eachDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { EPOCH_MS } from "../../support/histories.ts";
import { auditOf, greet, post } from "../../support/jobs.ts";
import { notUnderstood } from "../../support/replayed.ts";
import { type Service, startService } from "../../support/service.ts";
import { ledgerOf, makeTestWorker, spyHandler } from "../../support/work.ts";

const GREET = "greet/user/user_1";
const LIMIT_MS = 60_000;
let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

eachDatabase("POST /v1/events/:svixId/replay", (database) => {
  test(
    "takes a quarantined message in, runs its job again if forced, and says what came of it",
    async () => {
      const running = await startService(database(), { policies: [greet] });
      service = running;
      const body = event("user.created", 0, { id: "user_1", first_name: "Ada" });
      const message = decodeDelivery({ svixId: "msg_1", body, receivedAtMs: EPOCH_MS });
      await recorder(database())([notUnderstood(message)]);
      const dry = await post(running, "/events/msg_1/replay?dry=true");
      expect([dry.status, dry.body]).toMatchObject([
        200,
        { changed: true, dry: true, outcome: "applied", event: { outcome: "quarantined" } },
      ]);
      const { status, body: answer } = await post(running, "/events/msg_1/replay");
      expect([status, answer]).toMatchObject([
        200,
        {
          changed: true,
          mode: "missing",
          outcome: "applied",
          event: { svixId: "msg_1", outcome: "applied", fault: null },
        },
      ]);
      expect((await post(running, "/events/msg_1/replay")).body).toMatchObject({
        changed: false,
        jobs: { planned: [] },
      });
      const spy = spyHandler();
      const worker = makeTestWorker(database(), { email: spy.run });
      await worker.runDue();
      const again = await post(running, "/events/msg_1/replay?mode=forced");
      expect(again.body).toMatchObject({ changed: true, jobs: { again: [GREET] } });
      await worker.runDue();
      expect(spy.calls.map(({ context }) => context.key)).toEqual([GREET, `${GREET}/again/1`]);
      expect((await ledgerOf(database()))[GREET]?.state).toBe("done");
      expect(await auditOf(database())).toEqual([
        { action: "replay", subject: "msg_1", actor: "api" },
        { action: "replay", subject: "msg_1", actor: "api" },
      ]);
    },
    LIMIT_MS,
  );

  test("is guarded, and says what it can't do", async () => {
    const running = await startService(database(), { adminToken: "a-token-of-more-than-sixteen" });
    service = running;
    expect((await post(running, "/events/msg_1/replay")).status).toBe(401);
    const headers = { authorization: "Bearer a-token-of-more-than-sixteen" };
    const codeOf = async (path: string): Promise<readonly [number, string | undefined]> => {
      const { status, body } = await post(running, path, { headers });
      return [status, body.error?.code];
    };
    expect(await codeOf("/events/msg_1/replay")).toEqual([404, "not_found"]);
    expect(await codeOf("/events/%00/replay")).toEqual([404, "not_found"]);
    expect(await codeOf("/events/msg_1/replay?mode=all")).toEqual([400, "invalid_query"]);
    expect(await codeOf("/events/msg_1/replay?dry=maybe")).toEqual([400, "invalid_query"]);
  });
});
