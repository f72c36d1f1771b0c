// Every key that the old page has written, and what becomes of it. What no line names stays in the browser and is reported.
import {
  classifyKeys,
  decoded,
  type Decoder,
  EMPTY,
  flag,
  ids,
  json,
  move,
  names,
  oneName,
  switches,
  symbols,
} from "@td/prefs/browser/import";
import type { TradingPreferences } from "@td/prefs/trading";

const UNIVERSE = { oneOf: ["NIFTY50", "BANKNIFTY", "NIFTY100", "NIFTY500"] } as const;
const REGION = { oneOf: ["India", "Global"] } as const;
const RISK = { oneOf: ["Aggressive", "Moderate", "Conservative"] } as const;
const MODE = {
  oneOf: ["Scalping", "Intraday", "Swing", "Options", "Futures", "Commodity"],
  renamed: { Delivery: "Swing", Positional: "Swing" },
} as const;

// The flag itself says nothing of the version: it is in the name of the key.
const accepted = { disclosureAccepted: true, disclosureVersion: "v1" };
const acceptedFlag: Decoder<typeof accepted> = (text) => (flag(text).kind === "value" ? decoded(accepted) : EMPTY);
const acceptedJson = json((value) => (value === true ? decoded(accepted) : EMPTY));

/** The rules. Of two keys for one field the first wins: the later page wrote `arise_risk_profile` when a request had failed. */
export const oldKeys = classifyKeys<TradingPreferences>(
  {
    arise_disclosure_accepted_v1: move.fields(acceptedFlag),
    arise_disclosure_accepted: move.fields(acceptedJson),
    arise_universe: move.field("universe", oneName(UNIVERSE)),
    arise_market_region: move.field("marketRegion", oneName(REGION)),
    arise_risk_profile: move.field("riskProfile", oneName(RISK)),
    arise_risk: move.field("riskProfile", oneName(RISK)),
    arise_trading_modes: move.field("tradingModes", switches(MODE)),
    arise_modes: move.field("tradingModes", switches(MODE)),
    arise_primary_mode: move.field("primaryMode", oneName(MODE)),
    arise_auxiliary_modes: move.field("auxiliaryModes", names(MODE)),
    arise_watchlist: move.watchlist(symbols),
    arise_dismissed_insights_v1: move.dismissed(ids),

    // Caches and the like: this browser's own business.
    arise_picks: "local",
    arise_market: "local",
    arise_market_asof: "local",
    arise_flows: "local",
    arise_news: "local",
    arise_events: "local",
    arise_spark: "local",
    arise_strategy_cache_v1: "local",
    arise_winning_trades: "local",
    arise_session: "local",
    "arise_support_last_conversation_v1_*": "local",
    arise_migrated_to_backend_v1: "local",
    splashMusicPlayed: "local",

    // Who somebody is comes from the login; tokens are nobody's business but the login's. Neither is read.
    arise_account_profile_v1: "never",
    arise_user_name: "never",
    arise_account_id: "never",
    arise_client_id: "never",
    arise_profile: "never",
    "fyntrix_*": "never",
  },
  { own: ["arise_", "fyntrix_", "splashMusic"] },
);
