// The client in a real browser: real localStorage, real tabs, a network that comes and goes.
import { describe, expect, test } from "vitest";
import { hasChromium, load, type Page, show, until, useChromium } from "./browser-support.ts";
import { defaults } from "./browser-page.ts";

describe.runIf(hasChromium)("the client in Chromium", () => {
  const tools = useChromium();

  test("shows the defaults at once, the server's answer after that, and what this browser kept in the next page", async () => {
    const { tab } = await tools().person();
    const page = await tab();
    expect(await show(page)).toMatchObject({ source: "defaults", connection: "unknown", value: defaults, pending: 0 });
    expect(await load(page)).toMatchObject({ source: "server", connection: "online", explicit: [] });
    expect(await page.evaluate(() => client.patch({ risk: "Aggressive", modes: { Options: true } }))).toEqual({ status: "saved" });
    expect(await show(await tab())).toMatchObject({
      source: "browser",
      value: { risk: "Aggressive", modes: { Swing: true, Options: true } },
      explicit: ["modes", "risk"],
    });
  });

  test("keeps changes through an outage and a new page, and sends them when the server is back", async () => {
    const { site, person } = tools();
    const { tab } = await person();
    const page = await tab();
    await load(page);
    site.weather = () => "down";
    expect(await page.evaluate(() => client.patch({ risk: "Conservative" }))).toEqual({ status: "queued", persistent: true });
    await page.evaluate(() => client.watchlist.add({ symbol: "reliance", exchange: "nse", notes: "mine" }));
    await page.evaluate(() => client.dismissed.dismiss("hc|Swing|NIFTY50|2026-01-09T09:00:11Z"));
    await page.close();
    const next = await tab();
    const shown = {
      value: { risk: "Conservative" },
      watchlist: [{ symbol: "RELIANCE", exchange: "NSE", notes: "mine" }],
      dismissed: [{ id: "hc|Swing|NIFTY50|2026-01-09T09:00:11Z" }],
    };
    expect(await load(next)).toMatchObject({ ...shown, pending: 3, connection: "offline" });
    site.weather = () => "fine";
    await until(next, ({ pending }) => pending === 0); // by itself
    expect(await load(next)).toMatchObject({ ...shown, pending: 0, connection: "online" });
  });

  test("notices that the browser is offline, and online again", async () => {
    const { tab, context } = await tools().person();
    const page = await tab();
    await load(page);
    await context.setOffline(true);
    expect(await page.evaluate(() => client.patch({ universe: "BANKNIFTY" }))).toMatchObject({ status: "queued" });
    await context.setOffline(false);
    await until(page, ({ pending, connection }) => pending === 0 && connection === "online");
  });

  test("merges what two devices change in different places, and shows a conflict with base, mine and theirs in the same place", async () => {
    const { person, profile } = tools();
    const phone = await person();
    const other = await profile(phone.user);
    const [a, b] = [await phone.tab(), await other.tab()];
    await Promise.all([load(a), load(b)]);
    await a.evaluate(() => client.patch({ risk: "Aggressive", modes: { Intraday: true } }));
    expect(await b.evaluate(() => client.patch({ modes: { Options: true } }))).toEqual({ status: "saved" });
    expect(await show(b)).toMatchObject({ value: { risk: "Aggressive", modes: { Swing: true, Intraday: true, Options: true } } });

    // Until the other device has changed the same: it would come back within 50 milliseconds.
    await other.context.setOffline(true);
    await b.evaluate(() => client.patch({ risk: "Conservative", universe: "BANKNIFTY" }));
    await a.evaluate(() => client.patch({ risk: "Moderate" }));
    await other.context.setOffline(false);
    const conflict = { path: "/risk", base: "Aggressive", mine: "Conservative", theirs: "Moderate" };
    expect(await load(b)).toMatchObject({ conflicts: [conflict], pending: 1, value: { risk: "Conservative", universe: "BANKNIFTY" } });
    expect(await load(a)).toMatchObject({ value: { risk: "Moderate", universe: "BANKNIFTY" } });
    expect(await b.evaluate(() => client.resolve("/risk", "mine"))).toEqual({ status: "saved" });
    expect(await load(a)).toMatchObject({ value: { risk: "Conservative" } });
  });

  test("ends a conflict with theirs, too", async () => {
    const { person, profile } = tools();
    const one = await person();
    const other = await profile(one.user);
    const [a, b] = [await one.tab(), await other.tab()];
    await Promise.all([load(a), load(b)]);
    await other.context.setOffline(true);
    await b.evaluate(() => client.patch({ risk: "Conservative" }));
    await a.evaluate(() => client.patch({ risk: "Aggressive" }));
    await other.context.setOffline(false);
    await load(b);
    expect(await b.evaluate(() => client.resolve("/risk", "theirs"))).toEqual({ status: "saved" });
    expect(await show(b)).toMatchObject({ value: { risk: "Aggressive" }, conflicts: [], pending: 0 });
  });

  test("sends a change once more when its answer was lost, without a conflict with itself", async () => {
    const { person, site } = tools();
    const page = await (await person()).tab();
    await load(page);
    site.weather = (line) => (line.startsWith("PATCH") ? "lost-answer" : "fine");
    const first = page.evaluate(() => client.patch({ risk: "Conservative" }));
    await expect.poll(() => site.served.at(-1)).toBe("PATCH /preferences");
    site.weather = () => "down";
    await first;
    await page.evaluate(() => client.patch({ risk: "Aggressive" }));
    site.weather = () => "fine";
    expect(await load(page)).toMatchObject({ value: { risk: "Aggressive" }, conflicts: [], pending: 0 });
  });

  test("puts aside what the server refuses, says why, and sends the rest", async () => {
    const page = await (await tools().person()).tab();
    await load(page);
    const outcome = await page.evaluate(() => client.patch({ universe: "BAD" as "NIFTY50", risk: "Aggressive" }));
    expect(outcome).toMatchObject({ status: "refused", refused: [{ what: "/universe", issues: [{ pointer: "/universe" }] }] });
    expect(await show(page)).toMatchObject({
      value: { universe: "NIFTY50", risk: "Aggressive" },
      pending: 0,
      refused: [{ what: "/universe" }],
    });
    expect(await page.evaluate(() => client.patch({ universe: "BANKNIFTY" }))).toEqual({ status: "saved" });
    expect(await show(page)).toMatchObject({ value: { universe: "BANKNIFTY" }, refused: [] });
  });

  test("keeps what waits when nobody is signed in", async () => {
    const { tab, context, user } = await tools().person();
    const page = await tab();
    await load(page);
    await context.clearCookies();
    expect(await page.evaluate(() => client.patch({ risk: "Aggressive" }))).toMatchObject({ status: "queued" });
    expect(await show(page)).toMatchObject({ connection: "signed-out", pending: 1 });
    await context.addCookies([{ name: "user", value: user, url: tools().site.url }]);
    expect(await load(page)).toMatchObject({ connection: "online", pending: 0, value: { risk: "Aggressive" } });
  });
});

