// Where the application finds its files, in the old layout and in the new one.

/** Paths below the root of the data. */
export interface Places {
  readonly trades: string;
  readonly mode: string;
  readonly credentials: string;
}

const USER = "users/user_0001";

/** The places of a layout: `legacy` or `user-data`. */
export function placesOf(layout: string): Places {
  if (layout === "legacy")
    return {
      trades: `${USER}/trade_history/trades.db`,
      mode: `${USER}/account_mode_state.json`,
      credentials: `${USER}/credentials/kalshi-credentials/prod/kalshi-auth.txt`,
    };
  return {
    trades: "databases/trade_history/trades.db",
    mode: "state/account_mode.json",
    credentials: "credentials/kalshi/prod/kalshi-auth.txt",
  };
}
