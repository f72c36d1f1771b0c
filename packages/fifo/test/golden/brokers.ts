import type { GoldenCase, GoldenSource } from "./case.ts";

const IBKR: GoldenSource = {
  title: "Tax Optimizer: specific lot example",
  publisher: "Interactive Brokers",
  address: "https://www.ibkrguides.com/taxoptimizer/ibto/specific%20lot%20example.htm",
};

const GREENLIGHT: GoldenSource = {
  title: "How do I calculate my gains or losses and cost basis?",
  publisher: "Greenlight",
  address: "https://help.greenlight.com/hc/en-us/articles/1260801287790-How-do-I-calculate-my-gains-or-losses-and-cost-basis",
};

const MOTLEY_FOOL: GoldenSource = {
  title: "I just sold my stock. What taxes do I owe?",
  publisher: "The Motley Fool",
  address: "https://www.fool.com/taxes/2021/02/05/i-just-sold-my-stock-what-taxes-do-i-owe",
};

const FINANCE_BASE: GoldenSource = {
  title: "How to calculate capital gains on stocks acquired at different prices",
  publisher: "The Finance Base",
  address: "http://thefinancebase.com/calculate-capital-gains-stocks-acquired-different-prices-5313.html",
};

export const brokers: readonly GoldenCase[] = [
  {
    name: "purchases and sales within one day, in the order of the clock",
    source: IBKR,
    entered:
      "The pairing of the source's first alternative, which is also the FIFO one; times without a zone are entered as UTC. " +
      'The third pairing is printed as "Lot 3 with Sale 4 for a gain of $500", but there is no sale 4, and the stated net short-term loss of 900 makes it a loss.',
    entries: [
      { id: "lot-1", buy: "100", at: "2012-01-15T14:00:00Z", price: "10" },
      { id: "lot-2", buy: "100", at: "2013-01-30T10:00:00Z", price: "12" },
      { id: "sale-1", sell: "100", at: "2013-01-30T11:00:00Z", price: "14" },
      { id: "sale-2", sell: "100", at: "2013-01-30T12:00:00Z", price: "8" },
      { id: "lot-3", buy: "100", at: "2013-01-30T13:00:00Z", price: "11" },
      { id: "lot-4", buy: "100", at: "2013-01-30T14:00:00Z", price: "9" },
      { id: "sale-3", sell: "100", at: "2013-01-30T15:00:00Z", price: "6" },
    ],
    sells: [
      { id: "sale-1", proceeds: "1400", gain: "400", parts: [{ buy: "lot-1", quantity: "100", cost: "1000" }] },
      { id: "sale-2", proceeds: "800", gain: "-400", parts: [{ buy: "lot-2", quantity: "100", cost: "1200" }] },
      { id: "sale-3", gain: "-500", parts: [{ buy: "lot-3", quantity: "100" }] },
    ],
    open: [{ id: "lot-4", quantity: "100", cost: "900" }],
  },
  {
    name: "the first share bought is the first sold",
    source: GREENLIGHT,
    entered: '"Six months later" and "one year" are stated; days of 2020 and 2021 are entered.',
    entries: [
      { id: "a", buy: "1", at: "2020-01-01", price: "10" },
      { id: "b", buy: "2", at: "2020-07-01", price: "15" },
      { id: "s", sell: "1", at: "2021-01-01", price: "20" },
    ],
    sells: [{ id: "s", cost: "10", proceeds: "20", gain: "10", parts: [{ buy: "a", quantity: "1" }] }],
    open: [{ id: "b", quantity: "2" }],
  },
  {
    name: "a loss on the oldest shares leaves the dearer ones",
    source: GREENLIGHT,
    entered: '"Two years ago" and "six months later" are stated; days of 2019 to 2021 are entered.',
    entries: [
      { id: "a", buy: "2", at: "2019-01-01", price: "20" },
      { id: "b", buy: "2", at: "2019-07-01", price: "25" },
      { id: "s", sell: "2", at: "2021-01-01", price: "10" },
    ],
    sells: [{ id: "s", cost: "40", proceeds: "20", gain: "-20", parts: [{ buy: "a", quantity: "2" }] }],
    open: [{ id: "b", quantity: "2" }],
  },
  {
    name: "a fee each way and a total as proceeds",
    source: MOTLEY_FOOL,
    entered:
      "Only the gain is compared: the source counts the fee of the sale as cost (110), td takes it off the proceeds (cost 105, proceeds 145); the gain is the same. Days are entered.",
    entries: [
      { id: "bought", buy: "10", at: "2020-01-01", price: "10", fee: "5" },
      { id: "sold", sell: "10", at: "2020-02-01", gross: "150", fee: "5" },
    ],
    sells: [{ id: "sold", gain: "40", parts: [{ buy: "bought", quantity: "10" }] }],
    open: [],
  },
  {
    name: "a gain on each of two lots",
    source: FINANCE_BASE,
    entered: '"Two years ago" and "six months ago" are stated; days of 2019 to 2021 are entered.',
    entries: [
      { id: "a", buy: "100", at: "2019-01-01", price: "50" },
      { id: "b", buy: "100", at: "2020-07-01", price: "55" },
      { id: "s", sell: "150", at: "2021-01-01", price: "65" },
    ],
    sells: [
      {
        id: "s",
        parts: [
          { buy: "a", quantity: "100", gain: "1500" },
          { buy: "b", quantity: "50", gain: "500" },
        ],
      },
    ],
    open: [{ id: "b", quantity: "50" }],
  },
];
