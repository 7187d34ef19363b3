import { afterAll, beforeAll, expect, test } from "bun:test";
import { event } from "../../support/api.ts";
import { describeInBrowser } from "../../support/browser.ts";
import { send } from "../../support/service.ts";
import { type Stage, startStage, until } from "../../support/stage.ts";

/** Goal: somebody at a browser acts on jobs of a real process, and sees what comes of it without asking again. */

const CONFIG = `
import { defineConfig, job, PermanentFailure, policy } from "docket";
const call = async (payload, { key }) => {
  const answer = await fetch(process.env.RECEIVER + "/call", { method: "POST", headers: { "idempotency-key": key } });
  if (!answer.ok) throw new PermanentFailure({ message: "the receiver answered " + answer.status });
};
const born = ({ before }) => before._tag === "Absent";
export default defineConfig({
  policies: [
    policy("provision", { kind: "user", maxAge: "forever" }, (edge) => (born(edge) ? [job("call", {})] : [])),
    policy("found", { kind: "organization", approval: true, maxAge: "forever" }, (edge) => (born(edge) ? [job("call", {})] : [])),
  ],
  handlers: { call },
});`;
const LIMIT_MS = 60_000;

let stage: Stage;
beforeAll(async () => {
  stage = await startStage(CONFIG);
}, LIMIT_MS);
afterAll(() => stage[Symbol.asyncDispose](), LIMIT_MS);

async function tell(id: string, body: string): Promise<void> {
  expect((await send(stage.docket, body, { id })).status).toBe(200);
}

describeInBrowser("jobs on the dashboard", (browser) => {
  test(
    "shows a dead letter with its error and lets it go again, once the receiver is well",
    async () => {
      stage.receiver.script.push({ status: 422 });
      const page = await browser.open(`${stage.docket.url}/#/jobs?state=dead`);
      await page.getByText("No job was given up.").waitFor();
      await tell("msg_1", event("user.created", 0, { id: "user_1" }));
      const key = "provision/user/user_1/+";
      await until("the job is dead", async () => {
        const answer = await fetch(`${stage.docket.url}/v1/jobs/${encodeURIComponent(key)}`);
        return answer.ok && ((await answer.json()) as { state: string }).state === "dead";
      });
      await page.reload();
      const row = page.locator(".job-row", { hasText: "user_1" });
      expect(await row.innerText()).toContain("the receiver answered 422");
      await row.getByRole("link").click();
      await page.getByText("Given up: the receiver answered 422").waitFor();
      await page.getByRole("button", { name: "Retry" }).click();
      await page.locator(".view-head .badge", { hasText: "done" }).waitFor();
      expect(await page.locator(".attempts li").allInnerTexts()).toEqual([
        expect.stringContaining("done"),
        expect.stringContaining("failed for good"),
      ]);
      expect(stage.receiver.seen(key)).toBe(2);
      await page.getByText(/retry by api/).waitFor();
      await page.getByRole("link", { name: "Audit" }).click();
      await page.locator(".audit-row", { hasText: `retry${key}` }).waitFor();
    },
    LIMIT_MS,
  );

  test(
    "approves a job that waits for a person, and cancels another after asking",
    async () => {
      await tell("msg_2", event("organization.created", 0, { id: "org_yes", name: "Yes" }));
      await tell("msg_3", event("organization.created", 0, { id: "org_no", name: "No" }));
      const page = await browser.open(`${stage.docket.url}/#/jobs?state=held`);
      const row = (id: string) => page.locator(".job-row", { hasText: id });
      await row("org_yes").getByRole("button", { name: "Approve" }).click();
      await row("org_yes").locator(".badge", { hasText: "done" }).waitFor();
      expect(stage.receiver.seen("found/organization/org_yes/+")).toBe(1);
      await row("org_no").getByRole("button", { name: "Cancel" }).click();
      await page.getByRole("button", { name: "Leave it" }).click();
      expect(await row("org_no").locator(".badge").innerText()).toBe("held");
      await row("org_no").getByRole("button", { name: "Cancel" }).click();
      await page.getByRole("button", { name: "Cancel the job" }).click();
      await row("org_no").locator(".badge", { hasText: "cancelled" }).waitFor();
      expect(stage.receiver.seen("found/organization/org_no/+")).toBe(0);
    },
    LIMIT_MS,
  );
});
