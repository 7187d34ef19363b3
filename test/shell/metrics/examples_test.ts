import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { docket, handler, job, policy } from "docket";
import { sql } from "kysely";
import { openTestDatabase } from "../../support/databases.ts";
import { INSTANCE_ID } from "../../support/histories.ts";
import { type ParsedMetric, parsePrometheus } from "../../support/prometheus.ts";
import { seriesOf } from "../../support/promql.ts";
import { SECRET, signedHeaders } from "../../support/service.ts";

/** Goal: what the example alerts and the dashboard ask for is there, by name and by label, in what a Docket tells. */

const FOLDER = join(import.meta.dir, "../../../src/shell/metrics/examples");
const readme = await Bun.file(join(import.meta.dir, "../../../README.md")).text();

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly action: string; readonly runbook: string };
}

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const rules = (
  Bun.YAML.parse(await Bun.file(join(FOLDER, "alert_rules.yml")).text()) as {
    readonly groups: readonly { readonly rules: readonly Rule[] }[];
  }
).groups.flatMap((group) => group.rules);

const { panels } = (await Bun.file(join(FOLDER, "grafana_dashboard.json")).json()) as {
  readonly panels: readonly Panel[];
};
const shown = panels.filter(({ type }) => type !== "row");

let metrics: ReadonlyMap<string, ParsedMetric>;

/** A Docket that has seen a message and its job, a target that fails, a policy that stopped, and a stranger. */
beforeAll(async () => {
  await using stack = new AsyncDisposableStack();
  const database = await openTestDatabase("postgres");
  stack.defer(() => database.close());
  const greet = policy("greet", { kind: "user", maxAge: "forever" }, () => [job("greet", null)]);
  const app = await docket({
    databaseUrl: database.url ?? "",
    signingSecret: SECRET,
    instanceIds: [INSTANCE_ID],
    logLevel: "fatal",
    policies: [greet],
    handlers: { greet: handler({}, async () => undefined) },
  });
  stack.defer(() => app.close());
  const ask = (path: string, init?: RequestInit): Promise<Response> =>
    app.handler(new Request(`http://localhost${path}`, init));
  const data = { id: "user_1", updated_at: Date.now() };
  const body = JSON.stringify({ type: "user.updated", instance_id: INSTANCE_ID, timestamp: Date.now(), data });
  const post = { method: "POST", headers: signedHeaders(body), body };
  expect((await ask("/webhooks/clerk", post)).status).toBe(200);
  expect((await ask("/webhooks/clerk", { ...post, body: "forged" })).status).toBe(401);
  while ((await sql`select from docket.job where state = 'done'`.execute(database.db)).rows.length === 0) {
    await Bun.sleep(20);
  }
  await sql`insert into docket.breaker (target, handler, opened_at, probe_at) values ('t', 'h', now(), now())`.execute(
    database.db,
  );
  await sql`insert into docket.policy_stop (policy, stopped_at, reason) values ('p', now(), 'many')`.execute(
    database.db,
  );
  await sql`
    insert into docket.job (key, policy, kind, entity, intent, version, svix_id, handler, payload, start_at, until, phase)
    values ('k', 'p', 'user', 'user_2', '+', 1, 'm', 'nobody', 'null', now(), '"never"', 'dead')`.execute(database.db);
  metrics = parsePrometheus(await (await ask("/metrics")).text());
}, 60_000);

/** Whether a series of that name, with these labels, is told; values only of labels whose values are few and fixed. */
function problemsOf(query: string): readonly string[] {
  return seriesOf(query).flatMap(({ name, labels }) => {
    const metric = metrics.get(name) ?? metrics.get(name.replace(/_(bucket|sum|count)$/, ""));
    const samples = metric?.samples.filter((sample) => sample.name === name) ?? [];
    if (samples.length === 0) return [`nothing is named ${name}`];
    return Object.entries(labels).flatMap(([label, values]) => {
      const told = new Set(samples.map((sample) => sample.labels[label]));
      if (told.has(undefined)) return [`${name} has no label ${label}`];
      const known = (value: string): boolean =>
        label === "outcome" ? readme.includes(`\`${value}\``) || value === "internal" : told.has(value);
      return values.filter((value) => !known(value)).map((value) => `${name} has no ${label} ${value}`);
    });
  });
}

describe("seriesOf()", () => {
  test("tells names and labels from the words of the language", () => {
    const query =
      'histogram_quantile(0.99, sum by (le, instance) (rate(a_bucket{x=~"1|2"}[5m]))) > 1e9 unless time() - b > 3';
    expect(seriesOf(query)).toEqual([
      { name: "a_bucket", labels: { le: [], x: ["1", "2"] } },
      { name: "b", labels: { le: [] } },
    ]);
  });
});

describe("the example alert rules", () => {
  test.each(rules.map((rule) => [rule.alert, rule] as const))("%s asks for what is there", (_, { expr }) => {
    expect(seriesOf(expr).length).toBeGreaterThan(0);
    expect(problemsOf(expr)).toEqual([]);
  });

  test("say what it is, what to do and where to read on", () => {
    const headings = [...readme.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) =>
      title
        .toLowerCase()
        .replaceAll(/[^a-z0-9 -]/g, "")
        .replaceAll(" ", "-"),
    );
    expect(new Set(rules.map(({ alert }) => alert)).size).toBe(rules.length);
    for (const { alert, labels, annotations } of rules) {
      const { summary, action, runbook } = annotations;
      expect({ alert, severity: labels.severity }).toEqual({
        alert,
        severity: expect.stringMatching(/^(page|ticket)$/),
      });
      expect([summary, action].every((text) => text.endsWith("."))).toBe(true);
      expect({ alert, at: headings.includes(runbook.replace("README.md#", "")) }).toEqual({ alert, at: true });
    }
  });

  test("that should wake somebody are in the README's table", () => {
    const table = readme.split("### What to alert on")[1]?.split("### ")[0] ?? "";
    const named = new Set([...table.matchAll(/`(Docket\w+)`/g)].map(([, alert]) => alert ?? ""));
    expect(rules.filter(({ labels }) => labels.severity === "page").map(({ alert }) => alert)).toEqual([...named]);
  });
});

describe("the example dashboard", () => {
  const queries = shown.flatMap(({ title, targets = [] }) => targets.map((target) => ({ title, ...target })));

  test.each(queries.map((it) => [`${it.title}: ${it.expr}`, it] as const))("%s is there", (_, query) => {
    expect(problemsOf(query.expr)).toEqual([]);
    const legend = [...query.legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label ?? "");
    const grouped = /\bby \(([^)]*)\)/.exec(query.expr)?.[1]?.split(/, */) ?? ["instance"];
    expect(legend.filter((label) => !grouped.includes(label))).toEqual([]);
  });

  test("lays no panel over another, and none beside the page", () => {
    for (const [index, { title, gridPos: one }] of panels.entries()) {
      expect({ title, within: one.x + one.w <= 24 }).toEqual({ title, within: true });
      const over = panels.slice(index + 1).filter(({ gridPos: other }) => {
        const apart = one.x + one.w <= other.x || other.x + other.w <= one.x;
        return !apart && one.y < other.y + other.h && other.y < one.y + one.h;
      });
      expect({ title, over: over.map((it) => it.title) }).toEqual({ title, over: [] });
    }
  });
});
