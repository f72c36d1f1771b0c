import type { GoldenCase, GoldenSource } from "./case.ts";

const LEAN: GoldenSource = {
  title: "Lean, trade builder cases (fill to fill, FIFO) of shorts and reversals",
  publisher: "QuantConnect",
  address: "QuantConnect/Lean Tests/Common/Statistics/TradeBuilderTests.cs",
};
const IBKR_STEUER: GoldenSource = {
  title: "KonvexInvestment/ibkr-steuer#40: premium of partly closed options",
  publisher: "KonvexInvestment/ibkr-steuer",
  address: "https://github.com/KonvexInvestment/ibkr-steuer/issues/40",
};

const ENTERED = "Times without a zone are entered as UTC. Each part is listed under the sell that opened the short, with the buy that closed it.";

export const shortCases: readonly GoldenCase[] = [
  {
    name: "a short that is closed by one buy",
    source: LEAN,
    entered: ENTERED,
    symbol: "EUR/USD",
    options: { shorts: "open" },
    entries: [
      { id: "s", sell: "1000", at: "2015-08-06T15:30:00Z", price: "1.08" },
      { id: "b", buy: "1000", at: "2015-08-06T15:40:00Z", price: "1.09" },
    ],
    sells: [{ id: "s", gain: "-10", parts: [{ buy: "b", quantity: "1000" }] }],
    open: [],
  },
  {
    name: "two shorts that are closed by one buy, the older first",
    source: LEAN,
    entered: ENTERED,
    symbol: "EUR/USD",
    options: { shorts: "open" },
    entries: [
      { id: "s1", sell: "1000", at: "2015-08-06T15:30:00Z", price: "1.08" },
      { id: "s2", sell: "1000", at: "2015-08-06T15:40:00Z", price: "1.07" },
      { id: "b", buy: "2000", at: "2015-08-06T15:50:00Z", price: "1.09" },
    ],
    sells: [
      { id: "s1", gain: "-10", parts: [{ buy: "b", quantity: "1000" }] },
      { id: "s2", gain: "-20", parts: [{ buy: "b", quantity: "1000" }] },
    ],
    open: [],
  },
  {
    name: "one short that is closed by two buys",
    source: LEAN,
    entered: ENTERED,
    symbol: "EUR/USD",
    options: { shorts: "open" },
    entries: [
      { id: "s", sell: "2000", at: "2015-08-06T15:30:00Z", price: "1.07" },
      { id: "b1", buy: "1000", at: "2015-08-06T15:40:00Z", price: "1.08" },
      { id: "b2", buy: "1000", at: "2015-08-06T15:50:00Z", price: "1.09" },
    ],
    sells: [
      {
        id: "s",
        parts: [
          { buy: "b1", quantity: "1000", gain: "-10" },
          { buy: "b2", quantity: "1000", gain: "-20" },
        ],
      },
    ],
    open: [],
  },
  {
    name: "a sell that closes a long and opens a short",
    source: LEAN,
    entered: ENTERED,
    symbol: "EUR/USD",
    options: { shorts: "open" },
    entries: [
      { id: "b1", buy: "1000", at: "2015-08-06T15:30:00Z", price: "1.07" },
      { id: "s", sell: "2000", at: "2015-08-06T15:40:00Z", price: "1.08" },
      { id: "b2", buy: "1000", at: "2015-08-06T15:50:00Z", price: "1.09" },
    ],
    sells: [
      {
        id: "s",
        parts: [
          { buy: "b1", quantity: "1000", gain: "10" },
          { buy: "b2", quantity: "1000", gain: "-10" },
        ],
      },
    ],
    open: [],
  },
  {
    name: "a buy that closes a short and opens a long",
    source: LEAN,
    entered: ENTERED,
    symbol: "EUR/USD",
    options: { shorts: "open" },
    entries: [
      { id: "s1", sell: "1000", at: "2015-08-06T15:30:00Z", price: "1.07" },
      { id: "b", buy: "2000", at: "2015-08-06T15:40:00Z", price: "1.08" },
      { id: "s2", sell: "1000", at: "2015-08-06T15:50:00Z", price: "1.09" },
    ],
    sells: [
      { id: "s1", gain: "-10", parts: [{ buy: "b", quantity: "1000" }] },
      { id: "s2", gain: "10", parts: [{ buy: "b", quantity: "1000" }] },
    ],
    open: [],
  },
  {
    name: "five of ten shorts bought back: the premium of the dearer five stays open",
    source: IBKR_STEUER,
    entered: "No times and no price of the purchase are stated; three days and a price of 0 are entered, and no gain is compared.",
    options: { shorts: "open" },
    entries: [
      { id: "at-2", sell: "5", at: "2024-01-01", price: "2" },
      { id: "at-8", sell: "5", at: "2024-01-02", price: "8" },
      { id: "back", buy: "5", at: "2024-01-03" },
    ],
    sells: [{ id: "at-2", parts: [{ buy: "back", quantity: "5" }] }],
    open: [{ id: "at-8", quantity: "5", cost: "40" }],
  },
];
