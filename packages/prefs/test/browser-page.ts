// What the test pages load, as one script: the client, the import, and an application with old keys.
import { type ClientOptions, createPreferencesClient, type PreferencesClient } from "../src/browser/index.ts";
import { classifyKeys, flag, ids, move, names, oneName, switches, symbols } from "../src/browser/import.ts";
export { localArea } from "../src/browser/index.ts";
export { importOnce } from "../src/browser/import.ts";

/** The application's preferences, as its page knows them. */
export interface Prefs {
  universe: "NIFTY50" | "BANKNIFTY";
  risk: "Aggressive" | "Moderate" | "Conservative";
  modes: Partial<Record<"Intraday" | "Swing" | "Options", boolean>>;
  auxiliary: ("Intraday" | "Swing" | "Options")[];
  accepted: boolean;
}

const UNIVERSES = { oneOf: ["NIFTY50", "BANKNIFTY"] } as const;
const RISKS = { oneOf: ["Aggressive", "Moderate", "Conservative"] } as const;
const MODES = { oneOf: ["Intraday", "Swing", "Options"], renamed: { Delivery: "Swing" } } as const;

/** What holds while the user has chosen nothing. */
export const defaults = {
  universe: "NIFTY50" as const,
  risk: "Moderate" as const,
  modes: { Swing: true },
  auxiliary: [],
  accepted: false,
};

/** Its old keys. */
export const keys = classifyKeys<Prefs>(
  {
    app_risk_profile: move.field("risk", oneName(RISKS)),
    app_risk: move.field("risk", oneName(RISKS)),
    app_universe: move.field("universe", oneName(UNIVERSES)),
    app_modes: move.field("modes", switches(MODES)),
    app_aux: move.field("auxiliary", names(MODES)),
    app_accepted_v1: move.field("accepted", flag),
    app_watchlist: move.watchlist(symbols),
    app_dismissed: move.dismissed(ids),
    "app_cache_*": "local",
    "app_token*": "never",
  },
  { own: ["app_"] },
);

/** Makes the client of a user. */
export function open(account: string, options: Partial<ClientOptions> = {}): PreferencesClient<Prefs> {
  return createPreferencesClient<Prefs>(
    { version: 1, defaults },
    { account, baseUrl: "/api/user", retryMs: 50, timeoutMs: 2000, ...options },
  );
}

/** Old keys in all their encodings, with a cache, a token, and what another application keeps. */
export const seed: Readonly<Record<string, string>> = {
  app_risk_profile: '"Aggressive"',
  app_risk: "Moderate",
  app_universe: "BANKNIFTY",
  app_modes: '{"Intraday":true,"Delivery":true}',
  app_aux: '["Options","Delivery","Options"]',
  app_accepted_v1: "1",
  app_watchlist: '["RELIANCE.NS","TCS","RELIANCE.BO"]',
  app_dismissed: '{"hc|Swing|NIFTY50|2026-01-09T09:00:11Z":true,"hc|Swing|NIFTY50|na":true}',
  app_cache_prices: '{"TCS":[1,2]}',
  app_token: "secret",
  app_surprise: "?",
  other_app: "theirs",
};
