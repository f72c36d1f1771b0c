// The layout of a data directory: which directories there are, and which files are made from templates.

/** A layout. Directories are named by dotted keys, so that an application's code never spells a path. */
export interface Layout {
  /** Path below the root for each key, such as `{ "credentials.kalshi.prod": "credentials/kalshi/prod" }`. */
  readonly directories: Readonly<Record<string, string>>;
  /** Templates: path below the root (`….template`) and content. They show what belongs there; td never reads them. */
  readonly templates?: Readonly<Record<string, string>>;
}

/** The layout of a trading application's data: credentials, databases, preferences, state. */
export const tradingLayout = {
  directories: {
    credentials: "credentials",
    "credentials.kalshi.demo": "credentials/kalshi/demo",
    "credentials.kalshi.prod": "credentials/kalshi/prod",
    "credentials.other": "credentials/other_apis",
    databases: "databases",
    "databases.accounts": "databases/accounts",
    "databases.trades": "databases/trade_history",
    "databases.activeTrades": "databases/active_trades",
    "databases.prices": "databases/price_history",
    preferences: "preferences",
    "preferences.trading": "preferences/trading",
    "preferences.system": "preferences/system",
    "preferences.ui": "preferences/ui",
    state: "state",
  },
  templates: {
    "credentials/kalshi/demo/kalshi.pem.template": "-----BEGIN RSA PRIVATE KEY-----\nyour demo key\n-----END RSA PRIVATE KEY-----\n",
    "credentials/kalshi/prod/kalshi-auth.txt.template": "email:you@example.com\nkey:your-api-key-id\n",
    "preferences/trading/trade_preferences.json.template":
      '{ "auto_stop": true, "auto_entry": false, "diff_mode": false, "position_size": 1, "multiplier": 1 }\n',
    "state/account_mode.json.template": '{ "mode": "demo" }\n',
  },
} as const satisfies Layout;
