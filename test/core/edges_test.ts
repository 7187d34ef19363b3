import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { chainsOf } from "../support/edge_oracle.ts";
import { keyOf } from "../support/oracle.ts";
import { goodbye } from "../support/policies.ts";
import { type StoryMessage, stories } from "../support/stories.ts";
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

  test("always ends in the same farewell, though erasure takes away whom it is for", () => {
    fc.assert(
      fc.property(stories, ({ history, delivered }) => {
        // Of two deletions of one user the one that comes after erasure finds nothing left to plan with: see the README.
        const deaths = history.filter(({ envelope }) => envelope.type === "user.deleted").map(keyOf);
        const twice = new Set(deaths.filter((key, index) => deaths.indexOf(key) !== index));
        const onlyOnce = (it: StoryMessage): boolean => !twice.has(keyOf(it));
        const world = storyWorldAfter(delivered.filter(onlyOnce), "erase", [goodbye]);
        const expected = wantedBy(history.filter(onlyOnce), "erase", (policy) => policy === "goodbye");
        expect(wantedIn(world)).toEqual(expected);
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
