import { expect, test } from "bun:test";
import { job, policy } from "../../../src/core/mod.ts";
import { webhook } from "../../../src/shell/handler/outgoing_webhook.ts";
import { eachDatabase } from "../../support/databases.ts";
import { told } from "../../support/examples.ts";
import { EPOCH_MS } from "../../support/histories.ts";
import { type ReceiverMood, startReceiver } from "../../support/receiver.ts";
import { SECRET } from "../../support/service.ts";
import { attemptsOf, ledgerOf, makeTestWorker, take, virtualClock } from "../../support/work.ts";

const KEY = "tell/user/user_1";
const tell = policy("tell", { kind: "user", once: true, maxAge: "forever" }, ({ after }) =>
  after._tag === "Live" ? [job("hook", { name: after.value.firstName })] : [],
);

eachDatabase("a receiver", (database) => {
  test.each<readonly [string, ReceiverMood, object]>([
    ["that fails", { status: 500 }, { attempts_spent: 0 }],
    ["that never answers", "hang", { attempts_spent: 0, last_error: "took over 400 ms" }],
    ["that breaks off in its answer", "break off", { attempts_spent: 0 }],
    ["that has had enough", { status: 429, headers: { "retry-after": "37" } }, { attempts_spent: 1 }],
    ["that answers success when nobody listens any more", { lateMs: 800 }, { last_error: "took over 400 ms" }],
  ])("%s is called again, under the same key and id, until it answers", async (_, mood, after) => {
    await using receiver = startReceiver();
    receiver.script.push(mood);
    const clock = virtualClock(EPOCH_MS + 60_000);
    const hook = webhook({ url: receiver.url, secret: SECRET, allowPrivate: true, timeout: 400 });
    const worker = makeTestWorker(database(), { hook }, clock);
    await take(database(), [tell], [told("user.created", 1)]);
    await worker.runDue();
    expect((await ledgerOf(database()))[KEY]).toMatchObject({ state: "planned", attempts: 1, ...after });
    clock.move(60_000);
    await worker.runDue();
    expect((await ledgerOf(database()))[KEY]).toMatchObject({ state: "done", attempts: 2, last_error: null });
    expect(await attemptsOf(database(), KEY)).toEqual(["1 failed", "2 done"]);
    expect(receiver.seen(KEY)).toBe(2);
    expect(new Set(receiver.requests.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  });
});
