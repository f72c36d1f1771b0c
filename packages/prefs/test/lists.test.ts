// The contract of watchlists, dismissed insights and imports, on every engine.
import { describe, expect, test } from "vitest";
import { type PrefsError, userPreferenceImports, type ImportRequest } from "../src/index.ts";
import { historyOf, KINDS, newUser, refusalOf, tradersOn } from "./workbench.ts";

const names = (items: readonly { symbol: string; exchange: string | null }[]): string[] =>
  items.map(({ symbol, exchange }) => (exchange === null ? symbol : `${exchange}:${symbol}`));

describe.each(KINDS)("a watchlist on %s", (kind) => {
  test("adding a listing again leaves the one that is there", async () => {
    const { prefs } = await tradersOn(kind);
    const list = prefs.watchlist(newUser());
    const first = await list.add(" reliance ", { exchange: "nse", notes: "long" });
    expect(first).toMatchObject({ added: true, item: { symbol: "RELIANCE", exchange: "NSE", notes: "long" } });
    expect(await list.add("RELIANCE", { exchange: "NSE" })).toEqual({ item: first.item, added: false });
    const third = await list.add("RELIANCE", { exchange: "NSE", notes: null });
    expect(third).toMatchObject({ added: false, item: { id: first.item.id, addedAt: first.item.addedAt, notes: null } });
  });

  test("listings of one symbol on two exchanges, and without one, are three items", async () => {
    const { prefs } = await tradersOn(kind);
    const list = prefs.watchlist(newUser());
    await list.add("TCS", { exchange: "NSE" });
    await list.add("TCS.BO");
    await list.add("TCS");
    expect(names((await list.list()).items).toSorted()).toEqual(["BSE:TCS", "NSE:TCS", "TCS"]);
    expect(await list.check("tcs")).toEqual({ symbol: "TCS", inWatchlist: true, exchanges: [null, "BSE", "NSE"] });
    expect(await list.remove("TCS")).toBe(true);
    expect(await list.remove("TCS")).toBe(false);
    expect(await list.check("TCS", { exchange: "BSE" })).toMatchObject({ inWatchlist: true });
    expect(await list.check("TCS", { exchange: "NYSE" })).toMatchObject({ inWatchlist: false });
    expect(await list.get("TCS", { exchange: "NSE" })).toMatchObject({ exchange: "NSE" });
    expect(await list.get("TCS")).toBeNull();
  });

  test.each([
    ["BRK.B", "BRK.B", null],
    ["btc/usd", "BTC/USD", null],
    ["^nsei", "^NSEI", null],
    ["m&m.ns", "M&M", "NSE"],
    ["A.NS", "A", "NSE"],
    [".NS", ".NS", null],
    ["संकेत", "संकेत", null],
  ])("the symbol %s is kept as %s on %s", async (given, symbol, exchange) => {
    const { prefs } = await tradersOn(kind);
    expect((await prefs.watchlist(newUser()).add(given)).item).toMatchObject({ symbol, exchange });
  });

  test("a suffix that another exchange is said beside is part of the symbol", async () => {
    const { prefs } = await tradersOn(kind);
    expect((await prefs.watchlist(newUser()).add("TCS.NS", { exchange: "BSE" })).item).toMatchObject({ symbol: "TCS.NS", exchange: "BSE" });
  });

  test("symbols, exchanges and notes that are not usable are refused", async () => {
    const { prefs } = await tradersOn(kind);
    const list = prefs.watchlist(newUser());
    for (const symbol of ["", " ", "A".repeat(51), "A\0", "\uD800"])
      expect(await refusalOf(list.add(symbol))).toMatchObject({ code: "value-rejected" });
    expect(await refusalOf(list.add("A", { exchange: "X".repeat(21) }))).toMatchObject({ code: "value-rejected" });
    expect(await refusalOf(list.add("A", { notes: "n".repeat(2001) }))).toMatchObject({ code: "bad-request" });
    expect((await list.list()).items).toEqual([]);
  });

  test("replacing the list keeps what stays, and says on record what came and went", async () => {
    const { prefs } = await tradersOn(kind);
    const user = newUser();
    const list = prefs.watchlist(user);
    const { item } = await list.add("KEPT", { notes: "old words" });
    await list.add("GONE");
    const { etag } = await list.list();
    const after = await list.replace([{ symbol: "NEW1" }, { symbol: "new2", notes: "n" }, { symbol: "KEPT" }, { symbol: "NEW1" }], {
      ifEtag: etag,
    });
    expect(names(after.items)).toEqual(["NEW1", "NEW2", "KEPT"]);
    expect(after.items[2]).toEqual(item);
    expect(await list.list()).toEqual(after);
    expect((await historyOf(prefs, user)).map(({ key, changes }) => [key, changes])).toMatchObject([
      ["KEPT", [{ path: "", to: { symbol: "KEPT" } }]],
      ["GONE", [{ path: "", to: { symbol: "GONE" } }]],
      ["GONE", [{ path: "", from: { symbol: "GONE" } }]],
      ["NEW1", [{ path: "", to: { symbol: "NEW1" } }]],
      ["NEW2", [{ path: "", to: { symbol: "NEW2", notes: "n" } }]],
    ]);
    const stale = await refusalOf(list.replace([], { ifEtag: etag }));
    expect(stale).toMatchObject({ code: "revision-conflict" });
    expect((stale as PrefsError).conflict).toBeUndefined();
    expect((await list.replace([])).items).toEqual([]);
  });

  test("a list that cannot be had whole is not changed at all", async () => {
    const { prefs } = await tradersOn(kind);
    const list = prefs.watchlist(newUser());
    await list.add("KEPT");
    const before = await list.list();
    expect(await refusalOf(list.replace([{ symbol: "A" }, { symbol: "" }]))).toMatchObject({ code: "value-rejected" });
    const many = Array.from({ length: 1001 }, (_, at) => ({ symbol: `S${at}` }));
    expect(await refusalOf(list.replace(many))).toMatchObject({ code: "value-rejected", issues: [{ pointer: "/items" }] });
    expect(await list.list()).toEqual(before);
  });

  test("notes are written to an item that is there, and on record", async () => {
    const { prefs } = await tradersOn(kind);
    const user = newUser();
    const list = prefs.watchlist(user);
    expect(await list.note("TCS", "words")).toBeNull();
    await list.add("TCS");
    expect(await list.note("TCS", "words")).toMatchObject({ notes: "words" });
    await list.note("TCS", "words");
    expect((await historyOf(prefs, user)).slice(1)).toMatchObject([{ key: "TCS", changes: [{ path: "/notes", from: null, to: "words" }] }]);
  });

  test("adds and removals at once lose none of each other", async () => {
    const { prefs } = await tradersOn(kind);
    const list = prefs.watchlist(newUser());
    const symbols = Array.from({ length: 20 }, (_, at) => `S${at}`);
    await Promise.all(symbols.map((symbol) => list.add(symbol)));
    await Promise.all(symbols.map((symbol, at) => (at % 2 === 0 ? list.remove(symbol) : list.add(symbol, { notes: "seen" }))));
    expect(names((await list.list()).items).toSorted()).toEqual(symbols.filter((_, at) => at % 2 === 1).toSorted());
  });
});

