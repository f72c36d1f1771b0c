import type { GoldenCase, GoldenSource, GoldenTrade } from "./case.ts";

const HLEDGER_DISPOSE: GoldenSource = {
  title: "hledger functional tests: lot disposal",
  publisher: "hledger (simonmichael/hledger)",
  address: "simonmichael/hledger hledger/test/journal/lots-dispose.test",
};

const HLEDGER_METHODS: GoldenSource = {
  title: "hledger functional tests: lot reduction methods",
  publisher: "hledger (simonmichael/hledger)",
  address: "simonmichael/hledger hledger/test/journal/lots-methods.test",
};

const BEANCOUNT: GoldenSource = {
  title: "beancount booking tests: ambiguous FIFO reductions",
  publisher: "beancount (beancount/beancount)",
  address: "beancount/beancount beancount/parser/booking_full_test.py",
};

// The three lots of every beancount case, in the order of the file, which is not the order of the dates.
const HOOL: readonly GoldenTrade[] = [
  { id: "oct-2", buy: "5", at: "2015-10-02", price: "111.11" },
  { id: "oct-1", buy: "4", at: "2015-10-01", price: "100.00" },
  { id: "oct-3", buy: "6", at: "2015-10-03", price: "122.22" },
];

const HOOL_ENTERED = "The reduction has no price and an earlier date than the lots; 0 and a later day are entered, and only lots are compared.";

export const plainTextLedgers: readonly GoldenCase[] = [
  {
    name: "hledger: fifteen of two lots of ten",
    source: HLEDGER_DISPOSE,
    entered: "Nothing (case 4).",
    symbol: "AAPL",
    entries: [
      { id: "cheap", buy: "10", at: "2026-01-15", price: "50" },
      { id: "expensive", buy: "10", at: "2026-02-01", price: "60" },
      { id: "sale", sell: "15", at: "2026-03-01", price: "55" },
    ],
    sells: [
      {
        id: "sale",
        proceeds: "825",
        gain: "25",
        parts: [
          { buy: "cheap", quantity: "10" },
          { buy: "expensive", quantity: "5" },
        ],
      },
    ],
    open: [{ id: "expensive", quantity: "5" }],
  },
  {
    name: "hledger: the same lots with the sale's total given",
    source: HLEDGER_DISPOSE,
    entered: "Nothing (case 11): the source states the cash of 900 and infers the price.",
    symbol: "AAPL",
    entries: [
      { id: "cheap", buy: "10", at: "2026-01-15", price: "50" },
      { id: "expensive", buy: "10", at: "2026-02-01", price: "55" },
      { id: "sale", sell: "15", at: "2026-03-01", gross: "900" },
    ],
    sells: [
      {
        id: "sale",
        proceeds: "900",
        gain: "125",
        parts: [
          { buy: "cheap", quantity: "10", cost: "500" },
          { buy: "expensive", quantity: "5", cost: "275" },
        ],
      },
    ],
    open: [{ id: "expensive", quantity: "5" }],
  },
  {
    name: "hledger: three disposals use up one lot",
    source: HLEDGER_DISPOSE,
    entered: "Nothing (case 7).",
    symbol: "AAPL",
    entries: [
      { id: "buy", buy: "10", at: "2026-01-15", price: "50" },
      { id: "some", sell: "3", at: "2026-02-01", price: "50" },
      { id: "more", sell: "4", at: "2026-02-15", price: "50" },
      { id: "rest", sell: "3", at: "2026-03-01", price: "50" },
    ],
    sells: [
      { id: "some", proceeds: "150", gain: "0", parts: [{ buy: "buy", quantity: "3" }] },
      { id: "more", proceeds: "200", gain: "0", parts: [{ buy: "buy", quantity: "4" }] },
      { id: "rest", proceeds: "150", gain: "0", parts: [{ buy: "buy", quantity: "3" }] },
    ],
    open: [],
  },
  {
    name: "hledger: a queue per account leaves the other account's lot alone",
    source: HLEDGER_METHODS,
    entered: "Nothing (case 5, FIFO1).",
    symbol: "AAPL",
    options: { scope: "account" },
    entries: [
      { id: "in-1", buy: "10", at: "2026-01-15", price: "50", account: "broker1" },
      { id: "in-2", buy: "5", at: "2026-02-01", price: "50", account: "broker2" },
      { id: "sale", sell: "10", at: "2026-03-01", price: "50", account: "broker1" },
    ],
    sells: [{ id: "sale", proceeds: "500", parts: [{ buy: "in-1", quantity: "10" }] }],
    open: [{ id: "in-2", quantity: "5", account: "broker2" }],
  },
  {
    name: "hledger: a queue per account that spans two lots",
    source: HLEDGER_METHODS,
    entered: "Nothing (case 9, FIFO1).",
    symbol: "AAPL",
    options: { scope: "account" },
    entries: [
      { id: "lot-1", buy: "10", at: "2026-01-15", price: "50", account: "broker" },
      { id: "lot-2", buy: "5", at: "2026-02-01", price: "50", account: "broker" },
      { id: "sale", sell: "12", at: "2026-03-01", price: "50", account: "broker" },
    ],
    sells: [
      {
        id: "sale",
        proceeds: "600",
        parts: [
          { buy: "lot-1", quantity: "10" },
          { buy: "lot-2", quantity: "2" },
        ],
      },
    ],
    open: [{ id: "lot-2", quantity: "3", account: "broker" }],
  },
  {
    name: "beancount: two whole lots by date, whatever the order of the file",
    source: BEANCOUNT,
    entered: HOOL_ENTERED,
    symbol: "HOOL-USD",
    entries: [...HOOL, { id: "sale", sell: "9", at: "2015-10-22" }],
    sells: [
      {
        id: "sale",
        parts: [
          { buy: "oct-1", quantity: "4" },
          { buy: "oct-2", quantity: "5" },
        ],
      },
    ],
    open: [{ id: "oct-3", quantity: "6" }],
  },
  {
    name: "beancount: a part of the third lot",
    source: BEANCOUNT,
    entered: HOOL_ENTERED,
    symbol: "HOOL-USD",
    entries: [...HOOL, { id: "sale", sell: "12", at: "2015-10-22" }],
    sells: [
      {
        id: "sale",
        parts: [
          { buy: "oct-1", quantity: "4" },
          { buy: "oct-2", quantity: "5" },
          { buy: "oct-3", quantity: "3" },
        ],
      },
    ],
    open: [{ id: "oct-3", quantity: "3" }],
  },
  {
    name: "beancount: all three lots",
    source: BEANCOUNT,
    entered: HOOL_ENTERED,
    symbol: "HOOL-USD",
    entries: [...HOOL, { id: "sale", sell: "15", at: "2015-10-22" }],
    sells: [
      {
        id: "sale",
        parts: [
          { buy: "oct-1", quantity: "4" },
          { buy: "oct-2", quantity: "5" },
          { buy: "oct-3", quantity: "6" },
        ],
      },
    ],
    open: [],
  },
];
