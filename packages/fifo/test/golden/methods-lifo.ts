import type { GoldenCase, GoldenSource, GoldenTrade } from "./case.ts";

const GO_STOCK: GoldenSource = {
  title: "go-stock, LIFO cases",
  publisher: "ritonglue/go-stock",
  address: "ritonglue/go-stock src/test/java/io/github/ritonglue/gostock/StockManagerLIFOTest.java",
};
const SIMPLE_STUDIES: GoldenSource = {
  title: "Accounting for inventories: LIFO under the perpetual system",
  publisher: "Simplestudies",
  address: "http://simplestudies.com/accounting-for-inventories.html/page/7",
};
const COURSE_HERO: GoldenSource = {
  title: "Hemming, perpetual inventory: cost of goods sold and gross margin by LIFO (solution)",
  publisher: "Course Hero",
  address: "https://www.coursehero.com/file/p2b457e/Jan-10-Sales-150-units-40-Mar-14-Purchase-350-units-15-5250-Mar-15-Sales-300/",
};
const JUNE_INVENTORY: GoldenSource = {
  title: "Ending inventory and cost of goods sold under FIFO and LIFO, June (worked answer)",
  publisher: "Question-and-answer archive on a University of Nairobi site",
  address: "https://indextestingapp.uonbi.ac.ke/preguntia/13686044",
};
const HLEDGER: GoldenSource = {
  title: "hledger functional tests: lot reduction methods",
  publisher: "hledger (simonmichael/hledger)",
  address: "simonmichael/hledger hledger/test/journal/lots-methods.test",
};
const BEANCOUNT: GoldenSource = {
  title: "beancount booking tests: ambiguous LIFO reductions",
  publisher: "beancount (beancount/beancount)",
  address: "beancount/beancount beancount/parser/booking_full_test.py",
};
const RP2: GoldenSource = { title: "rp2, lot candidates with LIFO", publisher: "rp2 (eprbell/rp2)", address: "eprbell/rp2 tests/test_accounting_method.py" };
const LEAN: GoldenSource = {
  title: "Lean, trade builder cases (fill to fill, LIFO)",
  publisher: "QuantConnect",
  address: "QuantConnect/Lean Tests/Common/Statistics/TradeBuilderTests.cs",
};
const RECAP: GoldenSource = {
  title: "US tax guide: cost basis methods",
  publisher: "Recap",
  address: "https://docs.recap.io/us-tax-guide-for-individuals/cryptocurrency-tax/capital-gains-tax/cost-basis-methods",
};
const GERA: GoldenSource = {
  title: "Crypto tax: FIFO, LIFO and HIFO",
  publisher: "Gera Services",
  address: "https://tools.gera.services/crypto-tax-fifo-lifo",
};
const CRYPTOBOOKS: GoldenSource = {
  title: "Ireland cashout methods: bought and sold within four weeks",
  publisher: "CryptoBooks",
  address: "https://help.cryptobooks.tax/en/articles/8272452-ireland-cashout-methods",
};

const CENTS = { scale: 2, rounding: "half-up" } as const;
const GO_STOCK_ENTERED = "Totals to the cent, no times and no sale prices are stated; days in the order of the list, a price of 0 and a money scale of cents are entered.";
const GO_STOCK_LIST: readonly GoldenTrade[] = [
  { id: "b", buy: "4", at: "2020-01-01", gross: "5.17" },
  { id: "a", buy: "3", at: "2020-01-02", gross: "100" },
  { id: "c", sell: "4", at: "2020-01-03" },
  { id: "d", buy: "7", at: "2020-01-04", gross: "200" },
];

const HOOL: readonly GoldenTrade[] = [
  { id: "oct-2", buy: "5", at: "2015-10-02", price: "111.11" },
  { id: "oct-1", buy: "4", at: "2015-10-01", price: "100.00" },
  { id: "oct-3", buy: "6", at: "2015-10-03", price: "122.22" },
];
const HOOL_ENTERED = "The reduction has no price and an earlier date than the lots; 0 and a later day are entered, and only lots are compared.";

const RP2_LOTS: readonly GoldenTrade[] = [
  { id: "1", buy: "10", at: "2021-01-01", price: "10" },
  { id: "2", buy: "20", at: "2021-01-02", price: "11" },
  { id: "3", buy: "30", at: "2021-01-03", price: "12" },
];
const RP2_ENTERED = "Amounts without time or price are stated; days and a price of 0 are entered, and only lots are compared.";

