import { expect, test } from "bun:test";
import { job, policy } from "docket";
import { clerkHistories, wantedJobs } from "docket/testing";
import fc from "fast-check";

/** What a user of Docket writes to test a policy of their own, in a dozen lines. */
const invoice = policy("invoice", { kind: "subscription_item", once: true }, ({ after }) =>
  after._tag === "Live" && after.value.status === "active"
    ? [job("billing.invoice", { item: after.value.planId })]
    : [],
);

test("my policy wants one invoice an item, whatever order Clerk's messages arrive in", () => {
  fc.assert(
    fc.property(clerkHistories({ scenarios: ["billing", "life"] }), ({ history, delivered }) => {
      const jobs = wantedJobs([invoice], delivered);
      expect(jobs).toEqual(wantedJobs([invoice], history));
      expect(new Set(jobs.map(({ ref }) => ref.id)).size).toBe(jobs.length);
    }),
    { numRuns: 50 },
  );
});
