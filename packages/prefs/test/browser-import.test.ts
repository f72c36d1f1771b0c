// The import in a real browser: once, with nothing lost, wherever the page ends in the middle of it.
import { describe, expect, test } from "vitest";
import { seed } from "./browser-page.ts";
import { fillStorage, hasChromium, load, type Page, type Person, show, stored, useChromium } from "./browser-support.ts";

const plant = (page: Page, texts: Readonly<Record<string, string>> = seed) =>
  page.evaluate((given) => {
    for (const [key, text] of Object.entries(given)) localStorage.setItem(key, text);
  }, texts);
const importNow = (page: Page, afterImport: "keep" | "remove" = "keep") =>
  page.evaluate((after) => td.importOnce(client, td.keys, { afterImport: after }), afterImport);
/** What is stored, but for the keys of td. */
const others = async (page: Page): Promise<Record<string, string>> =>
  Object.fromEntries(Object.entries(await stored(page)).filter(([key]) => !key.startsWith("td.prefs/")));
/** What stays when all that was read is in the account, and may be removed. */
const rest = Object.fromEntries(
  ["app_risk", "app_cache_prices", "app_token", "app_surprise", "other_app"].map((key) => [key, seed[key] ?? ""]),
);

const moved = {
  value: {
    risk: "Aggressive",
    universe: "BANKNIFTY",
    modes: { Intraday: true, Swing: true },
    auxiliary: ["Options", "Swing"],
    accepted: true,
  },
  explicit: ["accepted", "auxiliary", "modes", "risk", "universe"],
  watchlist: expect.arrayContaining([
    expect.objectContaining({ symbol: "RELIANCE", exchange: "NSE" }),
    expect.objectContaining({ symbol: "TCS", exchange: null }),
    expect.objectContaining({ symbol: "RELIANCE", exchange: "BSE" }),
  ]),
  dismissed: expect.arrayContaining([
    expect.objectContaining({ id: "hc|Swing|NIFTY50|2026-01-09T09:00:11Z" }),
    expect.objectContaining({ id: "hc|Swing|NIFTY50|na" }),
  ]),
};