export const lifoCases: readonly GoldenCase[] = [
  {
    name: "LIFO in cents: a newest lot and a quarter of an older one",
    source: GO_STOCK,
    entered: GO_STOCK_ENTERED,
    options: { method: "lifo", money: CENTS },
    entries: [...GO_STOCK_LIST, { id: "e", sell: "3", at: "2020-01-05" }],
    sells: [
      {
        id: "c",
        parts: [
          { buy: "a", quantity: "3", cost: "100" },
          { buy: "b", quantity: "1", cost: "1.29" },
        ],
      },
      { id: "e", parts: [{ buy: "d", quantity: "3", cost: "85.71" }] },
    ],
    open: [
      { id: "b", quantity: "3", cost: "3.88" },
      { id: "d", quantity: "4", cost: "114.29" },
    ],
  },
  {
    name: "LIFO in cents: an old lot of 5.17 taken in parts of 1, 2 and 1 adds up",
    source: GO_STOCK,
    entered: GO_STOCK_ENTERED,
    options: { method: "lifo", money: CENTS },
    entries: [...GO_STOCK_LIST, { id: "e", sell: "9", at: "2020-01-05" }, { id: "f", buy: "2", at: "2020-01-06", gross: "33.33" }],
    sells: [
      {
        id: "c",
        parts: [
          { buy: "a", quantity: "3", cost: "100" },
          { buy: "b", quantity: "1", cost: "1.29" },
        ],
      },
      {
        id: "e",
        parts: [
          { buy: "d", quantity: "7", cost: "200" },
          { buy: "b", quantity: "2", cost: "2.59" },
        ],
      },
    ],
    open: [
      { id: "b", quantity: "1", cost: "1.29" },
      { id: "f", quantity: "2", cost: "33.33" },
    ],
  },
  {
    name: "LIFO between purchases: 2,340 sold, 200 left",
    source: SIMPLE_STUDIES,
    entered: "Days of 20X7 are stated; 2017 is entered.",
    options: { method: "lifo" },
    entries: [
      { id: "jan-1", buy: "50", at: "2017-01-01", price: "10" },
      { id: "feb-25", buy: "100", at: "2017-02-25", price: "12" },
      { id: "mar-3", sell: "120", at: "2017-03-03", price: "20" },
      { id: "apr-6", buy: "60", at: "2017-04-06", price: "14" },
      { id: "may-17", sell: "70", at: "2017-05-17", price: "25" },
    ],
    sells: [
      {
        id: "mar-3",
        parts: [
          { buy: "feb-25", quantity: "100", cost: "1200" },
          { buy: "jan-1", quantity: "20", cost: "200" },
        ],
      },
      {
        id: "may-17",
        parts: [
          { buy: "apr-6", quantity: "60", cost: "840" },
          { buy: "jan-1", quantity: "10", cost: "100" },
        ],
      },
    ],
    open: [{ id: "jan-1", quantity: "20", cost: "200" }],
    totals: { cost: "2340", openCost: "200" },
  },
  {
    name: "LIFO of a year: every sale from the newest purchase",
    source: COURSE_HERO,
    entered: "Days without a year are stated; 2017 is entered.",
    options: { method: "lifo" },
    entries: [
      { id: "jan-1", buy: "200", at: "2017-01-01", price: "10" },
      { id: "jan-10", sell: "150", at: "2017-01-10", price: "40" },
      { id: "mar-14", buy: "350", at: "2017-03-14", price: "15" },
      { id: "mar-15", sell: "300", at: "2017-03-15", price: "40" },
      { id: "jul-30", buy: "450", at: "2017-07-30", price: "20" },
      { id: "oct-5", sell: "430", at: "2017-10-05", price: "40" },
      { id: "oct-26", buy: "100", at: "2017-10-26", price: "25" },
    ],
    sells: [
      { id: "jan-10", cost: "1500", parts: [{ buy: "jan-1", quantity: "150" }] },
      { id: "mar-15", cost: "4500", parts: [{ buy: "mar-14", quantity: "300" }] },
      { id: "oct-5", cost: "8600", parts: [{ buy: "jul-30", quantity: "430" }] },
    ],
    open: [
      { id: "jan-1", quantity: "50", cost: "500" },
      { id: "mar-14", quantity: "50", cost: "750" },
      { id: "jul-30", quantity: "20", cost: "400" },
      { id: "oct-26", quantity: "100", cost: "2500" },
    ],
    totals: { cost: "14600", proceeds: "35200", gain: "20600", openCost: "4150" },
  },
  {
    name: "LIFO of a month: three purchases and three sales in turn",
    source: JUNE_INVENTORY,
    entered: "Days of June without a year are stated; 2020 is entered.",
    options: { method: "lifo" },
    entries: [
      { id: "june-1", buy: "304", at: "2020-06-01", price: "13" },
      { id: "june-10", sell: "205", at: "2020-06-10", price: "30" },
      { id: "june-11", buy: "804", at: "2020-06-11", price: "15" },
      { id: "june-15", sell: "504", at: "2020-06-15", price: "32" },
      { id: "june-20", buy: "498", at: "2020-06-20", price: "16" },
      { id: "june-27", sell: "295", at: "2020-06-27", price: "34" },
    ],
    sells: [
      { id: "june-10", parts: [{ buy: "june-1", quantity: "205" }] },
      { id: "june-15", parts: [{ buy: "june-11", quantity: "504" }] },
      { id: "june-27", parts: [{ buy: "june-20", quantity: "295" }] },
    ],
    open: [
      { id: "june-1", quantity: "99", cost: "1287" },
      { id: "june-11", quantity: "300", cost: "4500" },
      { id: "june-20", quantity: "203", cost: "3248" },
    ],
    totals: { cost: "14945", openCost: "9035" },
  },
  {
    name: "LIFO over two lots",
    source: HLEDGER,
    entered: "Nothing (case 1).",
    symbol: "AAPL",
    options: { method: "lifo" },
    entries: [
      { id: "lot-1", buy: "10", at: "2026-01-15", price: "50" },
      { id: "lot-2", buy: "10", at: "2026-02-01", price: "50" },
      { id: "sale", sell: "15", at: "2026-03-01", price: "55" },
    ],
    sells: [
      {
        id: "sale",
        proceeds: "825",
        gain: "75",
        parts: [
          { buy: "lot-2", quantity: "10" },
          { buy: "lot-1", quantity: "5" },
        ],
      },
    ],
    open: [{ id: "lot-1", quantity: "5" }],
  },
  {
    name: "LIFO per account leaves a newer lot elsewhere alone",
    source: HLEDGER,
    entered: "Nothing (case 7, LIFO1).",
    symbol: "AAPL",
    options: { method: "lifo", scope: "account" },
    entries: [
      { id: "lot-1", buy: "10", at: "2026-01-15", price: "50", account: "broker1" },
      { id: "lot-2", buy: "10", at: "2026-02-01", price: "50", account: "broker1" },
      { id: "lot-3", buy: "10", at: "2026-03-01", price: "50", account: "broker2" },
      { id: "sale", sell: "10", at: "2026-04-01", price: "50", account: "broker1" },
    ],
    sells: [{ id: "sale", parts: [{ buy: "lot-2", quantity: "10" }] }],
    open: [
      { id: "lot-1", quantity: "10", account: "broker1" },
      { id: "lot-3", quantity: "10", account: "broker2" },
    ],
  },
  {
    name: "LIFO: a part of the newest lot by date",
    source: BEANCOUNT,
    entered: HOOL_ENTERED,
    symbol: "HOOL-USD",
    options: { method: "lifo" },
    entries: [...HOOL, { id: "sale", sell: "2", at: "2015-10-22" }],
    sells: [{ id: "sale", parts: [{ buy: "oct-3", quantity: "2" }] }],
    open: [
      { id: "oct-1", quantity: "4" },
      { id: "oct-2", quantity: "5" },
      { id: "oct-3", quantity: "4" },
    ],
  },
  {
    name: "LIFO: the newest lot and one of the next",
    source: BEANCOUNT,
    entered: HOOL_ENTERED,
    symbol: "HOOL-USD",
    options: { method: "lifo" },
    entries: [...HOOL, { id: "sale", sell: "7", at: "2015-10-22" }],
    sells: [
      {
        id: "sale",
        parts: [
          { buy: "oct-3", quantity: "6" },
          { buy: "oct-2", quantity: "1" },
        ],
      },
    ],
    open: [
      { id: "oct-1", quantity: "4" },
      { id: "oct-2", quantity: "4" },
    ],
  },
  {
    name: "LIFO: two whole lots and one of the third",
    source: BEANCOUNT,
    entered: HOOL_ENTERED,
    symbol: "HOOL-USD",
    options: { method: "lifo" },
    entries: [...HOOL, { id: "sale", sell: "12", at: "2015-10-22" }],
    sells: [
      {
        id: "sale",
        parts: [
          { buy: "oct-3", quantity: "6" },
          { buy: "oct-2", quantity: "5" },
          { buy: "oct-1", quantity: "1" },
        ],
      },
    ],
    open: [{ id: "oct-1", quantity: "3" }],
  },
  {
    name: "LIFO: amounts that end where lots end",
    source: RP2,
    entered: RP2_ENTERED,
    symbol: "B1-USD",
    options: { method: "lifo" },
    entries: [
      ...RP2_LOTS,
      { id: "a", sell: "7", at: "2021-02-01" },
      { id: "b", sell: "23", at: "2021-02-02" },
      { id: "c", sell: "19", at: "2021-02-03" },
      { id: "d", sell: "1", at: "2021-02-04" },
      { id: "e", sell: "9", at: "2021-02-05" },
    ],
    sells: [
      { id: "a", parts: [{ buy: "3", quantity: "7" }] },
      { id: "b", parts: [{ buy: "3", quantity: "23" }] },
      { id: "c", parts: [{ buy: "2", quantity: "19" }] },
      { id: "d", parts: [{ buy: "2", quantity: "1" }] },
      { id: "e", parts: [{ buy: "1", quantity: "9" }] },
    ],
    open: [{ id: "1", quantity: "1" }],
  },
  {
    name: "LIFO: lots that grow between the sales",
    source: RP2,
    entered: RP2_ENTERED,
    symbol: "B1-USD",
    options: { method: "lifo" },
    entries: [
      { id: "1", buy: "10", at: "2021-01-01", price: "10" },
      { id: "a", sell: "4", at: "2021-01-01T12:00:00Z" },
      { id: "2", buy: "20", at: "2021-01-02", price: "11" },
      { id: "b", sell: "15", at: "2021-01-02T12:00:00Z" },
      { id: "3", buy: "30", at: "2021-01-03", price: "12" },
      { id: "c", sell: "27", at: "2021-01-03T12:00:00Z" },
      { id: "d", sell: "14", at: "2021-01-04" },
    ],
    sells: [
      { id: "a", parts: [{ buy: "1", quantity: "4" }] },
      { id: "b", parts: [{ buy: "2", quantity: "15" }] },
      { id: "c", parts: [{ buy: "3", quantity: "27" }] },
      {
        id: "d",
        parts: [
          { buy: "3", quantity: "3" },
          { buy: "2", quantity: "5" },
          { buy: "1", quantity: "6" },
        ],
      },
    ],
    open: [],
  },
  {
    name: "LIFO: in by two fills, out by one",
    source: LEAN,
    entered: "Times without a zone are entered as UTC.",
    symbol: "EUR/USD",
    options: { method: "lifo" },
    entries: [
      { id: "in-1", buy: "1000", at: "2015-08-06T15:30:00Z", price: "1.08" },
      { id: "in-2", buy: "1000", at: "2015-08-06T15:40:00Z", price: "1.07" },
      { id: "out", sell: "2000", at: "2015-08-06T15:50:00Z", price: "1.09" },
    ],
    sells: [
      {
        id: "out",
        parts: [
          { buy: "in-2", quantity: "1000", gain: "20" },
          { buy: "in-1", quantity: "1000", gain: "10" },
        ],
      },
    ],
    open: [],
  },
  {
    name: "LIFO: the last of four purchases pays for the sale, at a loss",
    source: RECAP,
    entered: "5,000 USD for 2 BTC is entered as their total; the source leaves open whether it is the price of one.",
    symbol: "BTC-USD",
    options: { method: "lifo" },
    entries: [
      { id: "2017-09-22", buy: "1", at: "2017-09-22", price: "2000" },
      { id: "2018-01-06", buy: "2", at: "2018-01-06", gross: "5000" },
      { id: "2018-04-19", buy: "1", at: "2018-04-19", price: "8000" },
      { id: "2018-05-03", sell: "1", at: "2018-05-03", price: "4000" },
    ],
    sells: [{ id: "2018-05-03", cost: "8000", gain: "-4000", parts: [{ buy: "2018-04-19", quantity: "1" }] }],
    open: [
      { id: "2017-09-22", quantity: "1" },
      { id: "2018-01-06", quantity: "2" },
    ],
  },
  {
    name: "LIFO: the June lot is matched in December",
    source: GERA,
    entered: "Months are stated; the first of the month in 2023 is entered.",
    symbol: "BTC-USD",
    options: { method: "lifo" },
    entries: [
      { id: "january", buy: "1", at: "2023-01-01", price: "20000" },
      { id: "june", buy: "1", at: "2023-06-01", price: "40000" },
      { id: "december", sell: "1", at: "2023-12-01", price: "50000" },
    ],
    sells: [{ id: "december", gain: "10000", parts: [{ buy: "june", quantity: "1" }] }],
    open: [{ id: "january", quantity: "1" }],
  },
  {
    name: "LIFO: the Irish four-week rule, where all of the newest lot goes first",
    source: CRYPTOBOOKS,
    entered: "Days without a year are stated; 2023 is entered. Only the newest lot is within four weeks; the source goes on to the next newest.",
    symbol: "ETH-EUR",
    options: { method: "lifo" },
    entries: [
      { id: "march", buy: "0.5", at: "2023-03-05", price: "1900" },
      { id: "may", buy: "0.5", at: "2023-05-10", price: "1800" },
      { id: "june", buy: "1", at: "2023-06-02", price: "1600" },
      { id: "sale", sell: "1.5", at: "2023-06-06", price: "1600" },
    ],
    sells: [
      {
        id: "sale",
        gain: "-100",
        parts: [
          { buy: "june", quantity: "1" },
          { buy: "may", quantity: "0.5" },
        ],
      },
    ],
    open: [{ id: "march", quantity: "0.5" }],
  },
];
