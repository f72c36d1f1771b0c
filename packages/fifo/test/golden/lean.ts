import type { GoldenCase, GoldenSource } from "./case.ts";

const LEAN: GoldenSource = {
  title: "Lean, trade builder cases (fill to fill, FIFO)",
  publisher: "QuantConnect",
  address: "QuantConnect/Lean Tests/Common/Statistics/TradeBuilderTests.cs",
};

const ENTERED = "Times without a zone are entered as UTC.";

export const lean: readonly GoldenCase[] = [
  {
    name: "all in, all out",
    source: LEAN,
    entered: ENTERED,
    symbol: "EUR/USD",
    entries: [
      { id: "in", buy: "1000", at: "2015-08-06T15:30:00Z", price: "1.08" },
      { id: "out", sell: "1000", at: "2015-08-06T15:40:00Z", price: "1.09" },
    ],
    sells: [{ id: "out", gain: "10", parts: [{ buy: "in", quantity: "1000" }] }],
    open: [],
  },
  {
    name: "in by two fills, out by one",
    source: LEAN,
    entered: ENTERED,
    symbol: "EUR/USD",
    entries: [
      { id: "in-1", buy: "1000", at: "2015-08-06T15:30:00Z", price: "1.08" },
      { id: "in-2", buy: "1000", at: "2015-08-06T15:40:00Z", price: "1.07" },
      { id: "out", sell: "2000", at: "2015-08-06T15:50:00Z", price: "1.09" },
    ],
    sells: [
      {
        id: "out",
        gain: "30",
        parts: [
          { buy: "in-1", quantity: "1000", gain: "10" },
          { buy: "in-2", quantity: "1000", gain: "20" },
        ],
      },
    ],
    open: [],
  },
  {
    name: "in by one fill, out by two",
    source: LEAN,
    entered: ENTERED,
    symbol: "EUR/USD",
    entries: [
      { id: "in", buy: "2000", at: "2015-08-06T15:30:00Z", price: "1.07" },
      { id: "out-1", sell: "1000", at: "2015-08-06T15:40:00Z", price: "1.08" },
      { id: "out-2", sell: "1000", at: "2015-08-06T15:50:00Z", price: "1.09" },
    ],
    sells: [
      { id: "out-1", gain: "10", parts: [{ buy: "in", quantity: "1000" }] },
      { id: "out-2", gain: "20", parts: [{ buy: "in", quantity: "1000" }] },
    ],
    open: [],
  },
];
