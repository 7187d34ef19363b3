import { expect, test } from "bun:test";
import { sql } from "kysely";
import { LiveFeed, type LiveFeedOptions } from "../../../src/shell/live/live_feed.ts";
import { Mailbox } from "../../../src/shell/live/mailbox.ts";
import { Signals } from "../../../src/shell/signals/signals.ts";
import { eachDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { told } from "../../support/examples.ts";
import { until } from "../../support/stage.ts";
import { decodeStory } from "../../support/stories.ts";

const ALL = { filter: { type: undefined, entity: undefined, outcome: undefined }, sinceMs: undefined };

eachDatabase("LiveFeed", (database) => {
  const faults: unknown[] = [];
  const makeFeed = (options: Partial<LiveFeedOptions> = {}): LiveFeed =>
    new LiveFeed(database().db, new Signals(), { onFault: (cause) => faults.push(cause), lookEveryMs: 20, ...options });
  const enter = async (feed: LiveFeed): Promise<Mailbox> => {
    const mailbox = await feed.open(ALL);
    if (!(mailbox instanceof Mailbox)) throw new Error(`refused: ${mailbox}`);
    return mailbox;
  };
  const record = (from: number, count: number): Promise<unknown> =>
    recorder(database())(
      Array.from({ length: count }, (_, index) => {
        const id = `user_${from + index}`;
        return { ...decodeStory(told("user.created", 1, {}, id, id)), receivedAtMs: Date.now() + from + index };
      }),
    );
  /** What was heard until so many were told of, shown or skipped. */
  const hear = async (mailbox: Mailbox, event: string, many: number) => {
    const heard = { shown: 0, skipped: 0 };
    while (heard.shown + heard.skipped < many) {
      for (const block of ((await mailbox.next()) ?? "").split("\n\n")) {
        if (!block.includes(`event: ${event}\n`)) continue;
        const { items, skipped } = JSON.parse(block.split("data: ")[1] ?? "");
        heard.shown += items.length;
        heard.skipped += skipped;
      }
    }
    return heard;
  };

  test("tells of many at once by the newest of them and their number, and counts all that others recorded", async () => {
    const feed = makeFeed({ pulseEveryMs: 50 });
    const mailbox = await enter(feed);
    await record(0, 400);
    const heard = await hear(mailbox, "events", 400);
    expect(heard.shown + heard.skipped).toBe(400);
    expect(heard.skipped).toBeGreaterThan(300);
    let counted = 0;
    while (counted < 400) {
      const [, data = "null"] = /event: pulse\ndata: (.*)/.exec((await mailbox.next()) ?? "") ?? [];
      counted += JSON.parse(data)?.counts.applied ?? 0;
    }
    expect(counted).toBe(400);
    feed.close();
  });

  test("lets so many in, does not look while nobody listens, and forgets what it saw before", async () => {
    const feed = makeFeed({ listenersMax: 1 });
    const first = await enter(feed);
    expect(await feed.open(ALL)).toBe("full");
    feed.leave(first);
    expect(await first.next()).toBeNull();
    await record(0, 3);
    const second = await enter(feed);
    await record(3, 2);
    expect(await hear(second, "events", 2)).toEqual({ shown: 2, skipped: 0 });
    feed.close();
    expect([await feed.open(ALL), feed.count]).toEqual(["closed", 0]);
  });

  test("goes on by itself after the database failed, and loses nothing meanwhile", async () => {
    const feed = makeFeed();
    const mailbox = await enter(feed);
    faults.length = 0;
    await sql`alter table docket.message rename to hidden`.execute(database().db);
    await sql`alter table docket.log rename to hidden_log`.execute(database().db);
    try {
      await until("a look fails", () => faults.length > 0);
    } finally {
      await sql`alter table docket.hidden rename to message`.execute(database().db);
      await sql`alter table docket.hidden_log rename to log`.execute(database().db);
    }
    await record(0, 1);
    expect(await hear(mailbox, "events", 1)).toEqual({ shown: 1, skipped: 0 });
    feed.close();
  });
});
