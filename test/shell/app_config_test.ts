import { describe, expect, test } from "bun:test";
import { Effect, Redacted } from "effect";
import { readAppConfig, SettingError } from "../../src/shell/app_config.ts";

describe("readAppConfig()", () => {
  test("takes an admin token of 16 characters, and keeps it from being printed", () => {
    const { adminToken } = Effect.runSync(readAppConfig({ DOCKET_ADMIN_TOKEN: " 0123456789abcdef " }));
    expect(adminToken === undefined ? "" : Redacted.value(adminToken)).toBe("0123456789abcdef");
    expect(`${adminToken} ${JSON.stringify(adminToken)} ${Bun.inspect(adminToken)}`).not.toContain("0123456789abcdef");
  });

  test.each([undefined, "", "  "])("takes %j for no admin token", (DOCKET_ADMIN_TOKEN) => {
    expect(Effect.runSync(readAppConfig({ DOCKET_ADMIN_TOKEN })).adminToken).toBeUndefined();
  });

  test("takes a body limit of 16 MiB, and no more", () => {
    const read = (DOCKET_MAX_BODY_BYTES: string) => readAppConfig({ DOCKET_MAX_BODY_BYTES });
    expect(Effect.runSync(read("16777216")).maxBodyBytes).toBe(16_777_216);
    expect(Effect.runSync(Effect.flip(read("16777217"))).message).toBe(
      "DOCKET_MAX_BODY_BYTES: must be a whole number from 1 to 16777216",
    );
  });

  test("takes one of three roles, and is all of them by default", () => {
    const read = (DOCKET_ROLE?: string) => readAppConfig({ DOCKET_ROLE });
    expect([undefined, "all", "ingest", "Worker"].map((role) => Effect.runSync(read(role)).role)).toEqual([
      "all",
      "all",
      "ingest",
      "worker",
    ]);
    expect(Effect.runSync(Effect.flip(read("boss"))).message).toBe("DOCKET_ROLE: must be one of all, ingest, worker");
  });

  test.each([
    "postgres://user:pa%2Fs%3F%23%40s@db.example:5432/docket",
    "postgresql://user@db.example/docket?sslmode=require",
    "postgres:///docket?host=/run/postgresql",
  ])("takes the DATABASE_URL %s", (DATABASE_URL) => {
    const { databaseUrl } = Effect.runSync(readAppConfig({ DATABASE_URL }));
    expect(databaseUrl === undefined ? "" : Redacted.value(databaseUrl)).toBe(DATABASE_URL);
  });

  test.each([
    ["postgres://user:12/s3cret@db.example/docket", "has an @ after the host"],
    ["postgres://user:12?s3cret@db.example/docket", "has an @ after the host"],
    ["postgres://user:12#s3cret@db.example/docket", "has an @ after the host"],
    ["postgres://user:s3cret/@db.example/docket", "must be a URL of the form"],
    ["postgres://user:s3cret%zz@db.example/docket", "has a % without two hex digits"],
    ["postgres://user:s3cret%@db.example/docket", "has a % without two hex digits"],
    ["postgres://user:s3cret%ff@db.example/docket", "has a % without two hex digits"],
    ["mysql://user:s3cret@db.example/docket", "must be a URL of the form"],
  ])("refuses the DATABASE_URL %s by its name, without its value", (DATABASE_URL, problem) => {
    const { message } = Effect.runSync(Effect.flip(readAppConfig({ DATABASE_URL })));
    expect(message).toStartWith(`DATABASE_URL: ${problem}`);
    expect(message).not.toContain("s3cret");
    expect(message).not.toContain("db.example");
  });

  test.each(["0123456789abcde", "0123456789 abcdef", "0123456789abcdéf", "0123456789\nabcdef"])(
    "refuses the admin token %j by its name, without its value",
    (DOCKET_ADMIN_TOKEN) => {
      const error = Effect.runSync(Effect.flip(readAppConfig({ DOCKET_ADMIN_TOKEN })));
      expect(error).toBeInstanceOf(SettingError);
      expect(error.message).toStartWith("DOCKET_ADMIN_TOKEN: must be at least 16");
      expect(error.message).not.toContain(DOCKET_ADMIN_TOKEN.slice(0, 10));
    },
  );
});
