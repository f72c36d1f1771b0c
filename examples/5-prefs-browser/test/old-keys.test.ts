// Every shape in which the old page has left a choice, through the client and the server: what the account holds in the end.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createPreferencesClient, localArea, type StorageLike } from "@td/prefs/browser";
import { importOnce } from "@td/prefs/browser/import";
import { tradingPreferences } from "@td/prefs/trading";
import { afterAll, beforeAll, expect, test } from "vitest";
import { oldBrowser } from "../page/old-browser.ts";
import { oldKeys } from "../page/old-keys.ts";
import { type Running, startServer } from "../server.ts";

const place = mkdtempSync(join(tmpdir(), "td-old-keys-"));
let server: Running;
beforeAll(async () => {
  server = await startServer({ database: join(place, "prefs.db"), site: place });
});
afterAll(async () => {
  await server.close();
  rmSync(place, { recursive: true });
});

function storageOf(texts: Readonly<Record<string, string>>): StorageLike & { readonly read: Set<string> } {
  const held = new Map(Object.entries(texts));
  const read = new Set<string>();
  return {
    read,
    get length() {
      return held.size;
    },
    key: (index) => [...held.keys()][index] ?? null,
    getItem: (key) => {
      read.add(key);
      return held.get(key) ?? null;
    },
    setItem: (key, text) => void held.set(key, text),
    removeItem: (key) => void held.delete(key),
  };
}

let users = 0;
async function imported(texts: Readonly<Record<string, string>>) {
  const user = `user${++users}`;
  const storage = storageOf(texts);
  const client = createPreferencesClient(tradingPreferences, {
    account: user,
    baseUrl: `${server.url}/api/user`,
    local: localArea(() => storage),
    fetch: (url, init) => {
      const request = new Request(url, init);
      request.headers.set("Cookie", `user=${user}`);
      return fetch(request);
    },
  });
  const outcome = await importOnce(client, oldKeys);
  const { value, explicit, watchlist, dismissed } = await client.load();
  client.close();
  return { outcome, value, explicit, watchlist, dismissed, read: storage.read };
}

test.each<[string, Readonly<Record<string, string>>, object]>([
  ["the flag", { arise_disclosure_accepted_v1: "1" }, { disclosureAccepted: true, disclosureVersion: "v1" }],
  ["the flag of another page", { arise_disclosure_accepted_v1: "true" }, { disclosureAccepted: false, disclosureVersion: "" }],
  ["the flag that says no", { arise_disclosure_accepted_v1: "0" }, { disclosureAccepted: false }],
  ["the flag as JSON", { arise_disclosure_accepted: "true" }, { disclosureAccepted: true }],
  ["plain text", { arise_universe: "BANKNIFTY", arise_market_region: "Global" }, { universe: "BANKNIFTY", marketRegion: "Global" }],
  ["quoted text", { arise_universe: '"NIFTY500"' }, { universe: "NIFTY500" }],
  ["the name of the API", { arise_risk_profile: '"Conservative"' }, { riskProfile: "Conservative" }],
  ["both names", { arise_risk: "Moderate", arise_risk_profile: '"Aggressive"' }, { riskProfile: "Aggressive" }],
  ["an unknown universe", { arise_universe: "FTSE100" }, { universe: "NIFTY50" }],
  ["the old mode", { arise_modes: '{"Intraday":true,"Delivery":true}' }, { tradingModes: { Intraday: true, Swing: true } }],
  ["the old mode beside the new one", { arise_modes: '{"Delivery":true,"Swing":false}' }, { tradingModes: { Swing: false } }],
  ["the modes of the API", { arise_trading_modes: '{"Commodity":true}' }, { tradingModes: { Commodity: true } }],
  ["broken modes beside good ones", { arise_trading_modes: '{"Sw', arise_modes: '{"Swing":false}' }, { tradingModes: { Swing: false } }],
  ["null for modes", { arise_modes: "null" }, { tradingModes: { Swing: true } }],
  ["an old primary mode", { arise_primary_mode: "Positional" }, { primaryMode: "Swing" }],
  ["a primary mode of the real page", { arise_primary_mode: "Scalping" }, { primaryMode: "Scalping" }],
  ["auxiliary modes", { arise_auxiliary_modes: '["Options","Delivery","Options"]' }, { auxiliaryModes: ["Options", "Swing"] }],
])("%s", async (_, texts, expected) => {
  expect((await imported(texts)).value).toMatchObject(expected);
});

test("the sample: all of it, and no token read", async () => {
  const { outcome, explicit, watchlist, dismissed, read } = await imported(oldBrowser);
  expect(explicit).toEqual([
    "auxiliaryModes",
    "disclosureAccepted",
    "disclosureVersion",
    "marketRegion",
    "primaryMode",
    "riskProfile",
    "tradingModes",
    "universe",
  ]);
  expect(watchlist.map(({ symbol, exchange }) => `${symbol} ${exchange ?? "-"}`).sort()).toEqual([
    "BTC/USD -",
    "RELIANCE BSE",
    "RELIANCE NSE",
    "TCS -",
  ]);
  expect(dismissed.map(({ id }) => id).sort()).toEqual(["hc|Options|BANKNIFTY|na", "hc|Swing|NIFTY50|2026-01-09T09:00:11Z"]);
  expect(outcome).toMatchObject({
    status: "imported",
    quarantined: [{ key: "arise_trading_modes", reason: "expected JSON" }],
    superseded: ["arise_risk"],
    empty: ["arise_disclosure_accepted"],
    unknown: ["arise_beta_banner_seen"],
    reports: [{ unread: ["arise_trading_modes"] }],
  });
  const unread = Object.keys(oldBrowser).filter((key) => !read.has(key));
  expect(unread).toEqual(expect.arrayContaining(["fyntrix_access_token", "arise_account_profile_v1", "arise_picks", "somebody_elses_key"]));
});

test.each([
  "arise_picks",
  "arise_market",
  "arise_market_asof",
  "arise_flows",
  "arise_news",
  "arise_events",
  "arise_spark",
  "arise_strategy_cache_v1",
  "arise_winning_trades",
  "arise_session",
  "arise_support_last_conversation_v1_asha",
  "arise_migrated_to_backend_v1",
  "splashMusicPlayed",
])("%s stays in the browser", (key) => {
  expect(oldKeys.classOf(key)).toBe("local");
});

test.each([
  "fyntrix_access_token",
  "fyntrix_id_token",
  "fyntrix_refresh_token",
  "fyntrix_token_expires_at",
  "fyntrix_user_data",
  "fyntrix_remember_me",
  "arise_account_profile_v1",
  "arise_user_name",
  "arise_account_id",
  "arise_client_id",
  "arise_profile",
])("%s is never read", (key) => {
  expect(oldKeys.classOf(key)).toBe("never");
});
