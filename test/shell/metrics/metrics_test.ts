import { afterEach, expect, test } from "bun:test";
import { sql } from "kysely";
import { toExposition } from "../../../src/shell/metrics/exposition.ts";
import { Histogram } from "../../../src/shell/signals/histogram.ts";
import { LabelCounts } from "../../../src/shell/signals/label_counts.ts";
import { eachDatabase } from "../../support/databases.ts";
import { EPOCH_MS, INSTANCE_ID } from "../../support/histories.ts";
import { parsePrometheus } from "../../support/prometheus.ts";
import { type Service, send, startService } from "../../support/service.ts";

let service: Service | undefined;
afterEach(async () => {
  await service?.stop();
  service = undefined;
});

test("toExposition() writes Prometheus' text, with labels escaped", () => {
  const samples = [{ labels: { a: 'q"\\\n' }, value: 1.5 }, { value: 0 }];
  expect(toExposition([{ name: "docket_x", type: "gauge", help: "Some.", samples }])).toBe(
    '# HELP docket_x Some.\n# TYPE docket_x gauge\ndocket_x{a="q\\"\\\\\\n"} 1.5\ndocket_x 0\n',
  );
});

test("toExposition() cumulates the buckets of a histogram, and gives it in base units", () => {
  const histogram = new Histogram([100, 300]);
  for (const value of [50, 200, 299, 1_000]) histogram.observe(value);
  const lag = { name: "docket_x_seconds", type: "histogram", help: "Some.", histogram, scale: 0.001 } as const;
  const { samples = [] } = parsePrometheus(toExposition([lag])).get("docket_x_seconds") ?? {};
  expect(samples.map(({ labels, value }) => [labels["le"], value])).toEqual([
    ["0.1", 1],
    ["0.3", 3],
    ["+Inf", 4],
    [undefined, 1.549],
    [undefined, 4],
  ]);
});

test("of labels that nobody bounds, only so many have a count of their own", () => {
  const counts = new LabelCounts(["policy"], 2);
  for (const policy of ["a", "b", "c", "d", "a"]) counts.count({ policy });
  expect(counts.samples()).toEqual([
    { labels: { policy: "a" }, value: 2 },
    { labels: { policy: "b" }, value: 1 },
    { labels: { policy: "other" }, value: 2 },
  ]);
});

test.each([
  ["a type twice", "# HELP a b\n# TYPE a gauge\na 1\n# HELP a b\n# TYPE a gauge\na 1\n"],
  ["a series twice", '# HELP a b\n# TYPE a gauge\na{x="1"} 1\na{x="1"} 2\n'],
  ["a sample without its metric", "# HELP a b\n# TYPE a gauge\nb 1\n"],
  ["a quote that is not escaped", '# HELP a b\n# TYPE a gauge\na{x="""} 1\n'],
  ["a counter that is not named so", "# HELP a b\n# TYPE a counter\na 1\n"],
  [
    "buckets that are not cumulated",
    '# HELP a b\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
  ],
  ["no value", "# HELP a b\n# TYPE a gauge\na one\n"],
])("the parser refuses %s", (_, text) => {
  expect(() => parsePrometheus(text)).toThrow();
});

