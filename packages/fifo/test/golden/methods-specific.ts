import type { GoldenCase, GoldenSource, GoldenTrade } from "./case.ts";

const IBKR: GoldenSource = {
  title: "Tax Optimizer: specific lot example",
  publisher: "Interactive Brokers",
  address: "https://www.ibkrguides.com/taxoptimizer/ibto/specific%20lot%20example.htm",
};
const HLEDGER: GoldenSource = {
  title: "hledger functional tests: lot disposal",
  publisher: "hledger (simonmichael/hledger)",
  address: "simonmichael/hledger hledger/test/journal/lots-dispose.test",
};

// The source's trades up to the second sale; its third sale is left out.
const IBKR_TRADES: readonly GoldenTrade[] = [
  { id: "lot-1", buy: "100", at: "2012-01-15T14:00:00Z", price: "10" },
  { id: "lot-2", buy: "100", at: "2013-01-30T10:00:00Z", price: "12" },
  { id: "sale-1", sell: "100", at: "2013-01-30T11:00:00Z", price: "14" },
  { id: "sale-2", sell: "100", at: "2013-01-30T12:00:00Z", price: "8" },
];

export const specificCases: readonly GoldenCase[] = [
  {
    name: "named lots: first with first, second with second",
    source: IBKR,
    entered: "Times without a zone are entered as UTC.",
    symbol: "ABC",
    options: { method: "specific", lots: { "sale-1": ["lot-1"], "sale-2": ["lot-2"] } },
    entries: IBKR_TRADES,
    sells: [
      { id: "sale-1", gain: "400", parts: [{ buy: "lot-1", quantity: "100" }] },
      { id: "sale-2", gain: "-400", parts: [{ buy: "lot-2", quantity: "100" }] },
    ],
    open: [],
  },
  {
    name: "named lots: crosswise",
    source: IBKR,
    entered: "Times without a zone are entered as UTC.",
    symbol: "ABC",
    options: { method: "specific", lots: { "sale-1": ["lot-2"], "sale-2": ["lot-1"] } },
    entries: IBKR_TRADES,
    sells: [
      { id: "sale-1", gain: "200", parts: [{ buy: "lot-2", quantity: "100" }] },
      { id: "sale-2", gain: "-200", parts: [{ buy: "lot-1", quantity: "100" }] },
    ],
    open: [],
  },
  {
    name: "a part of a named lot",
    source: HLEDGER,
    entered: "Nothing (case 9).",
    symbol: "AAPL",
    options: { method: "specific", lots: { sale: ["2026-01-15"] } },
    entries: [
      { id: "2026-01-15", buy: "10", at: "2026-01-15", price: "50" },
      { id: "sale", sell: "5", at: "2026-02-01", price: "60" },
    ],
    sells: [{ id: "sale", proceeds: "300", gain: "50", parts: [{ buy: "2026-01-15", quantity: "5" }] }],
    open: [{ id: "2026-01-15", quantity: "5" }],
  },
];