describe.runIf(hasChromium)("a tab that is open when somebody else signs in", () => {
  const tools = useChromium();

  test("gives its changes to nobody else, and sends them when its user is back", async () => {
    const { person, api, site } = tools();
    const { tab, user, context } = await person();
    const page = await tab();
    await load(page);
    await context.addCookies([{ name: "user", value: `${user}other`, url: site.url }]);
    await page.evaluate(() => client.patch({ risk: "Aggressive" }));
    await page.evaluate(() => client.watchlist.add({ symbol: "TCS" }));
    expect(await page.evaluate(() => td.importOnce(client, td.keys))).toMatchObject({ status: "nothing" });
    expect(await load(page)).toMatchObject({ connection: "signed-out", pending: 2, value: { risk: "Aggressive" } });
    expect(await api.changesOf(`${user}other`)).toEqual({});
    await context.addCookies([{ name: "user", value: user, url: site.url }]);
    expect(await load(page)).toMatchObject({ connection: "online", pending: 0 });
    expect(await api.changesOf(user)).toEqual({ preferences: 1, watchlist: 1 });
  });
});

describe.runIf(hasChromium)("two tabs in Chromium", () => {
  const tools = useChromium();

  test("show each other's changes, sent or waiting", async () => {
    const { person, site } = tools();
    const { tab } = await person();
    const [a, b] = [await tab(), await tab()];
    await load(a);
    await a.evaluate(() => client.patch({ risk: "Aggressive" }));
    await until(b, ({ value }) => value.risk === "Aggressive");
    site.weather = () => "down";
    await b.evaluate(() => client.watchlist.add({ symbol: "TCS" }));
    await until(a, ({ watchlist, pending }) => watchlist.length === 1 && pending === 1);
    await a.evaluate(() => client.watchlist.remove({ symbol: "TCS" }));
    await until(b, ({ watchlist }) => watchlist.length === 0);
  });

  test("lose nothing when both change at once, and send each change once", async () => {
    const { person, site } = tools();
    const { tab } = await person();
    const [a, b] = [await tab(), await tab()];
    await load(a);
    site.weather = () => "down";
    const add = (page: Page, name: string) =>
      page.evaluate((symbol) => Promise.all([1, 2, 3, 4, 5].map((at) => client.watchlist.add({ symbol: `${symbol}${at}` }))), name);
    await Promise.all([add(a, "A"), add(b, "B")]);
    expect((await show(a)).watchlist).toHaveLength(10);
    const before = site.served.length;
    site.weather = () => "fine";
    await Promise.all([load(a), load(b)]);
    await until(a, ({ pending }) => pending === 0);
    await until(b, ({ pending, watchlist }) => pending === 0 && watchlist.length === 10);
    expect(site.served.slice(before).filter((line) => line.startsWith("PUT"))).toHaveLength(10);
  });

  test("hear of each other without any storage, through a channel", async () => {
    const forbidden = (): void => {
      const get = (): never => {
        throw new DOMException("no", "SecurityError");
      };
      Object.defineProperty(globalThis, "localStorage", { get });
    };
    const { tab } = await tools().person(forbidden);
    const [a, b] = [await tab(), await tab()];
    await Promise.all([load(a), load(b)]);
    await a.evaluate(() => client.patch({ risk: "Aggressive" }));
    await until(b, ({ value }) => value.risk === "Aggressive");
    expect(await show(b)).toMatchObject({ persistent: false, connection: "online" });
  });
});
