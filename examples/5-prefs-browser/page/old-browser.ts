// What the old page had left in this browser: every encoding that it ever used. Invented, but for the shapes.

/** Keys and texts. */
export const oldBrowser: Readonly<Record<string, string>> = {
  arise_disclosure_accepted_v1: "1",
  arise_universe: '"NIFTY500"', // written by the later page after a failed request, with quotes
  arise_market_region: "India",
  arise_risk: "Moderate",
  arise_risk_profile: '"Aggressive"',
  arise_modes: '{"Intraday":true,"Delivery":true,"Options":false}', // Delivery is Swing today
  arise_primary_mode: "Positional", // and so was Positional
  arise_auxiliary_modes: '["Options","Delivery","Options"]',
  arise_watchlist: '["RELIANCE.NS","tcs","RELIANCE.BO","BTC/USD"]',
  arise_dismissed_insights_v1: '{"hc|Swing|NIFTY50|2026-01-09T09:00:11Z":true,"hc|Options|BANKNIFTY|na":true}',
  arise_trading_modes: '{"Intraday":true,"Sw', // cut off
  arise_disclosure_accepted: "null", // nothing chosen
  arise_picks: '{"items":[],"as_of":"2026-01-09T09:00:11Z"}',
  arise_market: '{"indices":[]}',
  arise_market_asof: "2026-01-09T09:00:11Z",
  arise_spark: '{"TCS":[1,2,3]}',
  arise_session: "k3j9x2",
  arise_support_last_conversation_v1_asha: "c-17",
  arise_beta_banner_seen: "yes",
  splashMusicPlayed: "true",
  arise_account_profile_v1: '{"name":"Asha","account_id":"A-1"}',
  fyntrix_access_token: "not-a-real-token",
  somebody_elses_key: "not ours",
};