describe.runIf(hasChromium)("the import in Chromium", () => {
  const tools = useChromium();

  test("moves what the keys hold, says what it did with each, and removes nothing unless told", async () => {
    const page = await (await tools().person()).tab();
    await plant(page);
    expect(await importNow(page)).toMatchObject({
      status: "imported",
      superseded: ["app_risk"],
      quarantined: [],
      local: ["app_cache_prices"],
      unknown: ["app_surprise"],
      removed: [],
      reports: [{ preferences: { applied: expect.arrayContaining(["risk", "modes"]), kept: [] } }],
    });
    expect(await show(page)).toMatchObject({ ...moved, source: "server" });
    expect(await others(page)).toEqual(seed);
    const { served } = tools().site;
    const before = served.length;
    expect(await importNow(page)).toMatchObject({ status: "already" });
    expect(served.slice(before)).toEqual([]); // the journal knows
  });

  test("removes, when told, what it has seen in the account, and nothing else", async () => {
    const { tab } = await tools().person();
    const page = await tab();
    await plant(page, { ...seed, app_aux: '["Options",7]' });
    const { removed } = await importNow(page, "remove");
    expect([...removed].sort()).toEqual([
      "app_accepted_v1",
      "app_dismissed",
      "app_modes",
      "app_risk_profile",
      "app_universe",
      "app_watchlist",
    ]);
    expect(await others(page)).toEqual({ ...rest, app_aux: '["Options",7]' });
    // What another key had overruled is on record at the server after the next time, without effect.
    const next = await tab();
    expect(await importNow(next, "remove")).toMatchObject({
      reports: [{ preferences: { kept: expect.arrayContaining(["auxiliary", "risk"]) } }],
      removed: ["app_risk"],
    });
    expect(await show(next)).toMatchObject({ value: { risk: "Aggressive" } });
    expect(await importNow(next, "remove")).toMatchObject({ status: "imported", removed: [] });
    expect(await importNow(next, "remove")).toMatchObject({ status: "already", removed: [] });
  });

  test("leaves what the user has chosen in the account, unites the lists, and does not bring back what was removed there", async () => {
    const { person, profile } = tools();
    const phone = await person();
    const a = await phone.tab();
    await load(a);
    await a.evaluate(async () => {
      await client.patch({ risk: "Conservative" });
      await client.watchlist.add({ symbol: "INFY" });
      await client.watchlist.add({ symbol: "TCS" });
      await client.watchlist.remove({ symbol: "TCS" });
    });
    const b = await (await profile(phone.user)).tab();
    await plant(b);
    expect(await importNow(b)).toMatchObject({
      status: "imported",
      reports: [{ preferences: { kept: ["risk"] }, watchlist: { applied: ["NSE:RELIANCE", "BSE:RELIANCE"], removed: ["TCS"] } }],
    });
    const { value, watchlist } = await load(b);
    expect(value).toMatchObject({ risk: "Conservative", universe: "BANKNIFTY" });
    expect(watchlist.map(({ symbol, exchange }) => `${exchange} ${symbol}`).sort()).toEqual(["BSE RELIANCE", "NSE RELIANCE", "null INFY"]);
  });

  test("counts as chosen what the user changes after signing in, before the import", async () => {
    const page = await (await tools().person()).tab();
    await plant(page);
    await page.evaluate(() => Promise.all([client.patch({ risk: "Conservative" }), td.importOnce(client, td.keys)]));
    expect(await show(page)).toMatchObject({ value: { risk: "Conservative", universe: "BANKNIFTY" }, conflicts: [] });
  });

  test("keeps what cannot be read where it is, and names it", async () => {
    const page = await (await tools().person()).tab();
    await plant(page, { app_modes: '{"Intraday":tr', app_watchlist: "null", app_universe: "FTSE", app_dismissed: '{"a":true}' });
    expect(await importNow(page, "remove")).toMatchObject({
      status: "imported",
      quarantined: [
        { key: "app_universe", reason: "expected one of NIFTY50, BANKNIFTY" },
        { key: "app_modes", reason: "expected JSON" },
      ],
      empty: ["app_watchlist"],
      removed: ["app_dismissed"],
      reports: [{ unread: expect.arrayContaining(["app_modes", "app_universe"]) }],
    });
    expect(await others(page)).toEqual({ app_modes: '{"Intraday":tr', app_watchlist: "null", app_universe: "FTSE" });
  });

  test("does nothing when there is nothing, and nothing while the server is away", async () => {
    const { person, site } = tools();
    const page = await (await person()).tab();
    expect(await importNow(page)).toMatchObject({ status: "nothing" });
    await plant(page);
    await load(page);
    site.weather = () => "down";
    expect(await importNow(page, "remove")).toMatchObject({ status: "postponed", removed: [] });
    expect(await others(page)).toEqual(seed);
    site.weather = () => "fine";
    expect(await importNow(page)).toMatchObject({ status: "imported" });
  });

  test("gives one user's keys to no other user of the browser, but does move what that one changes", async () => {
    const { person, site } = tools();
    const ann = await person();
    await plant(await ann.tab());
    await importNow(await ann.tab());
    await ann.context.addCookies([{ name: "user", value: `${ann.user}b`, url: site.url }]);
    const page = await ann.tab();
    await page.evaluate((account) => (globalThis.client = td.open(account)) && undefined, `${ann.user}b`);
    expect(await importNow(page)).toMatchObject({ status: "nothing", others: expect.arrayContaining(["app_modes", "app_watchlist"]) });
    expect(await load(page)).toMatchObject({ explicit: [], watchlist: [], dismissed: [] });
    await plant(page, { app_universe: "NIFTY50" });
    expect(await importNow(page)).toMatchObject({ status: "imported" });
    expect(await show(page)).toMatchObject({ explicit: ["universe"] });
  });

  const without = (): void => void Object.defineProperty(Navigator.prototype, "locks", { value: undefined });
  test.each([
    ["with locks", undefined, 1, ["already"]],
    // Both may ask before either is answered: the server makes it once and gives both the same report.
    ["without locks", without, 2, ["already", "imported"]],
  ])("is made once by two tabs at the same time, %s", async (_, prepare, mostRequests, other) => {
    const { person, site, api } = tools();
    const before = site.served.length;
    const { tab, user } = await person(prepare);
    const [a, b] = [await tab(), await tab()];
    await plant(a);
    const outcomes = await Promise.all([importNow(a), importNow(b)]);
    const [first = "", second] = outcomes.map(({ status }) => status).sort();
    expect([other.includes(first), second]).toEqual([true, "imported"]);
    expect(await load(b)).toMatchObject(moved);
    expect(await api.changesOf(user)).toEqual({ preferences: 1, watchlist: 3, dismissed: 2 });
    expect(site.served.slice(before).filter((line) => line.startsWith("PUT /imports/")).length).toBeLessThanOrEqual(mostRequests);
  });

  test("goes through a full storage, and is not made twice though its journal does not fit", async () => {
    const page = await (await tools().person()).tab();
    await plant(page);
    await page.evaluate(fillStorage);
    expect(await importNow(page, "remove")).toMatchObject({ status: "imported" });
    expect(await show(page)).toMatchObject(moved);
    await page.reload();
    await page.evaluate((account) => (globalThis.client = td.open(account)) && undefined, "same");
    expect(Object.fromEntries(Object.entries(await others(page)).filter(([key]) => !key.startsWith("theirs")))).toEqual(rest);
  });

  test("sends hundreds of insights in several requests", async () => {
    const page = await (await tools().person()).tab();
    const many = Object.fromEntries(Array.from({ length: 450 }, (_, at) => [`hc|Swing|NIFTY50|${at}`, true]));
    await plant(page, { app_dismissed: JSON.stringify(many) });
    const { status, reports } = await importNow(page);
    expect([status, reports.length]).toEqual(["imported", 3]);
    expect((await show(page)).dismissed).toHaveLength(450);
  });
});

