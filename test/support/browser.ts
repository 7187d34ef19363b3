import { afterEach, beforeAll, describe, expect } from "bun:test";
import { existsSync } from "node:fs";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { onRunEnd } from "./cleanup.ts";

/** A real browser that all tests share, each with a page and cookies of its own. */
export interface TestBrowser {
  /** A page that has loaded the address. What it says on its console as an error fails the test. */
  open(url: string, options?: OpenOptions): Promise<Page>;
}

export interface OpenOptions extends BrowserContextOptions {
  /** Errors on the console that are part of the test: an answer that is no 2xx is one. */
  readonly expects?: RegExp;
}

const CHROMIUM = process.env["CHROMIUM_PATH"] ?? "/usr/bin/chromium";
const START_LIMIT_MS = 60_000;
/** Longest wait for anything on a page, on a machine that is busy. */
const PAGE_LIMIT_MS = 15_000;
/** It needs neither a screen nor anybody but our own server. */
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

let shared: Promise<Browser> | undefined;

function sharedBrowser(): Promise<Browser> {
  shared ??= chromium.launch({ executablePath: CHROMIUM, args: QUIET }).then((browser) => {
    onRunEnd(() => browser.close());
    return browser;
  });
  return shared;
}

/** Declares tests that run in a browser. Where there is none they are skipped, and say so. */
export function describeInBrowser(name: string, body: (browser: TestBrowser) => void): void {
  const isThere = existsSync(CHROMIUM);
  const told = isThere ? name : `${name} (skipped: no Chromium at ${CHROMIUM}, set CHROMIUM_PATH or install it)`;
  describe.skipIf(!isThere)(told, () => {
    let browser: Browser | undefined;
    const errors: string[] = [];
    beforeAll(async () => {
      browser = await sharedBrowser();
    }, START_LIMIT_MS);
    afterEach(async () => {
      await Promise.all(browser?.contexts().map((context) => context.close()) ?? []);
      expect(errors.splice(0)).toEqual([]);
    });
    body({
      open: async (url, { expects, ...options } = {}) => {
        if (browser === undefined) throw new Error("The browser is open in tests only");
        const context = await browser.newContext({ reducedMotion: "reduce", ...options });
        context.setDefaultTimeout(PAGE_LIMIT_MS);
        const page = await context.newPage();
        const note = (text: string): void => {
          if (expects?.test(text) !== true) errors.push(text);
        };
        page.on("pageerror", ({ message }) => note(message));
        page.on("console", (message) => message.type() === "error" && note(message.text()));
        page.on("request", (request) => {
          if (!request.url().startsWith(new URL(url).origin) && !request.url().startsWith("data:")) {
            note(`asked a stranger: ${request.url()}`);
          }
        });
        await page.goto(url);
        return page;
      },
    });
  });
}

/** By how many pixels the page, or a part of it that is cut off there, reaches over the right edge of its window. */
export function overhang(page: Page): Promise<number> {
  return page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    const parts = [...document.querySelectorAll("main :is(.row-time, .badge, button, section, dd)")];
    const rights = parts.map((part) => part.getBoundingClientRect().right);
    return Math.ceil(Math.max(scrollWidth, ...rights) - clientWidth);
  });
}
