import type { GoldenCase, GoldenSource } from "./case.ts";

const HODL_TOTALS: GoldenSource = {
  title: "hodl-totals, cost basis cases 3 and 5",
  publisher: "Daring Crypto Ventures",
  address: "Daring-Crypto-Ventures/hodl-totals tests/cost-basis.spec.ts",
};

export const hodlTotals: readonly GoldenCase[] = [
  {
    name: "one sale, one lot held for more than a year and one for less",
    source: HODL_TOTALS,
    entered: "Dates without a time are entered as midnight UTC.",
    symbol: "CB-USD",
    entries: [
      { id: "3", buy: "1.0", at: "2017-01-01", gross: "1000" },
      { id: "4", buy: "1.0", at: "2018-01-01", gross: "1000" },
      { id: "5", sell: "2.0", at: "2018-07-01", gross: "4000" },
    ],
    sells: [
      {
        id: "5",
        proceeds: "4000",
        parts: [
          { buy: "3", quantity: "1", cost: "1000.00", gain: "1000.00" },
          { buy: "4", quantity: "1", cost: "1000.00", gain: "1000.00" },
        ],
      },
    ],
    open: [],
  },
  {
    name: "a purchase and a sale on one day, then five sales over two lots at a gain, at a loss and at cost",
    source: HODL_TOTALS,
    entered: "Dates without a time are entered as midnight UTC: the purchase of 1 February comes before the sale of that day, which takes the older lot. The figures of the last sale are left out.",
    symbol: "CB-USD",
    entries: [
      { id: "c", buy: "0.2", at: "2017-01-01", gross: "2000" },
      { id: "d", buy: "0.6", at: "2018-02-01", gross: "6000" },
      { id: "e", sell: "0.1", at: "2018-02-01", gross: "2000" },
      { id: "f", sell: "0.4", at: "2018-03-01", gross: "8000" },
      { id: "g", buy: "0.4", at: "2018-03-02", gross: "4000" },
      { id: "h", buy: "0.8", at: "2018-03-03", gross: "8000" },
      { id: "i", buy: "0.6", at: "2018-03-04", gross: "6000" },
      { id: "j", sell: "0.1", at: "2018-03-05", gross: "500" },
      { id: "k", sell: "0.1", at: "2018-03-06", gross: "1000" },
      { id: "l", sell: "0.1", at: "2018-03-07", gross: "2000" },
    ],
    sells: [
      { id: "e", parts: [{ buy: "c", quantity: "0.1", cost: "1000.00", gain: "1000.00" }] },
      {
        id: "f",
        parts: [
          { buy: "c", quantity: "0.1", cost: "1000.00", gain: "1000.00" },
          { buy: "d", quantity: "0.3", cost: "3000.00", gain: "3000.00" },
        ],
      },
      { id: "j", parts: [{ buy: "d", quantity: "0.1", cost: "1000.00", gain: "-500.00" }] },
      { id: "k", parts: [{ buy: "d", quantity: "0.1", cost: "1000.00", gain: "0.00" }] },
      { id: "l", parts: [{ buy: "d", quantity: "0.1" }] },
    ],
    open: [
      { id: "g", quantity: "0.4" },
      { id: "h", quantity: "0.8" },
      { id: "i", quantity: "0.6" },
    ],
  },
];
