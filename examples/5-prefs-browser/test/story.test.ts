// The page from end to end in a real browser, as a person uses it: by what it shows, by keyboard, on a phone and on a desktop, light and dark.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromiumMissing, launchChromium } from "@td/testkit/chromium";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { buildPage } from "../build-page.ts";
import { oldBrowser } from "../page/old-browser.ts";
import { type Running, startServer } from "../server.ts";

type Browser = Awaited<ReturnType<typeof launchChromium>>;
type Context = Awaited<ReturnType<Browser["newContext"]>>;
type Page = Awaited<ReturnType<Context["newPage"]>>;

const missing = chromiumMissing();
if (missing !== undefined) console.log(`examples/5-prefs-browser: the page is not tested here, ${missing}`);

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

describe.runIf(missing === undefined)("the page", () => {
  const place = mkdtempSync(join(tmpdir(), "td-story-"));
  let server: Running;
  let browser: Browser;
  let users = 0;
  beforeAll(async () => {
    await buildPage(join(place, "site"));
    [server, browser] = await Promise.all([
      startServer({ database: join(place, "prefs.db"), site: join(place, "site") }),
      launchChromium(),
    ]);
  });
  afterAll(async () => {
    await browser.close();
    await server.close();
    rmSync(place, { recursive: true });
  });

  interface Look {
    readonly user?: string;
    readonly old?: Readonly<Record<string, string>>;
    readonly dark?: boolean;
    readonly phone?: boolean;
  }

  /** A browser of a new user, with what the old page left in it. */
  async function person({ user = `user${++users}`, old = oldBrowser, dark = false, phone = false }: Look = {}) {
    const viewport = phone ? { width: 390, height: 844 } : { width: 1280, height: 900 };
    const context = await browser.newContext({ viewport, hasTouch: phone, colorScheme: dark ? "dark" : "light" });
    onTestFinished(() => context.close());
    await context.addCookies([{ name: "user", value: user, url: server.url }]);
    const entries = Object.entries(old).map(([name, value]) => ({ name, value }));
    await context.setStorageState({ cookies: await context.cookies(), origins: [{ origin: server.url, localStorage: entries }] });
    return { user, context, page: await open(context) };
  }

  async function open(context: Context): Promise<Page> {
    const page = await context.newPage();
    page.on("pageerror", (error) => expect.unreachable(String(error)));
    await ready(page);
    return page;
  }

  async function ready(page: Page): Promise<void> {
    await page.goto(server.url);
    await page.waitForSelector("html[data-ready]");
  }

  /** What axe finds: contrast, names, roles, order. */
  async function faults(page: Page): Promise<string[]> {
    await page.evaluate(AXE);
    const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>(
      "axe.run()",
    );
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
  }

  const status = (page: Page, text: string | RegExp) => page.getByRole("status").filter({ hasText: text }).waitFor();
  const radio = (page: Page, name: string) => page.getByRole("radio", { name });
  const watched = (page: Page) => page.locator("#watchlist li .what").allInnerTexts();
  const stored = (page: Page): Promise<string[]> =>
    page.evaluate(() =>
      Object.keys(localStorage)
        .filter((key) => !key.startsWith("td.prefs/"))
        .sort(),
    );
  const outage = async (page: Page, down: boolean): Promise<void> => {
    const answered = page.waitForResponse((response) => response.url().endsWith("/demo/outage") && response.request().method() === "POST");
    await page.getByRole("checkbox", { name: "The server is down" }).setChecked(down);
    await answered;
  };

  test("shows what moved, what stays and what could not be read, and leaves the rest of the browser alone", async () => {
    const { page } = await person();
    await page.getByRole("heading", { name: "Moved to your account" }).waitFor();
    expect(await page.locator("#import-summary").innerText()).toBe("14 taken over, 1 that could not be read.");
    await page.getByText("What happened to each key").click();
    const rows = await page
      .locator("#import-keys tr")
      .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
    const fates = Object.fromEntries(rows) as Record<string, string>;
    expect(fates).toMatchObject({
      arise_trading_modes: "Could not be read: expected JSON. It stays here as it is.",
      arise_universe: "In your account, and removed here.",
      arise_watchlist: "In your account, and removed here.",
      arise_risk: "Another key says something newer. It stays here.",
      arise_disclosure_accepted: "Nothing was chosen. It stays here.",
      arise_beta_banner_seen: "This page does not know it. It stays here, unread.",
      arise_picks: "Belongs to this browser. It stays here.",
    });
    expect(Object.keys(fates)).not.toContain("fyntrix_access_token");
    expect(Object.keys(fates)).not.toContain("somebody_elses_key");
    expect(await stored(page)).toEqual(
      Object.keys(oldBrowser)
        .filter((key) => fates[key] !== "In your account, and removed here.")
        .sort(),
    );
    expect(await radio(page, "Aggressive").isChecked()).toBe(true);
    expect(await page.getByLabel("Universe").inputValue()).toBe("NIFTY500");
    expect((await watched(page)).sort()).toEqual(["BTC/USD", "RELIANCEBSE", "RELIANCENSE", "TCS"]);
    expect(await page.locator("#insights li").count()).toBe(1);
    expect(await page.getByText("You have accepted the risk disclosure, version v1.").isVisible()).toBe(true);
  });

  test("works through an outage and a reload, and the server gets it afterwards", async () => {
    const { page, context } = await person();
    await outage(page, true);
    onTestFinished(() => fetch(`${server.url}/demo/outage`, { method: "POST", body: '{"down":false}' }).then(() => undefined));
    await radio(page, "Conservative").check();
    await page.getByLabel("Symbol").fill("infy");
    await page.getByRole("button", { name: "Add" }).click();
    await status(page, /cannot be reached: 2 changes wait in this browser/);
    await ready(page);
    expect(await radio(page, "Conservative").isChecked()).toBe(true);
    expect(await watched(page)).toContain("INFY");
    await status(page, /2 changes wait/);
    await outage(page, false);
    await status(page, "Saved");
    const other = await open(context);
    expect(await radio(other, "Conservative").isChecked()).toBe(true);
    await radio(other, "Moderate").check();
    await status(other, "Saved");
    await expect.poll(() => radio(page, "Moderate").isChecked()).toBe(true); // the other tab
  });

  test("asks when two devices have changed the same thing, and merges the rest without asking", async () => {
    const { page, context, user } = await person({ phone: true });
    const desk = (await person({ user, old: {} })).page;
    const futures = (on: Page) => on.getByRole("group", { name: "Trading modes" }).getByLabel("Futures");
    await context.setOffline(true);
    await radio(page, "Conservative").check();
    await futures(page).check();
    await status(page, "2 changes wait");
    await radio(desk, "Moderate").check();
    await desk.getByLabel("Universe").selectOption("NIFTY100");
    await status(desk, "Saved");
    await context.setOffline(false);
    await page.getByRole("heading", { name: "Risk profile was changed on another device, too" }).waitFor();
    expect(await faults(page)).toEqual([]);
    await page.getByRole("button", { name: "Take Moderate" }).click();
    await status(page, "Saved");
    expect(await page.locator(".notice").count()).toBe(0);
    expect(await radio(page, "Moderate").isChecked()).toBe(true);
    expect(await futures(page).isChecked()).toBe(true);
    expect(await page.getByLabel("Universe").inputValue()).toBe("NIFTY100");
  });

  test("gives nothing of one user to the next one of the same browser", async () => {
    const { page } = await person({ old: { ...oldBrowser, arise_universe: "FTSE" } });
    await page.getByLabel("Signed in as").selectOption("ben");
    await Promise.all([page.waitForEvent("load"), page.getByRole("button", { name: "Switch" }).click()]);
    await page.waitForSelector("html[data-ready]");
    expect(await radio(page, "Moderate").isChecked()).toBe(true);
    expect(await watched(page)).toEqual([]);
    await page.getByText("What happened to each key").click();
    expect(await page.getByText("Somebody else has moved this").count()).toBeGreaterThan(0);
  });

  test("is used by keyboard alone: the order is that of the page, and the focus is never lost", async () => {
    const { page } = await person();
    const focused = () =>
      page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? document.activeElement?.textContent ?? "");
    const tab = async (times = 1): Promise<void> => {
      for (let at = 0; at < times; at++) await page.keyboard.press("Tab");
    };
    await tab();
    expect(await focused()).toBe("Skip to the settings");
    await page.keyboard.press("Enter");
    await tab(2); // the summary, the universe
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("universe");
    await tab(2); // the risk profile, as one stop
    await page.keyboard.press("ArrowLeft");
    expect(await radio(page, "Moderate").isChecked()).toBe(true);
    await page.getByLabel("Symbol").focus();
    await page.keyboard.type("wipro");
    await page.keyboard.press("Enter");
    expect((await watched(page))[0]).toBe("WIPRO");
    await tab(3);
    expect(await focused()).toBe("Remove WIPRO");
    await page.keyboard.press("Enter");
    await expect.poll(async () => (await watched(page)).length).toBe(4);
    expect(await focused()).toMatch(/^Remove /);
    for (let left = 4; left > 0; left--) await page.keyboard.press("Enter");
    await page.getByText("Nothing on it yet.").waitFor();
    expect(await focused()).toBe("Watchlist");
  });

  const looks = [
    { phone: false, dark: false },
    { phone: true, dark: true },
    { phone: false, dark: true },
    { phone: true, dark: false },
  ];
  test.each(process.env["TD_DEPTH"] === "soak" ? looks : looks.slice(0, 2))(
    "has no known fault of access, and fits its screen: %o",
    async (look) => {
      const { page } = await person(look);
      await page.getByText("What happened to each key").click();
      expect(await faults(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
      const small = await page
        .locator("button:visible, select:visible, .choice:visible")
        .evaluateAll((all) => all.filter((one) => one.getBoundingClientRect().height < 40).map((one) => one.textContent));
      expect(small).toEqual([]);
    },
  );
});
