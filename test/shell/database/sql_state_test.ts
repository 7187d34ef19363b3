import { describe, expect, test } from "bun:test";
import { isRetryable } from "../../../src/shell/database/database_error.ts";
import { isMessageFault, isTransient, sqlState } from "../../../src/shell/database/sql_state.ts";

function failure(code: string): Error {
  return Object.assign(new Error("refused"), { code });
}

describe("sqlState()", () => {
  test("finds the code in the error or in its causes", () => {
    expect(sqlState(failure("23505"))).toBe("23505");
    expect(sqlState(new Error("outer", { cause: new Error("middle", { cause: failure("40P01") }) }))).toBe("40P01");
  });

  test("takes no code of the operating system or of the driver for one", () => {
    for (const code of ["EPIPE", "E2BIG", "ECONNREFUSED", "CONNECTION_CLOSED"]) {
      expect(sqlState(failure(code))).toBeUndefined();
    }
  });

  test("ends on a chain of causes that bites its tail", () => {
    const error = new Error("outer");
    error.cause = error;
    expect(sqlState(error)).toBeUndefined();
  });
});

describe("isMessageFault()", () => {
  test("is true for data and integrity faults, and for nothing else", () => {
    expect(["22P02", "22021", "23505", "23514"].map((code) => isMessageFault(failure(code)))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    expect(["40001", "42P01", "53300", "57014", "08006"].some((code) => isMessageFault(failure(code)))).toBe(false);
    expect(isMessageFault(new Error("lost"))).toBe(false);
  });
});

describe("isTransient()", () => {
  test("is true for a deadlock and a serialization failure", () => {
    expect(["40001", "40P01", "23505"].map((code) => isTransient(failure(code)))).toEqual([true, true, false]);
  });
});

describe("isRetryable()", () => {
  test("is false for what only a person can change", () => {
    expect(["28P01", "3D000", "42P01", "23505"].some((code) => isRetryable(failure(code)))).toBe(false);
    expect(["57P03", "57014", "53300", "08006", "55P03"].every((code) => isRetryable(failure(code)))).toBe(true);
    expect(isRetryable(failure("ECONNREFUSED"))).toBe(true);
  });
});
