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

  test("reconciles every so often only if it is told to, and with a key", () => {
    const read = (DOCKET_RECONCILE_EVERY?: string, CLERK_SECRET_KEY?: string) =>
      readAppConfig({ DOCKET_RECONCILE_EVERY, CLERK_SECRET_KEY });
    const every = (text?: string) => Effect.runSync(read(text, "sk_test_key")).reconcileEveryMs;
    expect([undefined, "off", "15 minutes", "1 day"].map(every)).toEqual([null, null, 900_000, 86_400_000]);
    for (const wrong of ["5 seconds", "31 days", "often", "15"]) {
      expect(Effect.runSync(Effect.flip(read(wrong, "sk_test_key"))).message).toBe(
        'DOCKET_RECONCILE_EVERY: must be a time from "10 seconds" to "30 days", such as "10 minutes", or "off"',
      );
    }
    expect(Effect.runSync(Effect.flip(read("15 minutes"))).message).toBe(
      "DOCKET_RECONCILE_EVERY: needs CLERK_SECRET_KEY",
    );
  });

  test("takes a time for the silence alarm, or off, and is at ten minutes by default", () => {
    const read = (DOCKET_SILENCE_AFTER?: string) => readAppConfig({ DOCKET_SILENCE_AFTER });
    const read1 = (value?: string) => Effect.runSync(read(value)).silenceAfterMs;
    expect([undefined, "2 seconds", "7 days", "Off"].map(read1)).toEqual([600_000, 2_000, 604_800_000, null]);
    for (const wrong of ["5", "1 second", "8 days", "soon", "-1 minutes"]) {
      expect(Effect.runSync(Effect.flip(read(wrong))).message).toBe(
        'DOCKET_SILENCE_AFTER: must be a time from "2 seconds" to "7 days", such as "10 minutes", or "off"',
      );
    }
  });

  test("drops old payloads after 90 days by default, after three or more if told so, or never", () => {
    const read = (DOCKET_RETENTION_DAYS?: string) => readAppConfig({ DOCKET_RETENTION_DAYS });
    const days = (value?: string) => Effect.runSync(read(value)).retentionDays;
    expect([undefined, "3", "36500", "OFF"].map(days)).toEqual([90, 3, 36_500, null]);
    for (const wrong of ["0", "2", "1.5", "-9", "36501", "90 days", "never"]) {
      expect(Effect.runSync(Effect.flip(read(wrong))).message).toBe(
        'DOCKET_RETENTION_DAYS: must be a whole number of days from 3 to 36500, or "off"',
      );
    }
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

  test("takes a Clerk secret key, and keeps it from being printed", () => {
    const { clerkSecretKey } = Effect.runSync(readAppConfig({ CLERK_SECRET_KEY: " sk_test_c2VjcmV0 " }));
    expect(clerkSecretKey === undefined ? "" : Redacted.value(clerkSecretKey)).toBe("sk_test_c2VjcmV0");
    expect(`${clerkSecretKey} ${JSON.stringify(clerkSecretKey)} ${Bun.inspect(clerkSecretKey)}`).not.toContain("c2V");
    expect(Effect.runSync(readAppConfig({})).clerkSecretKey).toBeUndefined();
  });

  test.each(["pk_test_c2VjcmV0", "sk_", "sk_test_c2V jcmV0", "sk_test_c2V\njcmV0", "c2VjcmV0"])(
    "refuses the Clerk secret key %j by its name, without its value",
    (CLERK_SECRET_KEY) => {
      const error = Effect.runSync(Effect.flip(readAppConfig({ CLERK_SECRET_KEY })));
      expect(error).toBeInstanceOf(SettingError);
      expect(error.message).toStartWith("CLERK_SECRET_KEY: must be a secret key of the form sk_...");
      expect(error.message).not.toContain("c2V");
    },
  );

  test.each([
    [undefined, "https://api.clerk.com"],
    ["https://api.clerk.com/", "https://api.clerk.com"],
    ["https://api.clerk.com/v1/", "https://api.clerk.com"],
    ["http://127.0.0.1:4000", "http://127.0.0.1:4000"],
    ["https://proxy.example/clerk", "https://proxy.example/clerk"],
  ])("reads the CLERK_API_URL %s as %s", (CLERK_API_URL, url) => {
    expect(Effect.runSync(readAppConfig({ CLERK_API_URL })).clerkApiUrl).toBe(url);
  });

  test.each([
    "api.clerk.com",
    "ftp://api.clerk.com",
    "https://user:s3cret@api.clerk.com",
    "https://api.clerk.com?key=s3cret",
    "https://api.clerk.com#s3cret",
  ])("refuses the CLERK_API_URL %s by its name, without its value", (CLERK_API_URL) => {
    const { message } = Effect.runSync(Effect.flip(readAppConfig({ CLERK_API_URL })));
    expect(message).toBe("CLERK_API_URL: must be a URL of the form https://host");
  });
});