eachDatabase("GET /metrics", (database) => {
  async function numbers(): Promise<Readonly<Record<string, number>>> {
    const response = await fetch(`${service?.url}/metrics`);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    const metrics = [...parsePrometheus(await response.text()).values()];
    return Object.fromEntries(
      metrics.flatMap(({ samples }) =>
        samples.map(({ name, labels, value }) => {
          const pairs = Object.entries(labels).map(([label, text]) => `${label}="${text}"`);
          return [pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`, value] as const;
        }),
      ),
    );
  }

  test("counts deliveries of the process, and what the database holds, without a token", async () => {
    const { db } = database();
    await sql`
      insert into docket.job (key, policy, kind, entity, intent, version, svix_id, handler, payload, start_at, until, phase)
      select 'k' || n, 'p', 'user', 'user_' || n, '+', 1, 'm', 'log', 'null', now() - interval '90 seconds', '"never"',
        case when n < 3 then 'pending' when n < 6 then 'dead' else 'done' end
      from generate_series(0, 9) n`.execute(db);
    await sql`insert into docket.breaker (target, handler, opened_at, probe_at) values ('t', 'h', now(), now())`.execute(
      db,
    );
    await sql`insert into docket.policy_stop (policy, stopped_at, reason) values ('p', now(), 'many')`.execute(db);
    await sql`insert into docket.silence (watched_since, listening_since, due_at, checked_at, silent_since, findings)
      values (now(), now(), now(), 'epoch'::timestamptz + interval '7 seconds', now(), '[{}]')`.execute(db);
    service = await startService(database(), { adminToken: "0123456789abcdef" });
    const data = { id: "user_1", created_at: EPOCH_MS, updated_at: EPOCH_MS };
    const body = JSON.stringify({ type: "user.created", instance_id: INSTANCE_ID, timestamp: EPOCH_MS, data });
    for (const id of ["msg_1", "msg_1", "msg_1", "msg_2"]) await send(service, id === "msg_2" ? "{" : body, { id });
    const made = JSON.stringify({
      type: `x${Bun.randomUUIDv7()}`,
      instance_id: INSTANCE_ID,
      timestamp: EPOCH_MS,
      data,
    });
    await send(service, made, { id: "msg_3" });
    await fetch(`${service.url}/webhooks/clerk`, { method: "POST", body: "{}" });
    const found = await numbers();
    expect(found).toMatchObject({
      'docket_deliveries_total{outcome="applied"}': 1,
      'docket_deliveries_total{outcome="duplicate"}': 2,
      'docket_deliveries_total{outcome="quarantined"}': 1,
      'docket_deliveries_total{outcome="missing_headers"}': 1,
      'docket_messages_total{outcome="applied",type="user.created"}': 1,
      'docket_messages_total{outcome="duplicate",type="user.created"}': 2,
      'docket_messages_total{outcome="ignored",type="other"}': 1,
      'docket_messages_total{outcome="quarantined",type="other"}': 1,
      docket_message_receipt_lag_seconds_count: 2,
      docket_message_commit_lag_seconds_count: 3,
      docket_message_late_seconds_count: 0,
      docket_batch_messages_count: 5,
      docket_batch_messages_sum: 5,
      docket_queue_messages: 0,
      docket_live_listeners: 0,
      docket_database_up: 1,
      docket_source_silent: 1,
      docket_silence_checked_timestamp_seconds: 7,
      'docket_jobs{state="planned"}': 3,
      'docket_jobs{state="running"}': 0,
      'docket_jobs{state="dead"}': 3,
      'docket_jobs{state="held"}': 0,
      'docket_policy_jobs{policy="p",state="planned"}': 3,
      'docket_policy_jobs{policy="p",state="dead"}': 3,
      'docket_breakers{handler="h",state="open"}': 1,
      'docket_policy_stopped{policy="p"}': 1,
      docket_policy_faults: 0,
      docket_breakers_open: 1,
      docket_policies_stopped: 1,
      docket_messages_quarantined: 1,
    });
    expect(found["docket_jobs_oldest_due_seconds"]).toBeWithin(89, 120);
    expect(found["process_resident_memory_bytes"]).toBeGreaterThan(1e7);
    expect(found["docket_event_loop_lag_seconds_count"]).toBeNumber();
  });

  test("says 0 of an empty database, and what it counted itself when it can't be asked", async () => {
    service = await startService(database());
    expect(await numbers()).toMatchObject({
      docket_database_up: 1,
      docket_source_silent: 0,
      docket_silence_checked_timestamp_seconds: 0,
      docket_jobs_oldest_due_seconds: 0,
    });
    await sql`alter table docket.silence rename to hidden`.execute(database().db);
    try {
      await Bun.sleep(1_100);
      const found = await numbers();
      expect(found["docket_database_up"]).toBe(0);
      expect(found).not.toHaveProperty("docket_source_silent");
    } finally {
      await sql`alter table docket.hidden rename to silence`.execute(database().db);
    }
  });
});
