import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { chainsOf } from "../support/edge_oracle.ts";
import { stories } from "../support/stories.ts";
import { storyWorldAfter, wantedIn } from "../support/story_world.ts";
import { byKey, eventOf, intentOf, KINDS, marksOf, wantedBy } from "../support/wanted_oracle.ts";

describe("rewire()", () => {
  test("always ends in the jobs of the sorted history, whatever came when and how often", () => {
    fc.assert(
      fc.property(stories, fc.constantFrom("keep" as const, "erase" as const), ({ history, delivered }, onDelete) => {
        expect(wantedIn(storyWorldAfter(delivered, onDelete))).toEqual(wantedBy(history, onDelete));
      }),
    );
  });

  test("always ends in the log of the deletion alone, where personal data is erased", () => {
    fc.assert(
      fc.property(stories, ({ history, delivered }) => {
        const logged = [...storyWorldAfter(delivered, "erase").changes].flatMap(([key, { svixId, asOfMs }]) =>
          key.endsWith("#-") ? [{ key, svixId, asOfMs }] : [],
        );
        const expected = [...chainsOf(history).values()].flatMap(({ edges }) =>
          edges
            .filter(({ intent }) => intent === "-")
            .map(({ table, id, after }) => ({
              key: `${KINDS[table]}/${id}#-`,
              svixId: after.svixId,
              asOfMs: after.atMs,
            })),
        );
        expect(logged.sort(byKey)).toEqual(expected.sort(byKey));
      }),
    );
  });

  test("always ends in the change log of the sorted history", () => {
    fc.assert(
      fc.property(stories, ({ history, delivered }) => {
        const world = storyWorldAfter(delivered, "keep");
        const logged = [...world.changes].map(([key, { changes, event, svixId }]) => ({
          key,
          event,
          svixId,
          marks: changes.find(({ path }) => path === "public_metadata.mark") ?? null,
        }));
        const expected = [...chainsOf(history).values()].flatMap(({ edges }) =>
          edges.map((edge) => ({
            key: `${KINDS[edge.table]}/${edge.id}#${intentOf(edge)}`,
            event: eventOf(edge),
            svixId: edge.after.svixId,
            marks: marksOf(edge),
          })),
        );
        expect(logged.sort(byKey)).toEqual(expected.sort(byKey));
      }),
    );
  });
});
