// Real browsers with the client in them, for the browser tests.
import { chromiumMissing, launchChromium } from "@td/testkit/chromium";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { type Api, startApi } from "./api.ts";
import type * as browserPage from "./browser-page.ts";
import { type Site, startSite } from "./site.ts";

export type Browser = Awaited<ReturnType<typeof launchChromium>>;
export type Context = Awaited<ReturnType<Browser["newContext"]>>;
export type Page = Awaited<ReturnType<Context["newPage"]>>;

// In the pages.
declare global {
  var td: typeof browserPage;
  var client: ReturnType<typeof browserPage.open>;
}

const missing = chromiumMissing();
if (missing !== undefined) console.log(`prefs: the browser tests do not run here, ${missing}`);

/** Whether the browser tests can run. */
export const hasChromium = missing === undefined;

/** A user in a browser profile of their own. */
export interface Person {
  readonly user: string;
  readonly context: Context;
  /** A new tab with the user's client in it. */
  readonly tab: () => Promise<Page>;
}

/** What the tests of a file use. */
export interface Tools {
  readonly site: Site;
  /** The API behind the site. */
  readonly api: Api;
  /** Each call: another user, another profile. `prepare` runs in each new page before anything else. */
  readonly person: (prepare?: () => void) => Promise<Person>;
  /** Another profile of a user that exists. */
  readonly profile: (user: string, prepare?: () => void) => Promise<Person>;
  /** Ends the processes of all pages by SIGKILL. */
  readonly killPages: () => Promise<void>;
}

/** A browser, a site and an API for the tests of a `describe`. */
export function useChromium(): () => Tools {
  let users = 0;
  let tools: Tools & { readonly browser: Browser };
  beforeAll(async () => {
    const api = await startApi();
    const [browser, site] = await Promise.all([launchChromium(), startSite(api.handler)]);
    const profile: Tools["profile"] = async (user, prepare) => {
      const context = await browser.newContext();
      onTestFinished(() => context.close());
      await context.addCookies([{ name: "user", value: user, url: site.url }]);
      if (prepare !== undefined) await context.addInitScript(prepare);
      return { user, context, tab: () => tabOf(context, site.url, user) };
    };
    const person: Tools["person"] = (prepare) => {
      site.weather = () => "fine";
      return profile(`user${++users}`, prepare);
    };
    tools = { browser, site, api, profile, person, killPages: () => killPages(browser) };
  });
  afterAll(async () => {
    await tools.browser.close();
    await tools.site.close();
    await tools.api.close();
  });
  return () => tools;
}

async function killPages(browser: Browser): Promise<void> {
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  for (const { type, id } of processInfo) if (type === "renderer") process.kill(id, "SIGKILL");
  await session.detach();
}

async function tabOf(context: Context, url: string, user: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  await page.evaluate((account) => {
    globalThis.client = td.open(account);
  }, user);
  return page;
}

/** What the page shows. */
export const show = (page: Page) => page.evaluate(() => client.get());

/** Asks the server, and answers what the page shows then. */
export const load = (page: Page) => page.evaluate(() => client.load());

/** Waits until a condition holds of what the page shows; the test's time limit ends a wait in vain. */
export async function until(page: Page, condition: (snapshot: ReturnType<typeof client.get>) => boolean): Promise<void> {
  await page.waitForFunction(`(${condition.toString()})(client.get())`);
}

/** All that the origin has in localStorage, by name. */
export const stored = (page: Page): Promise<Record<string, string>> =>
  page.evaluate(() => Object.fromEntries(Object.keys(localStorage).map((key) => [key, localStorage.getItem(key) ?? ""])));

/** In a page: fills the origin's storage to the last character, as another application may. */
export function fillStorage(): void {
  for (let size = 1 << 20; size > 0; size = Math.floor(size / 2))
    for (let room = true; room;)
      try {
        localStorage.setItem(`theirs${size}-${localStorage.length}`, "x".repeat(size));
      } catch {
        room = false;
      }
}
