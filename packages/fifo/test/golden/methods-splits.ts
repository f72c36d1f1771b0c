import type { GoldenCase, GoldenSource } from "./case.ts";

const IRS: GoldenSource = {
  title: "Frequently asked questions: stocks (options, splits, traders)",
  publisher: "Internal Revenue Service, United States",
  address:
    "https://www.irs.gov/help-resources/tools-faqs/faqs-for-individuals/frequently-asked-tax-questions-answers/capital-gains-losses-and-sale-of-home/stocks-options-splits-traders/stocks-options-splits-traders",
};
const REALIZED: GoldenSource = {
  title: "Cost basis after a stock split",
  publisher: "Realized blog",
  address: "http://blog.realized-app.com/basics/2012/08/08/cost-basis-stock-split.html",
};
const FOOL: GoldenSource = {
  title: "Re: Stock split (Tax Strategies board, 19 January 1999)",
  publisher: "The Motley Fool",
  address: "http://boards.fool.com/MessagePrint.aspx?mid=10533200",
};
const THE_NEST: GoldenSource = {
  title: "How to calculate basis for stocks when the stock splits and you only sell partial shares",
  publisher: "The Nest",
  address: "http://budgeting.thenest.com/calculate-basis-stocks-stock-splits-only-sell-partial-shares-28858.html",
};
const PASTEBIN: GoldenSource = {
  title: "Beancount stock split (alensiljak, 3 May 2019)",
  publisher: "Pastebin",
  address: "https://pastebin.com/hSG5ErNj",
};
const DRIVE_WEALTH: GoldenSource = {
  title: "API reference: stock split",
  publisher: "DriveWealth",
  address: "https://developer.drivewealth.com/apis/v1.76.0/reference/stock-splits",
};

export const splitCases: readonly GoldenCase[] = [
  {
    name: "two for one, lot by lot",
    source: IRS,
    entered: "No days are stated; three days of 2020 are entered.",
    symbol: "XYZ",
    entries: [
      { id: "first", buy: "100", at: "2020-01-01", price: "10" },
      { id: "second", buy: "100", at: "2020-02-01", price: "12" },
      { type: "split", id: "split", at: "2020-03-01", ratio: "2:1" },
    ],
    sells: [],
    open: [
      { id: "first", quantity: "200", cost: "1000" },
      { id: "second", quantity: "200", cost: "1200" },
    ],
  },
  {
    name: "a sale before and a sale after two for one",
    source: REALIZED,
    entered: "The split's day and the year of the last sale are stated; the other days are entered.",
    symbol: "WFMI",
    entries: [
      { id: "bought", buy: "300", at: "2005-01-01", price: "60" },
      { id: "before", sell: "100", at: "2005-06-01", price: "75" },
      { type: "split", id: "split", at: "2005-12-28", ratio: "2:1" },
      { id: "after", sell: "200", at: "2008-01-01", price: "20" },
    ],
    sells: [
      { id: "before", parts: [{ buy: "bought", quantity: "100" }] },
      { id: "after", cost: "6000", proceeds: "4000", gain: "-2000", parts: [{ buy: "bought", quantity: "200" }] },
    ],
    open: [{ id: "bought", quantity: "200" }],
  },
  {
    name: "two splits quarter the cost of a share, its commission included",
    source: FOOL,
    entered: "30 shares become 120 by two splits; two of two for one and days are entered, and no price of the sale.",
    entries: [
      { id: "bought", buy: "30", at: "1998-01-01", price: "50", fee: "20" },
      { type: "split", id: "split-1", at: "1998-02-01", ratio: "2:1" },
      { type: "split", id: "split-2", at: "1998-03-01", ratio: "2:1" },
      { id: "sold", sell: "30", at: "1998-04-01" },
    ],
    sells: [{ id: "sold", cost: "380", parts: [{ buy: "bought", quantity: "30" }] }],
    open: [{ id: "bought", quantity: "90", cost: "1140" }],
  },
  {
    name: "three for two leaves half a share, whose basis is a rounded 6.97",
    source: THE_NEST,
    entered: "No days and no price of the half share are stated; days and 0 are entered.",
    places: 2,
    entries: [
      { id: "bought", buy: "55", at: "2020-01-01", price: "20", fee: "50" },
      { type: "split", id: "split", at: "2020-02-01", ratio: "3:2" },
      { id: "half", sell: "0.5", at: "2020-02-02" },
    ],
    sells: [{ id: "half", cost: "6.97", parts: [{ buy: "bought", quantity: "0.5" }] }],
    open: [{ id: "bought", quantity: "82" }],
  },
  {
    name: "one becomes two in a ledger, for each of two lots",
    source: PASTEBIN,
    entered: "The source writes the new lots as 20 at 10 and 40 at 12.5.",
    symbol: "ETF",
    entries: [
      { id: "2017-05-01", buy: "10", at: "2017-05-01", price: "20" },
      { id: "2017-07-01", buy: "20", at: "2017-07-01", price: "25" },
      { type: "split", id: "split", at: "2017-09-01", ratio: "2:1" },
    ],
    sells: [],
    open: [
      { id: "2017-05-01", quantity: "20", cost: "200" },
      { id: "2017-07-01", quantity: "40", cost: "500" },
    ],
  },
  {
    name: "a fraction of a share doubles and keeps its cost",
    source: DRIVE_WEALTH,
    entered: "The day of the purchase is entered; the split is of 22 May 2025.",
    symbol: "FAST",
    entries: [
      { id: "bought", buy: "0.02486828", at: "2025-01-01", gross: "1.18" },
      { type: "split", id: "split", at: "2025-05-22", ratio: "2:1" },
    ],
    sells: [],
    open: [{ id: "bought", quantity: "0.04973656", cost: "1.18" }],
  },
];
