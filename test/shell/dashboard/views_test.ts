import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Page } from "playwright-core";
import { decodeDelivery } from "../../../src/shell/decode/decode_delivery.ts";
import { event, sendEvent } from "../../support/api.ts";
import { describeInBrowser, overhang } from "../../support/browser.ts";
import { openTestDatabase, type TestDatabase } from "../../support/databases.ts";
import { recorder } from "../../support/event_store.ts";
import { EPOCH_MS } from "../../support/histories.ts";
import { greet } from "../../support/jobs.ts";
import { notUnderstood } from "../../support/replayed.ts";
import { type Service, startService } from "../../support/service.ts";

/** Goal: what the system knows is seen and can be acted on, by somebody at a real browser before the real service. */

const LIMIT_MS = 60_000;
const MINUTE_MS = 60_000;
const PHONE = { viewport: { width: 360, height: 740 } };

let database: TestDatabase;
let service: Service;
beforeAll(async () => {
  database = await openTestDatabase("postgres");
  service = await startService(database, { policies: [greet] });
  await sendEvent(service, "msg_born", event("user.created", 0, user({ first_name: "Ada" })));
  await sendEvent(service, "msg_third", event("user.updated", 2 * MINUTE_MS, user({ first_name: "Ada III" })));
  await sendEvent(service, "msg_second", event("user.updated", MINUTE_MS, user({ first_name: "Ada II" })));
}, LIMIT_MS);
afterAll(async () => {
  await service.stop();
  await database.close();
}, LIMIT_MS);

function user(fields: Readonly<Record<string, unknown>>): { readonly id: string } {
  return { id: "user_ada", ...fields };
}

/** The value of a column, as the page shows it. */
function column(page: Page, name: string): Promise<string> {
  return page
    .locator(".columns > div", { has: page.locator(`dt:text-is("${name}")`) })
    .locator("dd")
    .innerText();
}

