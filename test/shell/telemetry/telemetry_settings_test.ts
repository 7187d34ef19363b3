import { describe, expect, test } from "bun:test";
import { Effect, Redacted } from "effect";
import { readAppConfig } from "../../../src/shell/app_config.ts";

const ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";
const there = { [ENDPOINT]: "http://collector:4318" };

function telemetry(environment: Readonly<Record<string, string>>) {
  return Effect.runSync(readAppConfig(environment)).telemetry;
}

function refusal(environment: Readonly<Record<string, string>>): string {
  return Effect.runSync(Effect.flip(readAppConfig(environment))).message;
}

describe("the telemetry settings", () => {
  test("are none without an endpoint, whatever else is set", () => {
    expect(telemetry({})).toBeNull();
    expect(telemetry({ [ENDPOINT]: " ", OTEL_SERVICE_NAME: "mirror", OTEL_TRACES_SAMPLER_ARG: "lots" })).toBeNull();
  });

  test("are all traces, as docket, unless they say otherwise", () => {
    expect(telemetry(there)).toMatchObject({ endpoint: "http://collector:4318", serviceName: "docket", sampled: 1 });
    const set = {
      [ENDPOINT]: "https://otlp.example/otlp/",
      OTEL_SERVICE_NAME: "mirror",
      OTEL_TRACES_SAMPLER_ARG: "0.25",
    };
    expect(telemetry(set)).toMatchObject({
      endpoint: "https://otlp.example/otlp",
      serviceName: "mirror",
      sampled: 0.25,
    });
  });

  test("decode headers, and keep them from being printed", () => {
    const read = telemetry({ ...there, OTEL_EXPORTER_OTLP_HEADERS: "Authorization=Basic%20c2VjcmV0, x-team = a=b ," });
    expect(read && Redacted.value(read.headers)).toEqual({ authorization: "Basic c2VjcmV0", "x-team": "a=b" });
    expect(`${JSON.stringify(read)} ${Bun.inspect(read)}`).not.toContain("c2VjcmV0");
  });

  test.each(["collector:4318", "grpc://collector:4317", "http://me:word@collector", "http://collector/?key=1"])(
    "refuse %s as the endpoint, and do not repeat it",
    (url) => {
      expect(refusal({ [ENDPOINT]: url })).toBe(
        `${ENDPOINT}: must be a URL of the form http://host:4318, of OTLP over HTTP`,
      );
    },
  );

  test.each(["secret", "=secret", "a b=secret", "x=%zz", "x=secret%0d%0aevil"])("refuse %j as headers", (headers) => {
    const said = refusal({ ...there, OTEL_EXPORTER_OTLP_HEADERS: headers });
    expect(said).toBe("OTEL_EXPORTER_OTLP_HEADERS: must be name=value, separated by commas, percent-encoded");
  });

  test.each(["-0.1", "1.1", "half", "NaN"])("refuse %s as the share of traces", (share) => {
    expect(refusal({ ...there, OTEL_TRACES_SAMPLER_ARG: share })).toBe(
      "OTEL_TRACES_SAMPLER_ARG: must be a number from 0 to 1: the share of traces to export",
    );
  });
});
