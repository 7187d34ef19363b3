import { describe, expect, test } from "bun:test";
import { TRIGGER_INSTANCE_ID } from "../../../src/shell/instance.ts";
import { jsonLines, runDocket } from "./run_cli.ts";
import { openSink, type Sink } from "./sink.ts";

interface Body {
  readonly type: string;
  readonly timestamp: number;
  readonly instance_id: string;
  readonly data: Readonly<Record<string, unknown>>;
}

function send(sink: Sink, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  return runDocket(["trigger", "--url", sink.url, "--secret", sink.secret, ...args], { env });
}

function bodies(sink: Sink): readonly Body[] {
  return sink.taken.map(({ body }) => JSON.parse(body) as Body);
}

describe("docket trigger", () => {
  test("sends one signed event of now and says what came of it", async () => {
    using sink = openSink();
    const { code, stdout, stderr } = await send(sink, ["user.created"]);
    expect(stderr).toBe("");
    expect(code).toBe(0);
    const [taken] = sink.taken;
    const [body] = bodies(sink);
    expect(sink.taken).toHaveLength(1);
    expect(taken?.verified).toBe(true);
    expect(body).toMatchObject({ type: "user.created", instance_id: TRIGGER_INSTANCE_ID });
    expect(Date.now() - (body?.timestamp ?? 0)).toBeWithin(0, 10_000);
    expect(stdout).toContain("200  applied");
    expect(stdout).toContain(taken?.id ?? "no id");
    expect(stdout).toContain("1 sent: 1 applied");
    expect(stdout + stderr).not.toContain(sink.secret);
  });

  test("makes another entity and message id each time, but the same under a seed", async () => {
    using sink = openSink();
    for (const args of [[], [], ["--seed", "a"], ["--seed", "a"], ["--seed", "b"]]) {
      expect((await send(sink, ["user.created", ...args])).code).toBe(0);
    }
    const [first, second, seeded, again, other] = sink.taken;
    expect(first?.id).not.toBe(second?.id ?? "");
    expect(first?.body).not.toBe(second?.body ?? "");
    expect({ ...again }).toEqual({ ...seeded });
    expect(other?.id).not.toBe(seeded?.id ?? "");
  });

  test("a seed gives events of different types the same user, and other bodies other ids", async () => {
    using sink = openSink();
    await send(sink, ["user.created", "--seed", "a"]);
    await send(sink, ["user.updated", "--seed", "a"]);
    await send(sink, ["user.updated", "--seed", "a", "--set", "data.first_name=Zoe"]);
    const [created, updated, changed] = bodies(sink);
    expect(updated?.data["id"]).toBe(created?.data["id"]);
    expect(Number(updated?.data["updated_at"])).toBeGreaterThan(Number(created?.data["updated_at"]));
    expect(changed?.data).toMatchObject({ first_name: "Zoe", id: updated?.data["id"] });
    expect(new Set(sink.taken.map(({ id }) => id)).size).toBe(3);
  });

  test("--count, --duplicate and --shuffle: each its own entity, repeated under the same id, in another order", async () => {
    using sink = openSink();
    const args = ["user.created", "--count", "20", "--duplicate", "2", "--shuffle", "--seed", "a", "--json"];
    const { code, stdout } = await send(sink, [...args, "--concurrency", "1"]);
    expect(code).toBe(0);
    expect(sink.taken.every(({ verified }) => verified)).toBe(true);
    const byId = Map.groupBy(sink.taken, ({ id }) => id);
    expect(byId.size).toBe(20);
    for (const copies of byId.values()) expect(new Set(copies.map(({ body }) => body)).size).toBe(1);
    expect([...byId.values()].map(({ length }) => length)).toEqual(Array.from({ length: 20 }, () => 3));
    expect(new Set(bodies(sink).map(({ data }) => data["id"])).size).toBe(20);
    const repeats = sink.taken.filter(({ id }, index) => sink.taken[index + 1]?.id === id).length;
    expect(repeats).toBeLessThan(20);
    const lines = jsonLines(stdout);
    expect(lines).toHaveLength(60);
    expect(lines[0]).toMatchObject({ type: "user.created", status: 200, outcome: "applied", ok: true, attempts: 1 });
  });

  test("--duplicate without a number sends twice", async () => {
    using sink = openSink();
    expect((await send(sink, ["user.created", "--duplicate"])).code).toBe(0);
    expect(sink.taken.map(({ id }) => id)).toEqual([`${sink.taken[0]?.id}`, `${sink.taken[0]?.id}`]);
  });

  test("--scenario sends a whole life in order", async () => {
    using sink = openSink();
    const { code, stdout } = await send(sink, ["--scenario", "life"]);
    expect(code).toBe(0);
    expect(new Set(bodies(sink).map(({ type }) => type)).size).toBe(46);
    const times = bodies(sink).map(({ data }) => Number(data["updated_at"] ?? Number.NaN));
    const known = times.filter((it, index) => !Number.isNaN(it) && bodies(sink)[index]?.type.endsWith("created"));
    expect(known).toEqual([...known].sort((left, right) => left - right));
    expect(stdout).toContain(`${sink.taken.length} sent: ${sink.taken.length} applied`);
  });

  test("--set changes the envelope too, and DOCKET_INSTANCE_IDS names the instance", async () => {
    using sink = openSink();
    await send(sink, ["user.created"], { DOCKET_INSTANCE_IDS: "ins_mine,ins_other" });
    await send(sink, [
      "user.created",
      "--set",
      "instance_id=ins_set",
      "--set",
      "data.email_addresses.0.email_address=a@b.c",
    ]);
    const [configured, set] = bodies(sink);
    expect(configured?.instance_id).toBe("ins_mine");
    expect(set?.instance_id).toBe("ins_set");
    expect(set?.data["email_addresses"]).toMatchObject([{ email_address: "a@b.c", object: "email_address" }]);
  });

  test("tries again when the server is busy, and then counts it as sent", async () => {
    using sink = openSink((index) =>
      index < 2
        ? Response.json({ error: { code: "overloaded" } }, { status: 503, headers: { "retry-after": "0" } })
        : Response.json({ id: "x", outcome: "applied" }),
    );
    const { code, stdout } = await send(sink, ["user.created", "--json"]);
    expect(code).toBe(0);
    expect(jsonLines(stdout)[0]).toMatchObject({ status: 200, attempts: 3 });
    expect(new Set(sink.taken.map(({ id }) => id)).size).toBe(1);
  });

  test("exits with 1 and says what the server said when a message is refused", async () => {
    using sink = openSink(() => Response.json({ error: { code: "invalid_signature", message: "x" } }, { status: 401 }));
    const { code, stdout, stderr } = await send(sink, ["user.created"]);
    expect(code).toBe(1);
    expect(stdout).toContain("401  invalid_signature");
    expect(stderr).toContain("another signing secret");
  });

  test("says to start the server when nobody listens", async () => {
    const sink = openSink();
    sink[Symbol.dispose]();
    const { code, stderr } = await send(sink, ["user.created", "--count", "20"]);
    expect(code).toBe(1);
    expect(stderr).toContain("start the server first");
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  test.each([
    [[], "Name an event type"],
    [["user.create"], 'Unknown event type "user.create": must be one of user.created'],
    [["user.created", "--scenario", "life"], "not both"],
    [["--scenario", "lif"], "must be one of life"],
    [["user.created", "--set", "x"], "path=value"],
    [["user.created", "--count", "0"], "whole number from 1"],
    [["user.created", "--at", "yesterday"], "--at"],
    [["user.created", "--secret", "hunter2"], "--secret must be"],
    [["user.created", "--url", "localhost:3000"], "--url must be"],
  ])("refuses %j with one clear line", async (args, message) => {
    using sink = openSink();
    const { code, stderr } = await runDocket(["trigger", ...["--secret", sink.secret, "--url", sink.url], ...args]);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain("    at ");
    expect(sink.taken).toHaveLength(0);
  });
});
