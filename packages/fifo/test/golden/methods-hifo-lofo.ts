import type { GoldenCase, GoldenSource, GoldenTrade } from "./case.ts";

const RP2: GoldenSource = {
  title: "rp2, lot candidates with HIFO and LOFO",
  publisher: "rp2 (eprbell/rp2)",
  address: "eprbell/rp2 tests/test_accounting_method.py",
};
const RECAP: GoldenSource = {
  title: "US tax guide: cost basis methods",
  publisher: "Recap",
  address: "https://docs.recap.io/us-tax-guide-for-individuals/cryptocurrency-tax/capital-gains-tax/cost-basis-methods",
};
const TOOLSTAC: GoldenSource = {
  title: "CoinTracker tax optimization guide",
  publisher: "Toolstac",
  address: "https://toolstac.com/tool/cointracker/tax-optimization-guide",
};
const GERA: GoldenSource = {
  title: "Crypto tax: FIFO, LIFO and HIFO",
  publisher: "Gera Services",
  address: "https://tools.gera.services/crypto-tax-fifo-lifo",
};

const RP2_ENTERED = "Amounts without time or price are stated; days and a price of 0 are entered, and only lots are compared.";
const rp2Lots = (first: string, second: string, third: string): readonly GoldenTrade[] => [
  { id: "1", buy: "10", at: "2021-01-01", price: first },
  { id: "2", buy: "20", at: "2021-01-02", price: second },
  { id: "3", buy: "30", at: "2021-01-03", price: third },
];
const FIVE_SALES: readonly GoldenTrade[] = [
  { id: "a", sell: "15", at: "2021-02-01" },
  { id: "b", sell: "5", at: "2021-02-02" },
  { id: "c", sell: "20", at: "2021-02-03" },
  { id: "d", sell: "10", at: "2021-02-04" },
  { id: "e", sell: "7", at: "2021-02-05" },
];
const FIVE_SALES_TAKE: GoldenCase["sells"] = [
  { id: "a", parts: [{ buy: "2", quantity: "15" }] },
  { id: "b", parts: [{ buy: "2", quantity: "5" }] },
  { id: "c", parts: [{ buy: "3", quantity: "20" }] },
  { id: "d", parts: [{ buy: "3", quantity: "10" }] },
  { id: "e", parts: [{ buy: "1", quantity: "7" }] },
];
const growing = (first: string, second: string, third: string): readonly GoldenTrade[] => [
  { id: "1", buy: "10", at: "2021-01-01", price: first },
  { id: "a", sell: "4", at: "2021-01-01T12:00:00Z" },
  { id: "2", buy: "20", at: "2021-01-02", price: second },
  { id: "b", sell: "16", at: "2021-01-02T12:00:00Z" },
  { id: "3", buy: "30", at: "2021-01-03", price: third },
  { id: "c", sell: "40", at: "2021-01-03T12:00:00Z" },
];
const GROWING_TAKE: GoldenCase["sells"] = [
  { id: "a", parts: [{ buy: "1", quantity: "4" }] },
  { id: "b", parts: [{ buy: "2", quantity: "16" }] },
  {
    id: "c",
    parts: [
      { buy: "2", quantity: "4" },
      { buy: "3", quantity: "30" },
      { buy: "1", quantity: "6" },
    ],
  },
];

const DAVE: readonly GoldenTrade[] = [
  { id: "2017-09-22", buy: "1", at: "2017-09-22", price: "2000" },
  { id: "2018-01-06", buy: "2", at: "2018-01-06", gross: "5000" },
  { id: "2018-04-19", buy: "1", at: "2018-04-19", price: "8000" },
  { id: "2018-05-03", sell: "1", at: "2018-05-03", price: "4000" },
];
const DAVE_ENTERED = "5,000 USD for 2 BTC is entered as their total; either reading has the same highest and lowest lot.";

