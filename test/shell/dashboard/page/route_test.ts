import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { entityHref, eventHref, jobHref, readRoute, withQuery } from "../../../../src/shell/dashboard/page/route.ts";

const id = fc.string({ minLength: 1, unit: "grapheme-ascii" });

describe("readRoute()", () => {
  test("reads back every address that is made, whatever an id has in it", () => {
    fc.assert(
      fc.property(id, id, (one, other) => {
        expect(readRoute(eventHref(one))).toEqual({ view: "event", svixId: one });
        expect(readRoute(jobHref(one))).toEqual({ view: "job", key: one });
        expect(readRoute(entityHref({ kind: one, id: other }))).toEqual({
          view: "entity",
          kind: one,
          id: other,
          at: null,
        });
        const at = "2026-01-31T12:00:00.000Z";
        expect(readRoute(entityHref({ kind: one, id: other }, at))).toMatchObject({ id: other, at });
      }),
    );
  });

  test.each([
    ["", "overview"],
    ["#/", "overview"],
    ["#/events", "events"],
    ["#/entities", "entities"],
    ["#/jobs?state=dead", "jobs"],
    ["#/quarantine", "quarantine"],
    ["#/nowhere", "missing"],
    ["#/entities/user/a/b", "missing"],
    ["#/events/%E0%A4%A", "event"],
  ])("takes %p for the view %s", (hash, view) => {
    expect(readRoute(hash).view).toBe(view as "overview");
  });

  test("keeps filters, and leaves those away that are empty", () => {
    const href = withQuery("#/events", { type: "user.created", entity: "", outcome: null });
    expect(href).toBe("#/events?type=user.created");
    const route = readRoute(href);
    expect(route.view === "events" && route.filters.get("type")).toBe("user.created");
  });
});
