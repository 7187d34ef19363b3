import { expect, test } from "bun:test";
import { describeDefect } from "../../../src/shell/store/fault.ts";

test("describeDefect() says what a defect is and where it was thrown, and not its sentence", () => {
  function reads(): never {
    throw new TypeError("cannot read\nAda at example.com");
  }
  let defect: unknown;
  try {
    reads();
  } catch (caught) {
    defect = caught;
  }
  const described = describeDefect(defect);
  expect(described["defect"]).toBe("TypeError");
  expect(described["at"]?.[0]).toStartWith("at reads (");
  expect(JSON.stringify(described)).not.toContain("Ada");
  expect(describeDefect("Ada")).toEqual({ defect: "string" });
});