describe.each(KINDS)("dismissed insights on %s", (kind) => {
  const ID = "hc|Swing|NIFTY50|2026-01-09T09:00:11Z";

  test("an insight is dismissed once, for ever or until a time, and restored", async () => {
    let now = new Date("2026-03-01T10:00:00Z");
    const { prefs } = await tradersOn(kind, { now: () => now });
    const user = newUser();
    const dismissed = prefs.dismissed(user);
    const first = await dismissed.dismiss(ID);
    expect(first).toEqual({ insight: { id: ID, dismissedAt: "2026-03-01T10:00:00.000000Z", until: null }, added: true });
    now = new Date("2026-03-02T10:00:00Z");
    expect(await dismissed.dismiss(ID)).toEqual({ ...first, added: false });
    await dismissed.dismiss(ID, { until: "2026-03-03T15:30:00+05:30" });
    await dismissed.dismiss("other", { until: new Date("2026-03-05T00:00:00Z") });
    expect((await dismissed.list()).insights.map(({ id, until }) => [id, until])).toEqual([
      ["other", "2026-03-05T00:00:00.000000Z"],
      [ID, "2026-03-03T10:00:00.000000Z"],
    ]);
    now = new Date("2026-03-03T10:00:00Z");
    expect((await dismissed.list()).insights.map(({ id }) => id)).toEqual(["other"]);
    expect(await dismissed.dismiss(ID)).toMatchObject({ added: true, insight: { dismissedAt: "2026-03-03T10:00:00.000000Z" } });
    expect(await dismissed.restore(ID)).toBe(true);
    expect(await dismissed.restore(ID)).toBe(false);
    expect((await historyOf(prefs, user)).filter(({ key }) => key === ID).map(({ changes }) => changes)).toEqual([
      [{ path: "", to: { until: null } }],
      [{ path: "/until", from: null, to: "2026-03-03T10:00:00.000000Z" }],
      [{ path: "", to: { until: null } }],
      [{ path: "", from: { until: null } }],
    ]);
  });

  test.each(["tomorrow", "2026-03-01", "2026-03-01T10:00:00", "2026-02-30T10:00:00Z", new Date(Number.NaN)])(
    "an end that is no instant is refused: %s",
    async (until) => {
      const { prefs } = await tradersOn(kind);
      expect(await refusalOf(prefs.dismissed(newUser()).dismiss("a", { until }))).toMatchObject({ issues: [{ pointer: "/until" }] });
    },
  );

  test("an id that is no short text is refused", async () => {
    const { prefs } = await tradersOn(kind);
    for (const id of ["", "a".repeat(501), "\0"])
      expect(await refusalOf(prefs.dismissed(newUser()).dismiss(id))).toMatchObject({ code: "bad-request" });
  });
});

