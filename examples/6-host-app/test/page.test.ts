// The page from end to end in a real browser, as a person uses it: by what it shows, by keyboard, on a phone and on a desktop, light and dark.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromiumMissing, launchChromium } from "@td/testkit/chromium";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { buildPage } from "../build-page.ts";
import { hostOn, person, ROUND, type TestHost } from "./workbench.ts";

type Browser = Awaited<ReturnType<typeof launchChromium>>;
type Page = Awaited<ReturnType<Awaited<ReturnType<Browser["newContext"]>>["newPage"]>>;

const missing = chromiumMissing();
if (missing !== undefined) console.log(`examples/6-host-app: the page is not tested here, ${missing}`);

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const JOBS = 2; // the nightly and the weekly one wait on the host's clock, too

describe.runIf(missing === undefined)("the page", () => {
  const site = mkdtempSync(join(tmpdir(), "td-site-"));
  let server: TestHost;
  let browser: Browser;
  beforeAll(async () => {
    await buildPage(site);
    [server, browser] = await Promise.all([hostOn("sqlite", site), launchChromium()]);
  });
  afterAll(async () => {
    await browser.close();
    await server.remove();
    rmSync(site, { recursive: true });
    expect(server.failures).toEqual([]);
  });

  /** A browser in which a user has signed in. */
  async function signIn(name: "Asha Rao" | "Ben Okafor" | "Kim Lindqvist", { dark = false, phone = false } = {}): Promise<Page> {
    const viewport = phone ? { width: 390, height: 844 } : { width: 1280, height: 900 };
    const context = await browser.newContext({ viewport, hasTouch: phone, colorScheme: dark ? "dark" : "light" });
    onTestFinished(() => context.close());
    const page = await context.newPage();
    page.on("pageerror", (error) => expect.unreachable(String(error)));
    await page.goto(server.url);
    await page.getByRole("button", { name }).click();
    await isLive(page);
    return page;
  }

  const isLive = (page: Page): Promise<void> =>
    page
      .getByRole("status")
      .filter({ hasText: /^Live$/ })
      .waitFor();
  const go = (page: Page, view: string): Promise<void> => page.getByRole("link", { name: view, exact: true }).click();
  const press = (page: Page, name: string | RegExp): Promise<void> => page.getByRole("button", { name }).click();
  const status = (page: Page, text: string | RegExp): Promise<void> => page.getByRole("status").filter({ hasText: text }).waitFor();
  /** Waits until the service is said to be in a state. */
  const control = (page: Page, state: "running" | "stopped"): Promise<void> =>
    page.getByRole("region", { name: "Trading service" }).getByText(state, { exact: true }).waitFor();
  /** Lets the running service do a round, and waits until it waits again. */
  const round = async (): Promise<void> => {
    server.clock.advance(ROUND);
    await expect.poll(() => server.clock.waiting(), { timeout: 20_000 }).toBe(JOBS + 1);
  };

  /** What axe finds: contrast, names, roles, order. */
  async function faults(page: Page): Promise<string[]> {
    await page.evaluate(AXE);
    const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }>(
      "axe.run()",
    );
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
  }

  test("shows the curve to the last digit, day by day by keyboard, and explains a sell", async () => {
    const page = await signIn("Asha Rao");
    const asha = await person(server.url, "asha");
    const { points } = await asha.ask<{ points: readonly { value: string }[] }>("GET", "/equity");
    const shown = async (): Promise<string> => (await page.locator(".reading .value").innerText()).replaceAll(",", "");
    await expect.poll(shown).toBe(points.at(-1)?.value);
    const day = page.getByRole("slider", { name: "Day of the equity curve" });
    await day.focus();
    await page.keyboard.press("ArrowLeft");
    await expect.poll(shown).toBe(points.at(-2)?.value);
    expect((await day.getAttribute("aria-valuetext"))?.replaceAll(",", "")).toContain(points.at(-2)?.value);

    const { symbols } = await asha.ask<{ symbols: readonly { symbol: string; totalPnl: string }[] }>("GET", "/pnl");
    const row = (await page.getByRole("row", { name: /^BTC-USD/ }).innerText()).replaceAll(",", "").replace("−", "-").replace("+", "");
    expect(row).toContain(symbols.find(({ symbol }) => symbol === "BTC-USD")?.totalPnl);

    const sells = page.getByRole("group", { name: "Latest sells" }).getByRole("radio");
    await sells.first().focus();
    await page.keyboard.press("ArrowDown");
    const id = (await sells.nth(1).getAttribute("value")) ?? "";
    const { quantity, symbol, lots } = await asha.ask<{ quantity: string; symbol: string; lots: readonly { buyId: string }[] }>(
      "GET",
      `/sells/${id}`,
    );
    const sentence = async (): Promise<string> => (await page.locator(".sentence").innerText()).replaceAll(",", "");
    await expect.poll(sentence).toContain(`${quantity} ${symbol} sold on`);
    await expect.poll(() => page.locator(".lot-id").allInnerTexts()).toEqual(lots.map(({ buyId }) => buyId));
  });

  test("what the service does arrives by itself, also after the host was away", async () => {
    const page = await signIn("Asha Rao");
    const equity = await page.locator(".reading .value").innerText();
    await go(page, "Service");
    await press(page, "Start the service");
    await status(page, "The service was started.");
    await control(page, "running");
    await expect.poll(() => server.clock.waiting(), { timeout: 20_000 }).toBe(JOBS + 1);
    for (let at = 0; at < 3; at++) await round();
    const asha = await person(server.url, "asha");
    const lines = async (path: string): Promise<number> => (await asha.ask<{ rows: readonly unknown[] }>("GET", path)).rows.length;
    const shown = (name: string): Promise<number> => page.getByRole("region", { name, exact: true }).locator("tbody th").count();
    await expect.poll(() => page.getByRole("log").locator("li").count()).toBe(await lines("/service/logs"));
    await expect.poll(() => shown("Orders")).toBe(await lines("/orders"));
    await expect.poll(() => shown("Open positions")).toBe(await lines("/positions"));
    await go(page, "Book");
    await expect.poll(() => page.locator(".reading .value").innerText()).not.toBe(equity);

    server = await server.restart();
    await isLive(page);
    await go(page, "Service");
    await control(page, "stopped");
    const again = await person(server.url, "asha");
    await again.ask("POST", "/service/start");
    await control(page, "running");
    await press(page, "Stop the service");
    expect(await again.ask("GET", "/service")).toMatchObject({ record: { errorCount: 0 } });
    await control(page, "stopped");
  });

  test("the queue empties itself once the missing buy was added", async () => {
    const page = await signIn("Ben Okafor", { phone: true });
    const queue = page.getByRole("region", { name: "Review queue" });
    await queue.getByText(/^[1-9]\d* open$/).waitFor();
    await press(page, "Compare with the exchange");
    await status(page, /missing here: ben-\d+\.$/);
    await press(page, "Add what is missing");
    await status(page, "1 added; the ledger was computed anew.");
    await queue.getByText("0 open").waitFor();
    await queue.getByText("resolved by the ledger").first().waitFor();
  });

  test("a migration goes on step by step, and says what is missing", async () => {
    const page = await signIn("Ben Okafor");
    await go(page, "Migration");
    const now = (): Promise<string> => page.locator("[aria-current=step] b").innerText();
    await press(page, "Advance to dual-write");
    await expect.poll(now).toBe("dual-write");
    await page.getByRole("textbox", { name: "Price" }).fill("61000.5");
    await press(page, "Add");
    await page.getByText("above 61,000.5").waitFor();
    await press(page, "Copy and repair");
    await status(page, "3 copied, 0 removed.");
    for (const pass of [1, 2]) {
      await press(page, "Verify");
      await page.getByText(`${pass} of 2 clean verifications in a row`).waitFor();
    }
    await press(page, "Advance to validate");
    await status(page, "5 rejected records: settle them, or sign them off.");
    await page.getByText("The 5 records that were kept aside").click();
    await press(page, "Dismiss line 65");
    await press(page, "Dismiss all 4");
    await page.getByText("nothing was rejected").waitFor();
    await press(page, "Advance to validate");
    await expect.poll(now).toBe("validate");
    await press(page, /^Remove the alert for BTC-USD above 61,000.5/);
    await expect.poll(() => page.getByText("above 61,000.5").count()).toBe(0);
    expect(await page.evaluate(() => document.activeElement?.className)).toBe("focusable");
  });

  test("the theme is the user's own, on every device", async () => {
    const page = await signIn("Asha Rao");
    const ground = (on: Page): Promise<string> => on.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground(page);
    await page.getByLabel("Theme").selectOption("dark");
    await expect.poll(() => ground(page)).not.toBe(light);
    await expect
      .poll(
        async () => (await (await person(server.url, "asha")).ask<{ value: { theme: string } }>("GET", "/user/preferences")).value.theme,
      )
      .toBe("dark");
    const elsewhere = await signIn("Asha Rao");
    await expect.poll(() => ground(elsewhere)).toBe(await ground(page));
    await elsewhere.getByLabel("Theme").selectOption("system");
    await expect.poll(() => ground(elsewhere)).toBe(light);
  });

  test("an admin backs up, and sees why each archive is kept", async () => {
    const page = await signIn("Kim Lindqvist");
    await press(page, "Back up now");
    await page.getByRole("status").filter({ hasText: "Backed up and verified" }).waitFor({ timeout: 50_000 });
    await page.getByText("the newest verified one").first().waitFor();
    expect(await faults(page)).toEqual([]);
  });

  test.each([
    { phone: false, dark: false },
    { phone: true, dark: true },
  ])("has no known fault of access, fits its screen and does not jump about: %o", async (look) => {
    const page = await signIn("Asha Rao", look);
    for (const view of ["Book", "Service", "Migration"]) {
      await go(page, view);
      await expect.poll(() => page.locator(".waiting").count()).toBe(0);
      expect([view, await faults(page)]).toEqual([view, []]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
      const small = await page
        .locator("button:visible, select:visible, nav a:visible")
        .evaluateAll((all) => all.filter((one) => one.getBoundingClientRect().height < 40).map((one) => one.textContent));
      expect([view, small]).toEqual([view, []]);
      expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("H1");
    }
    await page.reload();
    await isLive(page);
    await expect.poll(() => page.locator(".waiting").count()).toBe(0);
    const shifted = await page.evaluate(
      () =>
        new Promise<number>((resolve) => {
          new PerformanceObserver((list) =>
            resolve(list.getEntries().reduce((sum, entry) => sum + (entry as unknown as { value: number }).value, 0)),
          ).observe({ type: "layout-shift", buffered: true });
          setTimeout(resolve, 300, 0); // none
        }),
    );
    expect(shifted).toBeLessThan(0.05);
  });
});
