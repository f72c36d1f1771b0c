import type { PreferencesClient, Snapshot } from "@td/prefs/browser";
import type { TradingPreferences } from "@td/prefs/trading";

/** The client of this page. */
export type Client = PreferencesClient<TradingPreferences>;

/** What this page shows. */
export type Shown = Snapshot<TradingPreferences>;