describe.each(KINDS)("an import on %s", (kind) => {
  const request: ImportRequest = {
    schemaVersion: 0,
    preferences: {
      arise_risk: "Aggressive",
      arise_universe: "SENSEX",
      arise_modes: '{"Delivery":true}',
      arise_primary_mode: "{broken",
      arise_x: "?",
    },
    watchlist: [{ symbol: "TCS.NS" }, { symbol: "infy", notes: "n" }, { symbol: "TCS", exchange: "NSE" }, { symbol: "" }],
    dismissed: [{ id: "a" }, { id: "b", until: "never" }],
    unread: { arise_auxiliary_modes: '["Opt' },
  };

  test("fills what the user has not chosen, once, and keeps all that was sent", async () => {
    const { prefs, storage } = await tradersOn(kind);
    const user = newUser();
    const { report, applied } = await prefs.importOnce(user, "device.1", request);
    expect(applied).toBe(true);
    expect(report).toMatchObject({
      importId: "device.1",
      preferences: { applied: ["riskProfile", "tradingModes"], kept: [], removed: [] },
      watchlist: { applied: ["NSE:TCS", "INFY"], kept: ["NSE:TCS"], removed: [], rejected: [{ name: "" }] },
      dismissed: { applied: ["a"], rejected: [{ name: "b" }] },
      unread: ["arise_auxiliary_modes"],
    });
    expect(report.preferences.rejected.map(({ name }) => name).toSorted()).toEqual(["arise_x", "primaryMode", "universe"]);
    expect(await prefs.get(user)).toMatchObject({
      revision: 1,
      value: { riskProfile: "Aggressive" },
      explicit: ["riskProfile", "tradingModes"],
    });
    expect((await prefs.watchlist(user).list()).items.map(({ symbol }) => symbol)).toEqual(["TCS", "INFY"]); // as the browser showed them
    const again = await prefs.importOnce(user, "device.1", request);
    expect(again).toEqual({ report, applied: false });
    expect(await prefs.importReport(user, "device.1")).toEqual(report);
    expect(await prefs.importReport(newUser(), "device.1")).toBeNull();
    expect(await storage.forUser(user).table(userPreferenceImports).get({ importId: "device.1" })).toMatchObject({ request });
    expect((await historyOf(prefs, user))[0]).toMatchObject({ reason: "import device.1" });
  });

  test("the choices of the server stand, and what was removed there stays removed", async () => {
    const { prefs } = await tradersOn(kind);
    const user = newUser();
    await prefs.patch(user, { riskProfile: "Conservative", tradingModes: { Futures: true } });
    await prefs.patch(user, { tradingModes: null });
    await prefs.watchlist(user).add("INFY", { notes: "mine" });
    await prefs.watchlist(user).add("TCS", { exchange: "NSE" });
    await prefs.watchlist(user).remove("TCS", { exchange: "NSE" });
    await prefs.dismissed(user).dismiss("a");
    await prefs.dismissed(user).restore("a");
    const before = [await prefs.get(user), await prefs.watchlist(user).list(), await prefs.dismissed(user).list()];
    const { report } = await prefs.importOnce(user, "device.2", request);
    expect(report.preferences).toMatchObject({ applied: [], kept: ["riskProfile"], removed: ["tradingModes"] });
    expect(report.watchlist).toMatchObject({ applied: [], kept: ["INFY"], removed: ["NSE:TCS", "NSE:TCS"] });
    expect(report.dismissed).toMatchObject({ applied: [], removed: ["a"] });
    expect([await prefs.get(user), await prefs.watchlist(user).list(), await prefs.dismissed(user).list()]).toEqual(before);
  });

  test("two tabs at once import once", async () => {
    const { prefs } = await tradersOn(kind);
    const user = newUser();
    const results = await Promise.all(Array.from({ length: 5 }, () => prefs.importOnce(user, "device.1", request)));
    expect(results.filter(({ applied }) => applied)).toHaveLength(1);
    for (const { report } of results) expect(report).toEqual(results[0]?.report);
    expect((await historyOf(prefs, user)).filter(({ area }) => area === "preferences")).toHaveLength(1);
  });

  test("an acceptance comes with its version, and one without is not applied", async () => {
    const { prefs } = await tradersOn(kind);
    const user = newUser();
    const empty = { schemaVersion: 2, watchlist: [], dismissed: [], unread: {} };
    const { report } = await prefs.importOnce(user, "1", { ...empty, preferences: { disclosureAccepted: true, universe: "NIFTY500" } });
    expect(report.preferences).toMatchObject({ applied: ["universe"], rejected: [{ name: "disclosureAccepted" }] });
    await prefs.importOnce(user, "2", { ...empty, schemaVersion: 0, preferences: { arise_disclosure_accepted_v1: "1" } });
    expect(await prefs.acceptances(user)).toMatchObject([{ name: "disclosure", version: "v1" }]);
  });

  test("the same name with other content, a newer version and what is no JSON are refused", async () => {
    const { prefs } = await tradersOn(kind);
    const user = newUser();
    await prefs.importOnce(user, "device.1", request);
    expect(await refusalOf(prefs.importOnce(user, "device.1", { ...request, watchlist: [] }))).toMatchObject({ code: "import-conflict" });
    expect(await refusalOf(prefs.importOnce(user, "2", { ...request, schemaVersion: 3 }))).toMatchObject({ code: "schema-too-new" });
    expect(await refusalOf(prefs.importOnce(user, "2", { ...request, schemaVersion: -1 }))).toMatchObject({ code: "bad-request" });
    expect(await refusalOf(prefs.importOnce(user, "a/b", request))).toMatchObject({ code: "bad-request" });
    expect(await refusalOf(prefs.importOnce(user, "2", { ...request, unread: { a: "\0" } }))).toMatchObject({ code: "value-rejected" });
  });
});
