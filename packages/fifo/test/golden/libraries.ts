import type { GoldenCase, GoldenSource } from "./case.ts";

const FIFO_CAPITAL_GAINS: GoldenSource = {
  title: "fifo-capital-gains-js, README",
  publisher: "bernardobelchior",
  address: "https://www.npmjs.com/package/fifo-capital-gains-js",
};

const FIFOCOUNT: GoldenSource = { title: "fifocount, README", publisher: "kippisone", address: "https://github.com/kippisone/fifocount" };

const ONETICK: GoldenSource = {
  title: "otp.Source.pnl_realized, simple usage",
  publisher: "OneTick",
  address: "https://docs.pip.distribution.sol.onetick.com/release/1.126.0/api/source/pnl_realized.html",
};

const LOTTER: GoldenSource = {
  title: "lotter, README",
  publisher: "src.d10.dev (fork by div0man)",
  address: "https://github.com/div0man/lotter",
};

export const libraries: readonly GoldenCase[] = [
  {
    name: "two sales in two years, the second over two lots",
    source: FIFO_CAPITAL_GAINS,
    entered: "The gains are stated per year; each year has one sale.",
    symbol: "STK1",
    entries: [
      { id: "a", buy: "10", at: "2020-01-01", price: "100" },
      { id: "b", buy: "10", at: "2020-02-01", price: "150" },
      { id: "2020", sell: "8", at: "2020-03-01", price: "200" },
      { id: "2021", sell: "7", at: "2021-01-01", price: "300" },
    ],
    sells: [
      { id: "2020", gain: "800", parts: [{ buy: "a", quantity: "8" }] },
      {
        id: "2021",
        gain: "1150",
        parts: [
          { buy: "a", quantity: "2" },
          { buy: "b", quantity: "5" },
        ],
      },
    ],
    open: [{ id: "b", quantity: "5" }],
  },
  {
    name: "one sale over a whole lot and half of the next",
    source: FIFO_CAPITAL_GAINS,
    entered: "Nothing; the source writes the sum as (200-100)*10 + (200-150)*5.",
    symbol: "STK1",
    entries: [
      { id: "a", buy: "10", at: "2020-01-01", price: "100" },
      { id: "b", buy: "10", at: "2020-02-01", price: "150" },
      { id: "s", sell: "15", at: "2020-03-01", price: "200" },
    ],
    sells: [
      {
        id: "s",
        gain: "1250",
        parts: [
          { buy: "a", quantity: "10", gain: "1000" },
          { buy: "b", quantity: "5", gain: "250" },
        ],
      },
    ],
    open: [{ id: "b", quantity: "5" }],
  },
  {
    name: "three sales that end at nothing",
    source: FIFOCOUNT,
    entered: "The list has no times; five days are entered. The source prints the last sale under the price of its last lot.",
    entries: [
      { id: "1", buy: "12", at: "2020-01-01", price: "120" },
      { id: "2", sell: "3", at: "2020-01-02", price: "150" },
      { id: "3", sell: "5", at: "2020-01-03", price: "180" },
      { id: "4", buy: "2", at: "2020-01-04", price: "190" },
      { id: "5", sell: "6", at: "2020-01-05", price: "210" },
    ],
    sells: [
      { id: "2", gain: "90", parts: [{ buy: "1", quantity: "3" }] },
      { id: "3", gain: "300", parts: [{ buy: "1", quantity: "5" }] },
      {
        id: "5",
        gain: "400",
        parts: [
          { buy: "1", quantity: "4" },
          { buy: "4", quantity: "2" },
        ],
      },
    ],
    open: [],
  },
  {
    name: "ticks a millisecond apart, with a loss and two gains",
    source: ONETICK,
    entered: "Times without a zone are entered as UTC. The rows after the sixth are left out.",
    symbol: "AA",
    entries: [
      { id: "0", buy: "20", at: "2003-12-01T00:00:00.000Z", price: "5" },
      { id: "1", buy: "30", at: "2003-12-01T00:00:00.001Z", price: "4" },
      { id: "2", sell: "15", at: "2003-12-01T00:00:00.002Z", price: "3" },
      { id: "3", buy: "50", at: "2003-12-01T00:00:00.003Z", price: "10" },
      { id: "4", sell: "18", at: "2003-12-01T00:00:00.004Z", price: "7" },
      { id: "5", sell: "6", at: "2003-12-01T00:00:00.005Z", price: "9" },
    ],
    sells: [
      { id: "2", gain: "-30", parts: [{ buy: "0", quantity: "15" }] },
      {
        id: "4",
        gain: "49",
        parts: [
          { buy: "0", quantity: "5" },
          { buy: "1", quantity: "13" },
        ],
      },
      { id: "5", gain: "30", parts: [{ buy: "1", quantity: "6" }] },
    ],
    open: [
      { id: "1", quantity: "11" },
      { id: "3", quantity: "50" },
    ],
  },
  {
    name: "one of a hundred units bought for two cents each",
    source: LOTTER,
    entered: "Nothing.",
    symbol: "ABC-USD",
    entries: [
      { id: "bought", buy: "100", at: "2016-01-01", price: "0.02" },
      { id: "sold", sell: "1", at: "2017-01-01", price: "1" },
    ],
    sells: [{ id: "sold", gain: "0.98", parts: [{ buy: "bought", quantity: "1" }] }],
    open: [{ id: "bought", quantity: "99" }],
  },
];
