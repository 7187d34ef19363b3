import { describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { type CollectedSpan, type Collector, startCollector } from "../support/collector.ts";
import { configFile } from "../support/config_file.ts";
import { INSTANCE_ID } from "../support/histories.ts";
import { ownProcesses } from "../support/own_processes.ts";
import type { ServeProcess } from "../support/process.ts";
import { signedHeaders } from "../support/service.ts";

/** Goal: what a collector gets of a delivery and its jobs, from two processes, and that it can do no harm. */

const LIMIT_MS = 60_000;
const { start, openPostgres, defer } = ownProcesses(30_000);

/** A job that fails once with words of its payload, and then goes well. */
const CONFIG = `
import { defineConfig, job, policy, RateLimited } from "docket";
import { Effect } from "effect";
const greet = policy("greet", { kind: "user", once: true, maxAge: "forever" }, ({ after }) =>
  after._tag === "Live" ? [job("greet", { to: after.value.firstName ?? "nobody" })] : []);
export default defineConfig({
  policies: [greet],
  handlers: {
    greet: (payload, { attempt }) =>
      attempt === 1
        ? Effect.fail(new RateLimited({ message: "cannot greet " + JSON.stringify(payload), retryAfterMs: 50 }))
        : Effect.logInfo("Greeted").pipe(Effect.withSpan("greeting")),
  },
});`;

const MARKER = "Marker-Ada-Lovelace";
const USER = {
  type: "user.created",
  instance_id: INSTANCE_ID,
  timestamp: Date.now(),
  event_attributes: { http_request: { client_ip: `${MARKER}-ip`, user_agent: `${MARKER}-agent` } },
  data: {
    id: "user_traced",
    first_name: MARKER,
    created_at: Date.now(),
    updated_at: Date.now(),
    email_addresses: [{ id: "idn_1", email_address: `${MARKER}@example.com` }],
    private_metadata: { note: `${MARKER}-note` },
  },
};

const SVIX_ID = "msg_traced";
const TRACE_ID = createHash("sha256").update(SVIX_ID).digest("hex").slice(0, 32);
const SENDER = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" };

function collecting(): Collector {
  const collector = startCollector();
  defer(async () => collector[Symbol.asyncDispose]());
  return collector;
}

async function deliver(to: ServeProcess, body = JSON.stringify(USER)): Promise<number> {
  const headers = signedHeaders(JSON.stringify(USER), { id: SVIX_ID });
  const traceparent = `00-${SENDER.traceId}-${SENDER.spanId}-01`;
  const reply = await fetch(`${to.url}/webhooks/clerk`, { method: "POST", headers: { ...headers, traceparent }, body });
  return reply.status;
}

/** Each span with those below it, as `name attributes`, sorted. */
function treeOf(spans: readonly CollectedSpan[], tell: (span: CollectedSpan) => string): readonly unknown[] {
  const below = (parent: string): readonly unknown[] =>
    spans
      .filter(({ parentSpanId }) => parentSpanId === parent)
      .map((span) => [tell(span), ...below(span.spanId)])
      .sort();
  return below("");
}

describe("telemetry", () => {
  test(
    "shows a delivery and its job's attempts in one trace, though of two processes, and says nothing personal",
    async () => {
      const collector = collecting();
      const { url } = await openPostgres();
      using config = configFile(CONFIG);
      const environment = {
        DATABASE_URL: url,
        DOCKET_CONFIG: config.path,
        OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.receiver.url}/`,
        OTEL_EXPORTER_OTLP_HEADERS: "x-key=a%20secret",
        LOG_LEVEL: "debug",
      };
      const [ingest, worker] = await Promise.all(
        ["ingest", "worker"].map((DOCKET_ROLE) => start({ ...environment, DOCKET_ROLE })),
      );
      if (ingest === undefined || worker === undefined) throw new Error("both started");

      expect([await deliver(ingest), await deliver(ingest)]).toEqual([200, 200]);
      expect(await deliver(ingest, `{"forged":"Marker"}`)).toBe(401);
      while (collector.spans().filter(({ name }) => name === "job greet").length < 2) await Bun.sleep(20);
      await Promise.all([ingest.signal("SIGTERM"), worker.signal("SIGTERM")]);

      const spans = collector.spans();
      const ofMessage = spans.filter(({ traceId }) => traceId === TRACE_ID);
      const batches = spans.filter(({ name }) => name === "record batch");
      expect(spans.length).toBe(ofMessage.length + batches.length);
      const tell = ({ role, name, attributes }: CollectedSpan): string =>
        `${role} ${name} ${attributes["docket.outcome"] ?? attributes["docket.job.outcome"] ?? ""}`;
      expect(treeOf(ofMessage, tell)).toEqual([
        ["ingest webhook applied"],
        ["ingest webhook duplicate"],
        ["worker job greet done", ["worker greeting "]],
        ["worker job greet failed"],
      ]);
      for (const { name, attributes } of ofMessage.filter(({ parentSpanId }) => parentSpanId === "")) {
        const about = { "docket.svix_id": SVIX_ID, "docket.entity.kind": "user", "docket.entity.id": "user_traced" };
        expect({ name, attributes }).toEqual({ name, attributes: expect.objectContaining(about) });
      }
      const deliveries = ofMessage.filter(({ name }) => name === "webhook");
      const places = batches.map(placeOf);
      expect(deliveries.map(linked).toSorted(byPlace)).toEqual(places.map((it) => [SENDER, it]).toSorted(byPlace));
      expect(batches.map(linked).toSorted(byPlace)).toEqual(deliveries.map((it) => [placeOf(it)]).toSorted(byPlace));
      for (const { events } of deliveries) {
        expect(events.map(({ name }) => name)).toEqual(["read", "verified", "decoded", "batched"]);
        const times = events.map(({ timeUnixNano }) => BigInt(timeUnixNano));
        expect(times.every((at, index) => at >= (times[index - 1] ?? 0n))).toBe(true);
      }

      const aboutIt = collector.lines().filter(({ traceId }) => traceId === TRACE_ID);
      expect(
        aboutIt.map(({ role, text, attributes }) => `${role} ${text} ${attributes["svixId"] ?? ""}`).sort(),
      ).toEqual([
        "ingest Message recorded msg_traced",
        "ingest Message recorded msg_traced",
        "worker Greeted ",
        "worker Job failed, will try again: see `docket jobs show` msg_traced",
      ]);
      expect(linesOf(worker).find(({ message }) => message === "Greeted")?.["traceId"]).toBe(TRACE_ID);
      expect(linesOf(ingest).filter(({ traceId }) => traceId === TRACE_ID).length).toBe(2);

      const last = collector.receiver.requests.at(-1);
      expect(last?.headers["x-key"]).toBe("a secret");
      for (const text of [collector.bytes(), ingest.output(), worker.output()]) {
        expect(text).not.toContain("Marker");
        expect(text).not.toContain("src/shell");
      }
      expect(ingest.output() + worker.output()).not.toContain("a secret");
    },
    LIMIT_MS,
  );
});

type Place = Pick<CollectedSpan, "traceId" | "spanId">;

function placeOf({ traceId, spanId }: Place): Place {
  return { traceId, spanId };
}

function linked({ links }: CollectedSpan): Place[] {
  return links.map(placeOf);
}

function byPlace(one: readonly Place[], other: readonly Place[]): number {
  return JSON.stringify(one) < JSON.stringify(other) ? -1 : 1;
}

function linesOf(process: ServeProcess): readonly Readonly<Record<string, unknown>>[] {
  return process
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line));
}
