import { afterAll, beforeAll, expect, test } from "bun:test";
import { event, sendEvent } from "../../support/api.ts";
import { describeInBrowser } from "../../support/browser.ts";
import { openTestDatabase, type TestDatabase } from "../../support/databases.ts";
import { type Service, startService } from "../../support/service.ts";

const TOKEN = "a-token-of-more-than-sixteen";
const LIMIT_MS = 60_000;
/** A browser notes every 401 as an error. */
const REFUSALS = { expects: /401/ };

let database: TestDatabase;
let service: Service;
beforeAll(async () => {
  database = await openTestDatabase("postgres");
  service = await startService(database, { adminToken: TOKEN });
  await sendEvent(service, "msg_1", event("user.created", 0, { id: "user_1", first_name: "Ada" }));
}, LIMIT_MS);
afterAll(async () => {
  await service.stop();
  await database.close();
}, LIMIT_MS);

describeInBrowser("signing in to the dashboard", (browser) => {
  test(
    "shows a stranger the form alone, and whoever has the token the view that was asked for",
    async () => {
      const page = await browser.open(`${service.url}/#/entities/user/user_1`, REFUSALS);
      const asked: string[] = [];
      page.on("request", (request) => asked.push(`${request.method()} ${request.url()}`));
      expect(await page.locator("input").count()).toBe(1);
      expect(await page.locator("script, main a").count()).toBe(0);
      await page.getByLabel("Admin token").fill(`${TOKEN}x`);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.getByText("That is not the token").waitFor();
      await page.getByLabel("Admin token").fill(TOKEN);
      await page.keyboard.press("Enter");
      await page.getByText("Made so by msg_1").waitFor();
      await page.locator(".live-mark", { hasText: "live" }).waitFor();
      expect(asked.join("\n")).not.toContain(TOKEN);
      expect(await page.evaluate(() => document.cookie + JSON.stringify(localStorage))).not.toContain(TOKEN);
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.getByLabel("Admin token").waitFor();
    },
    LIMIT_MS,
  );

  test(
    "says so when the session has ended, and signs in again at the same view",
    async () => {
      const page = await browser.open(`${service.url}/#/events`, REFUSALS);
      await page.getByLabel("Admin token").fill(TOKEN);
      await page.getByRole("button", { name: "Sign in" }).click();
      await page.locator(".event-row").waitFor();
      await page.context().clearCookies();
      await page.getByRole("link", { name: "Jobs" }).click();
      await page.getByRole("button", { name: "Sign in again" }).click();
      await page.getByLabel("Admin token").fill(TOKEN);
      await page.keyboard.press("Enter");
      await page.getByText("No job was planned yet.").waitFor();
      expect(page.url()).toEndWith("/#/jobs");
    },
    LIMIT_MS,
  );
});
