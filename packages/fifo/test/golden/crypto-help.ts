import type { GoldenCase, GoldenSource } from "./case.ts";

const KOINLY: GoldenSource = {
  title: "Trading fees & transaction fees",
  publisher: "Koinly",
  address: "https://support.koinly.io/en/articles/9490025-trading-fees-transaction-fees",
};

const COINTRACKER_FEES: GoldenSource = {
  title: "How transaction fees impact your tax calculations",
  publisher: "CoinTracker",
  address: "https://support.cointracker.io/hc/en-us/articles/12029908614289-How-transaction-fees-impact-your-tax-calculations",
};

const COINTRACKER_BASIS: GoldenSource = {
  title: "How is cost basis calculated?",
  publisher: "CoinTracker",
  address: "https://support.cointracker.io/hc/en-us/articles/4413071376529-How-is-cost-basis-calculated-",
};

const COINTRACKER_FORUM: GoldenSource = {
  title: "How is cost basis calculated? (community thread)",
  publisher: "CoinTracker community",
  address: "https://community.cointracker.io/t/how-is-cost-basis-calculated/61",
};

const ZENLEDGER: GoldenSource = {
  title: "How are trading fees accounted for?",
  publisher: "ZenLedger",
  address: "https://support.zenledger.io/en/articles/2615408-how-are-trading-fees-accounted-for",
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

export const cryptoHelp: readonly GoldenCase[] = [
  {
    name: "the fee of a purchase lowers the gain",
    source: KOINLY,
    entered: "No days are stated; days of 2020 and 2021 are entered.",
    symbol: "BTC-USD",
    entries: [
      { id: "bought", buy: "1", at: "2020-01-01", price: "10000", fee: "100" },
      { id: "sold", sell: "1", at: "2021-01-01", price: "15000" },
    ],
    sells: [{ id: "sold", cost: "10100", proceeds: "15000", gain: "4900", parts: [{ buy: "bought", quantity: "1" }] }],
    open: [],
  },
  {
    name: "the fee of a sale lowers its proceeds, also where no purchase is known",
    source: COINTRACKER_FEES,
    entered: "The source states the sale alone, so no lot covers it; a day is entered.",
    symbol: "ETH-USD",
    entries: [{ id: "sold", sell: "1", at: "2023-01-01", price: "1000", fee: "30" }],
    sells: [{ id: "sold", proceeds: "970", parts: [{ buy: null, quantity: "1" }] }],
    open: [],
  },
  {
    name: "the fee of a purchase is part of the lot's cost",
    source: COINTRACKER_BASIS,
    entered: "A day is entered.",
    symbol: "BTC-USD",
    entries: [{ id: "bought", buy: "1", at: "2023-01-01", gross: "1000", fee: "25", feeCurrency: "USD" }],
    sells: [],
    open: [{ id: "bought", quantity: "1", cost: "1025" }],
  },
  {
    name: "a fee on top of the order, and a fee inside it",
    source: COINTRACKER_FORUM,
    entered: "The thread's two alternatives are entered as two purchases on two days.",
    symbol: "BTC-USD",
    entries: [
      { id: "on-top", buy: "0.0625", at: "2023-01-01", price: "16000", fee: "10" },
      { id: "inside", buy: "0.061875", at: "2023-01-02", price: "16000", fee: "10" },
    ],
    sells: [],
    open: [
      { id: "on-top", quantity: "0.0625", cost: "1010" },
      { id: "inside", quantity: "0.061875", cost: "1000" },
    ],
  },
  {
    name: "a coin bought with a fee and exchanged at twice its price",
    source: ZENLEDGER,
    entered: "The exchange for 2000 USDT at a price of 2000 USD is entered as a sale. Days are entered.",
    symbol: "ETH-USD",
    entries: [
      { id: "bought", buy: "1", at: "2020-01-01", price: "1000", fee: "10" },
      { id: "exchanged", sell: "1", at: "2021-01-01", price: "2000" },
    ],
    sells: [{ id: "exchanged", cost: "1010", gain: "990", parts: [{ buy: "bought", quantity: "1" }] }],
    open: [],
  },
  {
    name: "four purchases of which the first pays for the sale",
    source: RECAP,
    entered: "5,000 USD for 2 BTC is entered as their total; the source leaves open whether it is the price of one.",
    symbol: "BTC-USD",
    entries: [
      { id: "2017-09-22", buy: "1", at: "2017-09-22", price: "2000" },
      { id: "2018-01-06", buy: "2", at: "2018-01-06", gross: "5000" },
      { id: "2018-04-19", buy: "1", at: "2018-04-19", price: "8000" },
      { id: "2018-05-03", sell: "1", at: "2018-05-03", price: "4000" },
    ],
    sells: [{ id: "2018-05-03", cost: "2000", proceeds: "4000", gain: "2000", parts: [{ buy: "2017-09-22", quantity: "1" }] }],
    open: [
      { id: "2018-01-06", quantity: "2" },
      { id: "2018-04-19", quantity: "1" },
    ],
  },
  {
    name: "half coins",
    source: TOOLSTAC,
    entered: "Months of 2023 are stated; the first of the month is entered.",
    symbol: "BTC-USD",
    entries: [
      { id: "february", buy: "0.5", at: "2023-02-01", price: "23000" },
      { id: "august", buy: "0.5", at: "2023-08-01", price: "28000" },
      { id: "november", buy: "0.5", at: "2023-11-01", price: "35000" },
      { id: "december", sell: "0.5", at: "2023-12-01", price: "42000" },
    ],
    sells: [{ id: "december", cost: "11500", proceeds: "21000", gain: "9500", parts: [{ buy: "february", quantity: "0.5" }] }],
    open: [
      { id: "august", quantity: "0.5", cost: "14000" },
      { id: "november", quantity: "0.5", cost: "17500" },
    ],
  },
  {
    name: "the January lot is matched in December",
    source: GERA,
    entered: "Months are stated; the first of the month in 2023 is entered.",
    symbol: "BTC-USD",
    entries: [
      { id: "january", buy: "1", at: "2023-01-01", price: "20000" },
      { id: "june", buy: "1", at: "2023-06-01", price: "40000" },
      { id: "december", sell: "1", at: "2023-12-01", price: "50000" },
    ],
    sells: [{ id: "december", gain: "30000", parts: [{ buy: "january", quantity: "1" }] }],
    open: [{ id: "june", quantity: "1" }],
  },
];