describeInBrowser("the dashboard", (browser) => {
  test(
    "tells on its first run how to send an event and how to connect Clerk, and shows the first as it comes",
    async () => {
      const empty = await openTestDatabase("postgres");
      const fresh = await startService(empty);
      try {
        const page = await browser.open(`${fresh.url}/`, { expects: /ERR_|Failed to load/ });
        await page.getByText("No message has come yet.").waitFor();
        expect(await page.getByText("npm run docket -- trigger user.created").count()).toBe(1);
        expect(await page.getByText("Add Endpoint").count()).toBe(1);
        await page.locator(".live-mark", { hasText: "live" }).waitFor();
        await sendEvent(fresh, "msg_first", event("user.created", 0, user({})));
        await page.locator(".event-row", { hasText: "user_ada" }).waitFor();
        expect(await page.getByText("No message has come yet.").count()).toBe(0);
        await fresh.stop();
        await page.locator(".live-mark", { hasText: "reconnecting" }).waitFor();
      } finally {
        await fresh.stop();
        await empty.close();
      }
    },
    LIMIT_MS,
  );

  test(
    "shows messages as they arrive, of the filter that is set alone, and holds them back while paused",
    async () => {
      const page = await browser.open(`${service.url}/#/events?type=organization.created`);
      await page.getByText("No message matches these filters.").waitFor();
      await page.locator(".live-mark", { hasText: "live" }).waitFor();
      await sendEvent(service, "msg_role", event("user.created", 0, { id: "user_other" }));
      await sendEvent(service, "msg_org_1", event("organization.created", 0, { id: "org_1", name: "One" }));
      const rows = page.locator(".event-row");
      await rows.filter({ hasText: "org_1" }).waitFor();
      expect(await rows.count()).toBe(1);
      await page.getByRole("button", { name: "Pause" }).click();
      await sendEvent(service, "msg_org_2", event("organization.created", 0, { id: "org_2", name: "Two" }));
      await page.getByText("1 new while paused").waitFor();
      expect(await rows.count()).toBe(1);
      await page.getByRole("button", { name: "Go on" }).click();
      await rows.filter({ hasText: "org_2" }).waitFor();
      expect(await rows.allInnerTexts()).toHaveLength(2);
    },
    LIMIT_MS,
  );

  test(
    "says of an entity what is true, which message made it so, and why others did not",
    async () => {
      const page = await browser.open(`${service.url}/#/entities/user/user_ada`);
      await page.getByRole("heading", { name: "What is true now" }).waitFor();
      expect(await column(page, "first_name")).toBe("Ada III");
      expect(await page.getByText("Made so by").innerText()).toBe("Made so by msg_third");
      const entries = await page.locator(".entry").allInnerTexts();
      expect(entries).toHaveLength(3);
      expect(entries[0]).toContain("current");
      expect(entries[1]).toMatch(/superseded[\s\S]*came late[\s\S]*A newer version follows, msg_third/);
      expect(entries[1]).toMatch(/first_name Ada → became Ada II|first_name Ada →\s*became\s*Ada II/);
      expect(entries[2]).toMatch(/it appeared[\s\S]*greet/);
    },
    LIMIT_MS,
  );

  test(
    "shows an entity as it was at any time, with an address of its own",
    async () => {
      const page = await browser.open(`${service.url}/#/entities/user/user_ada`, { timezoneId: "UTC", expects: /404/ });
      await page.getByRole("heading", { name: "What is true now" }).waitFor();
      await page.getByRole("button", { name: "Earlier version" }).click();
      await page.getByText("Made so by msg_third").waitFor();
      await page.getByRole("slider").press("ArrowLeft");
      await page.getByText("Made so by msg_second").waitFor();
      expect(await column(page, "first_name")).toBe("Ada II\nnow Ada III");
      const at = new Date(EPOCH_MS + MINUTE_MS).toISOString();
      expect(page.url()).toEndWith(`#/entities/user/user_ada?at=${encodeURIComponent(at)}`);
      await page.reload();
      await page.getByText("Made so by msg_second").waitFor();
      await page.getByLabel("As of").fill(new Date(EPOCH_MS + 30_000).toISOString().slice(0, 19));
      await page.getByText("Made so by msg_born").waitFor();
      await page.getByLabel("As of").fill(new Date(EPOCH_MS - 30_000).toISOString().slice(0, 19));
      await page.getByText("It was not there yet.").waitFor();
      await page.getByRole("button", { name: "Now" }).click();
      await page.getByRole("heading", { name: "What is true now" }).waitFor();
    },
    LIMIT_MS,
  );

  test(
    "replays a quarantined message, and says what came of it",
    async () => {
      const body = event("user.created", 0, { id: "user_odd", first_name: "Odd" });
      const message = decodeDelivery({ svixId: "msg_odd", body, receivedAtMs: Date.now() });
      await recorder(database)([notUnderstood(message)]);
      const page = await browser.open(`${service.url}/#/quarantine`);
      const row = page.locator(".row", { hasText: "msg_odd" });
      expect(await row.innerText()).toContain("an older decoder's");
      await row.getByRole("button", { name: "Replay msg_odd" }).click();
      await page.getByText("It is now applied").waitFor();
      await page.getByText("Nothing is quarantined.").waitFor();
      await page.getByRole("searchbox").fill("user_odd");
      await page.getByRole("searchbox").press("Enter");
      await page.getByRole("heading", { name: "What is true now" }).waitFor();
      expect(await column(page, "first_name")).toBe("Odd");
    },
    LIMIT_MS,
  );

  test(
    "finds a user by an address, and lists all that have it",
    async () => {
      const user = { id: "user_found", email_addresses: [{ id: "idn_1", email_address: "found@example.com" }] };
      await sendEvent(service, "msg_found_1", event("user.created", 0, user));
      const page = await browser.open(`${service.url}/`);
      const search = page.getByRole("searchbox");
      await search.fill("Found@example.com");
      await search.press("Enter");
      await page.waitForURL(/#\/entities\/user\/user_found$/);
      expect(await search.inputValue()).toBe("");

      const entry = event("waitlistEntry.created", 0, { id: "wle_1", email_address: "found@example.com" });
      await sendEvent(service, "msg_found_2", entry);
      await search.fill("found@example.com");
      await search.press("Enter");
      await page.getByRole("link", { name: "waitlist entry wle_1" }).click();
      await page.waitForURL(/#\/entities\/waitlist_entry\/wle_1$/);
      expect(await page.getByRole("link", { name: "waitlist entry wle_1" }).count()).toBe(0);

      await search.fill("nobody@example.com");
      await search.press("Enter");
      await page.getByText("Nothing on file is called nobody@example.com").waitFor();
    },
    LIMIT_MS,
  );

  test(
    "is dark where the system is, and as its own switch says, also next time",
    async () => {
      const page = await browser.open(`${service.url}/`, { colorScheme: "dark" });
      const lightness = (): Promise<number> =>
        page.evaluate(() => Number(/\d+/.exec(getComputedStyle(document.documentElement).backgroundColor)?.[0]));
      await page.getByRole("button", { name: "system theme" }).waitFor();
      expect(await lightness()).toBeLessThan(60);
      await page.getByRole("button", { name: "system theme" }).click();
      await page.getByRole("button", { name: "light theme" }).waitFor();
      expect(await lightness()).toBeGreaterThan(200);
      await page.reload();
      await page.getByRole("button", { name: "light theme" }).click();
      expect(await lightness()).toBeLessThan(60);
    },
    LIMIT_MS,
  );

  test(
    "fits on a phone, and is used by keyboard",
    async () => {
      const page = await browser.open(`${service.url}/`, { ...PHONE, hasTouch: true });
      for (const hash of ["#/", "#/events", "#/events/msg_born", "#/entities/user", "#/entities/user/user_ada"]) {
        await page.goto(`${service.url}/${hash}`);
        await page.locator("h1").waitFor();
        await page.locator(".loading").waitFor({ state: "detached" });
        expect({ hash, overhang: await overhang(page) }).toEqual({ hash, overhang: 0 });
      }
      await page.reload();
      await page.locator("h1").waitFor();
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
      await page.keyboard.press("/");
      await page.keyboard.type("msg_born");
      await page.keyboard.press("Enter");
      await page.getByRole("heading", { name: "user.created" }).waitFor();
      await page.goBack();
      await page.getByRole("heading", { name: "What is true now" }).waitFor();
    },
    LIMIT_MS,
  );
});