/** Stops the page at its n-th write to the storage from now on, before or after it, and never lets it go on. */
function freezeAt({ step, after }: { step: number; after: boolean }): void {
  let count = 0;
  for (const method of ["setItem", "removeItem"] as const) {
    const real: (...given: string[]) => void = Storage.prototype[method];
    Storage.prototype[method] = function stopping(this: Storage, ...given: string[]) {
      const isIt = count++ === step;
      if (!isIt || after) Reflect.apply(real, this, given);
      if (!isIt) return;
      const request = new XMLHttpRequest();
      request.open("GET", "/api/frozen", false);
      request.send();
      for (;;);
    };
  }
}

describe.runIf(hasChromium)("an import that was killed in Chromium", () => {
  const tools = useChromium();

  /** Kills the page as soon as somebody says so; false when the import ended before. */
  async function killed(person: Person, prepare: (page: Page, stop: () => void) => Promise<void>): Promise<boolean> {
    const page = await person.tab();
    await plant(page);
    let stop = (): void => undefined;
    const stopped = new Promise<true>((resolve) => (stop = () => resolve(true)));
    await prepare(page, stop);
    const ended = importNow(page, "remove").then(
      () => false,
      () => true,
    );
    const was = await Promise.race([stopped, ended]);
    const crashed = new Promise((resolve) => page.once("crash", resolve));
    await tools().killPages();
    await crashed;
    return was;
  }

  /** In the next page: every old text is where it was, or what it says is in the account; then the import ends, and everything is there once. */
  async function isWhole({ tab, user, context }: Person): Promise<void> {
    const page = await tab();
    const left = await others(page);
    expect(left).toMatchObject(rest);
    expect(seed).toMatchObject(left);
    const isUntouched = Object.keys(left).length === Object.keys(seed).length;
    expect(await load(page)).toMatchObject(isUntouched ? {} : moved);
    expect(["imported", "already", "nothing"]).toContain((await importNow(page, "remove")).status);
    expect(await load(page)).toMatchObject({ ...moved, watchlist: { length: 3 }, dismissed: { length: 2 } });
    await importNow(page, "remove");
    expect(await others(page)).toMatchObject(Object.fromEntries(Object.entries(rest).filter(([key]) => key !== "app_risk")));
    expect(await tools().api.changesOf(user)).toEqual({ preferences: 1, watchlist: 3, dismissed: 2 });
    await context.close();
  }

  const writes = process.env["TD_DEPTH"] === "soak" ? [false, true] : [false]; // after a write is before the next one, or the next request
  test.each(writes)("at each write to the storage, the write done: %s", async (after) => {
    let step = 0;
    for (let was = true; was; step++) {
      const person = await tools().person();
      was = await killed(person, async (page, stop) => {
        tools().site.weather = (line) => (line.endsWith("frozen") && stop(), "fine");
        await page.evaluate(freezeAt, { step, after });
      });
      tools().site.weather = () => "fine";
      await isWhole(person);
    }
    expect(step).toBeGreaterThan(8);
  });

  test.each(["lost-request", "lost-answer"] as const)("at each request, by a %s", async (weather) => {
    let step = 0;
    for (let was = true; was; step++) {
      const person = await tools().person();
      let count = 0;
      was = await killed(person, async (_, stop) => {
        tools().site.weather = () => {
          if (count++ !== step) return "fine";
          setTimeout(stop, 20);
          return weather;
        };
      });
      tools().site.weather = () => "fine";
      await isWhole(person);
    }
    expect(step).toBeGreaterThan(4);
  });
});
