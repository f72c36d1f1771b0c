/** Insights as the page gets them from elsewhere. */
export const insights: readonly { readonly id: string; readonly title: string; readonly text: string }[] = [
  {
    id: "hc|Swing|NIFTY50|2026-01-09T09:00:11Z",
    title: "Three large caps near their 50-day average",
    text: "Pullbacks in an uptrend, as swing traders look for them.",
  },
  {
    id: "hc|Options|BANKNIFTY|na",
    title: "Implied volatility is low for the season",
    text: "Premiums are cheaper than in four of five Januaries.",
  },
  {
    id: "hc|Intraday|NIFTY500|2026-01-12T04:10:00Z",
    title: "Turnover in mid caps doubles at the open",
    text: "The first half hour decides most of these moves.",
  },
];