export const hifoLofoCases: readonly GoldenCase[] = [
  {
    name: "HIFO: the dearest lot first, five sales",
    source: RP2,
    entered: RP2_ENTERED,
    symbol: "B1-USD",
    options: { method: "hifo" },
    entries: [...rp2Lots("10", "12", "11"), ...FIVE_SALES],
    sells: FIVE_SALES_TAKE,
    open: [{ id: "1", quantity: "3" }],
  },
  {
    name: "HIFO: lots that grow between the sales",
    source: RP2,
    entered: RP2_ENTERED,
    symbol: "B1-USD",
    options: { method: "hifo" },
    entries: growing("10", "12", "11"),
    sells: GROWING_TAKE,
    open: [],
  },
  {
    name: "HIFO: the lot of 8,000 pays for the sale",
    source: RECAP,
    entered: DAVE_ENTERED,
    symbol: "BTC-USD",
    options: { method: "hifo" },
    entries: DAVE,
    sells: [{ id: "2018-05-03", cost: "8000", gain: "-4000", parts: [{ buy: "2018-04-19", quantity: "1" }] }],
    open: [
      { id: "2017-09-22", quantity: "1" },
      { id: "2018-01-06", quantity: "2" },
    ],
  },
  {
    name: "HIFO: the November half coin is sold in December",
    source: TOOLSTAC,
    entered: "Months of 2023 are stated; the first of the month is entered.",
    symbol: "BTC-USD",
    options: { method: "hifo" },
    entries: [
      { id: "february", buy: "0.5", at: "2023-02-01", price: "23000" },
      { id: "august", buy: "0.5", at: "2023-08-01", price: "28000" },
      { id: "november", buy: "0.5", at: "2023-11-01", price: "35000" },
      { id: "december", sell: "0.5", at: "2023-12-01", price: "42000" },
    ],
    sells: [{ id: "december", cost: "17500", gain: "3500", parts: [{ buy: "november", quantity: "0.5" }] }],
    open: [
      { id: "february", quantity: "0.5", cost: "11500" },
      { id: "august", quantity: "0.5", cost: "14000" },
    ],
  },
  {
    name: "HIFO: the June lot is matched in December",
    source: GERA,
    entered: "Months are stated; the first of the month in 2023 is entered.",
    symbol: "BTC-USD",
    options: { method: "hifo" },
    entries: [
      { id: "january", buy: "1", at: "2023-01-01", price: "20000" },
      { id: "june", buy: "1", at: "2023-06-01", price: "40000" },
      { id: "december", sell: "1", at: "2023-12-01", price: "50000" },
    ],
    sells: [{ id: "december", gain: "10000", parts: [{ buy: "june", quantity: "1" }] }],
    open: [{ id: "january", quantity: "1" }],
  },
  {
    name: "LOFO: the cheapest lot first, five sales",
    source: RP2,
    entered: RP2_ENTERED,
    symbol: "B1-USD",
    options: { method: "lofo" },
    entries: [...rp2Lots("12", "10", "11"), ...FIVE_SALES],
    sells: FIVE_SALES_TAKE,
    open: [{ id: "1", quantity: "3" }],
  },
  {
    name: "LOFO: lots that grow between the sales",
    source: RP2,
    entered: RP2_ENTERED,
    symbol: "B1-USD",
    options: { method: "lofo" },
    entries: growing("12", "10", "11"),
    sells: GROWING_TAKE,
    open: [],
  },
  {
    name: "LOFO: the lot of 2,000 pays for the sale",
    source: RECAP,
    entered: DAVE_ENTERED,
    symbol: "BTC-USD",
    options: { method: "lofo" },
    entries: DAVE,
    sells: [{ id: "2018-05-03", cost: "2000", gain: "2000", parts: [{ buy: "2017-09-22", quantity: "1" }] }],
    open: [
      { id: "2018-01-06", quantity: "2" },
      { id: "2018-04-19", quantity: "1" },
    ],
  },
];
