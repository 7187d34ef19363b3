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
