import type { GoldenCase, GoldenSource } from "./case.ts";

const HLEDGER: GoldenSource = {
  title: "hledger functional tests: lot transfers",
  publisher: "hledger (simonmichael/hledger)",
  address: "simonmichael/hledger hledger/test/journal/lots-transfer.test",
};
const HLEDGER_METHODS: GoldenSource = {
  title: "hledger functional tests: lot reduction methods",
  publisher: "hledger (simonmichael/hledger)",
  address: "simonmichael/hledger hledger/test/journal/lots-methods.test",
};
const PP: GoldenSource = {
  title: "portfolio-performance/portfolio#4446: incorrect FIFO order when doing multiple transfers",
  publisher: "Portfolio Performance",
  address: "https://github.com/portfolio-performance/portfolio/issues/4446",
};
const RP2: GoldenSource = {
  title: "rp2, expected gains and losses of sheet B4",
  publisher: "rp2 (eprbell/rp2)",
  address: "eprbell/rp2 tests/rp2_test_output.py",
};

export const transferCases: readonly GoldenCase[] = [
  {
    name: "lots keep their dates and their cost in the other account",
    source: HLEDGER,
    entered: "Nothing (case 3).",
    symbol: "AAPL",
    options: { scope: "account" },
    entries: [
      { id: "cheap", buy: "10", at: "2026-01-15", price: "50", account: "broker1" },
      { id: "expensive", buy: "5", at: "2026-02-01", price: "60", account: "broker1" },
      { type: "transfer", id: "move", at: "2026-03-01", from: "broker1", to: "broker2", quantity: "15" },
    ],
    sells: [],
    open: [
      { id: "cheap", quantity: "10", cost: "500", account: "broker2" },
      { id: "expensive", quantity: "5", cost: "300", account: "broker2" },
    ],
  },
  {
    name: "a sale from the account that received the lot",
    source: HLEDGER,
    entered: "Nothing (case 6).",
    symbol: "AAPL",
    options: { scope: "account" },
    entries: [
      { id: "buy", buy: "10", at: "2026-01-15", price: "50", account: "broker1" },
      { type: "transfer", id: "move", at: "2026-02-01", from: "broker1", to: "broker2", quantity: "10" },
      { id: "sale", sell: "5", at: "2026-03-01", price: "70", account: "broker2" },
    ],
    sells: [{ id: "sale", proceeds: "350", gain: "100", parts: [{ buy: "buy", quantity: "5" }] }],
    open: [{ id: "buy", quantity: "5", account: "broker2" }],
  },
  {
    name: "the fee of a transfer is taken from the lot and does not arrive",
    source: HLEDGER,
    entered: "Nothing (case 20). No gain is stated.",
    symbol: "A",
    options: { scope: "account" },
    entries: [
      { id: "buy", buy: "2", at: "2026-01-15", price: "100", account: "x1" },
      { type: "transfer", id: "move", at: "2026-02-17", from: "x1", to: "x2", quantity: "1.00", fee: "0.05" },
      { id: "sale", sell: "1.00", at: "2026-03-01", price: "150", account: "x2" },
    ],
    sells: [{ id: "sale", parts: [{ buy: "buy", quantity: "1" }] }],
    fees: [{ id: "move", parts: [{ buy: "buy", quantity: "0.05" }] }],
    open: [{ id: "buy", quantity: "0.95", account: "x1" }],
  },
  {
    name: "two transfers of one lot to one account add up",
    source: HLEDGER,
    entered: "Nothing (case 21). No gain is stated.",
    symbol: "A",
    options: { scope: "account" },
    entries: [
      { id: "buy", buy: "3", at: "2026-01-15", price: "100", account: "x1" },
      { type: "transfer", id: "batch-1", at: "2026-02-01", from: "x1", to: "x2", quantity: "1.00", fee: "0.01" },
      { type: "transfer", id: "batch-2", at: "2026-02-01", from: "x1", to: "x2", quantity: "1.00", fee: "0.01" },
      { id: "sale", sell: "2", at: "2026-03-01", price: "150", account: "x2" },
    ],
    sells: [{ id: "sale", cost: "200", parts: [{ buy: "buy", quantity: "1" }, { buy: "buy", quantity: "1" }] }],
    fees: [
      { id: "batch-1", parts: [{ buy: "buy", quantity: "0.01" }] },
      { id: "batch-2", parts: [{ buy: "buy", quantity: "0.01" }] },
    ],
    open: [{ id: "buy", quantity: "0.98", account: "x1" }],
  },
  {
    name: "a fee that is priced is a sale beside the transfer",
    source: HLEDGER,
    entered: "Nothing (case 23).",
    symbol: "A",
    options: { scope: "account" },
    entries: [
      { id: "buy", buy: "1", at: "2026-01-15", price: "100", account: "x1" },
      { type: "transfer", id: "move", at: "2026-02-17", from: "x1", to: "x2", quantity: "0.95" },
      { id: "fee", sell: "0.05", at: "2026-02-17", price: "150", account: "x1" },
    ],
    sells: [{ id: "fee", gain: "2.5", parts: [{ buy: "buy", quantity: "0.05" }] }],
    open: [{ id: "buy", quantity: "0.95", account: "x2" }],
  },
  {
    name: "LIFO moves the newest lots first",
    source: HLEDGER_METHODS,
    entered: "Nothing (case 8).",
    symbol: "AAPL",
    options: { scope: "account", method: "lifo" },
    entries: [
      { id: "lot-1", buy: "10", at: "2026-01-15", price: "50", account: "broker1" },
      { id: "lot-2", buy: "5", at: "2026-02-01", price: "50", account: "broker1" },
      { type: "transfer", id: "move", at: "2026-03-01", from: "broker1", to: "broker2", quantity: "8" },
    ],
    sells: [],
    open: [
      { id: "lot-1", quantity: "7", account: "broker1" },
      { id: "lot-1", quantity: "3", account: "broker2" },
      { id: "lot-2", quantity: "5", account: "broker2" },
    ],
  },
  {
    name: "a lot that went there and back is still the oldest",
    source: PP,
    entered: "Lots E1, W and E2 without days or prices are stated; days in their order and a price of 0 are entered. The expected lot is the one the thread asks for.",
    options: { scope: "account" },
    entries: [
      { id: "E1", buy: "1", at: "2024-01-01", account: "exchange" },
      { id: "W", buy: "1", at: "2024-01-02", account: "wallet" },
      { id: "E2", buy: "1", at: "2024-01-03", account: "exchange" },
      { type: "transfer", id: "out", at: "2024-01-04", from: "exchange", to: "wallet", quantity: "2" },
      { type: "transfer", id: "back", at: "2024-01-05", from: "wallet", to: "exchange", quantity: "1" },
      { id: "sale", sell: "1", at: "2024-01-06", account: "exchange" },
    ],
    sells: [{ id: "sale", parts: [{ buy: "E1", quantity: "1" }] }],
    open: [
      { id: "W", quantity: "1", account: "wallet" },
      { id: "E2", quantity: "1", account: "wallet" },
    ],
  },
  {
    name: "four disposals and three transfers whose fees are taken from the oldest lots of all wallets",
    source: RP2,
    entered:
      "Earned coins are entered as purchases at their value, a gift and a donation as sales; the total of the last sale includes the value of its coin fee, as in the source. " +
      "The source counts the fee of a transfer as a sale at its value (gains of 3, -14 and 252); td leaves it out of every gain, so only lots and cost are compared.",
    symbol: "B4-USD",
    entries: [
      { id: "3", buy: "1", at: "2020-01-01T08:41:00Z", price: "11000", fee: "100", account: "Coinbase" },
      { id: "15", sell: "0.2", at: "2020-01-11T11:15:00Z", price: "11200", account: "Coinbase" },
      { type: "transfer", id: "25", at: "2020-01-21T18:33:14.342Z", from: "Coinbase", to: "BlockFi", quantity: "0.09", fee: "0.01" },
      { id: "2", buy: "2", at: "2020-02-01T11:18:00Z", price: "12000", account: "BlockFi" },
      { id: "14", sell: "1", at: "2020-02-11T19:58:00Z", price: "12200", account: "Coinbase" },
      { id: "6", buy: "3", at: "2020-03-01T09:45:00Z", price: "13000", account: "BlockFi" },
      { id: "5", buy: "4", at: "2020-04-01T09:45:00Z", price: "14000", fee: "400", account: "Coinbase" },
      { id: "16", sell: "5", at: "2020-04-11T07:10:00Z", price: "14200", account: "BlockFi" },
      { id: "12", sell: "3.79", at: "2020-04-12T17:50:00Z", price: "14300", account: "Coinbase" },
      { id: "4", buy: "5", at: "2020-05-01T14:03:00Z", price: "15000", fee: "500", account: "Coinbase" },
      { type: "transfer", id: "24", at: "2020-05-21T12:58:10Z", from: "Coinbase", to: "Kraken", quantity: "0.18", fee: "0.02" },
      { id: "13", sell: "2", at: "2021-06-11T05:31:00Z", price: "20200", gross: "40602", fee: "0.01", feeCurrency: "B4", account: "Coinbase" },
      { type: "transfer", id: "22", at: "2021-07-21T10:02:02Z", from: "Coinbase", to: "Kraken", quantity: "0.46", fee: "0.04" },
    ],
    sells: [
      { id: "15", parts: [{ buy: "3", quantity: "0.2", cost: "2220", gain: "20" }] },
      {
        id: "14",
        proceeds: "12200",
        parts: [
          { buy: "3", quantity: "0.79", cost: "8769", gain: "869" },
          { buy: "2", quantity: "0.21", cost: "2520", gain: "42" },
        ],
      },
      {
        id: "16",
        proceeds: "71000",
        parts: [
          { buy: "2", quantity: "1.79", cost: "21480", gain: "3938" },
          { buy: "6", quantity: "3", cost: "39000", gain: "3600" },
          { buy: "5", quantity: "0.21", cost: "2961", gain: "21" },
        ],
      },
      { id: "12", proceeds: "54197", parts: [{ buy: "5", quantity: "3.79", cost: "53439", gain: "758" }] },
      { id: "13", proceeds: "40602", parts: [{ buy: "4", quantity: "2.01", cost: "30351", gain: "10251" }] },
    ],
    fees: [
      { id: "25", parts: [{ buy: "3", quantity: "0.01", cost: "111" }] },
      { id: "24", parts: [{ buy: "4", quantity: "0.02", cost: "302" }] },
      { id: "22", parts: [{ buy: "4", quantity: "0.04", cost: "604" }] },
    ],
    open: [{ id: "4", quantity: "2.93" }],
  },
];
