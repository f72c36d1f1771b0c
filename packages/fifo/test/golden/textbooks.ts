import type { GoldenCase, GoldenSource } from "./case.ts";

const GUERDA: GoldenSource = {
  title: "What is Guerda's gain or loss on the sale of the stock? (taxation textbook problem with its solution)",
  publisher: "Smart Study Help",
  address: "http://smartstudyhelp.com/question-answer/questions/question/what-is-guerdas-gain-or-loss-on-the-sale-of-the-stock",
};

const PERPETUAL: GoldenSource = {
  title: "Exercise 6-7: perpetual inventory, FIFO (financial accounting homework with its solution)",
  publisher: "Course Hero",
  address: "https://www.coursehero.com/file/11589732/Chap6-Hmk-Ex6-7/",
};

const QUEUE_EXERCISE: GoldenSource = {
  title: "Capital gain by the FIFO protocol (data structures textbook exercise)",
  publisher: "Transtutors",
  address: "https://www.transtutors.com/questions/when-a-share-of-common-stock-of-some-company-is-sold-the-capital-gain-or-sometimes-l-7870402.htm",
};

const SOLOMON: GoldenSource = {
  title: "4.3.1. Calculating capital gains and losses",
  publisher: "Solomon Exam Prep",
  address: "https://solomonexamprep.com/content-txt/47660/36/4-3-1-calculating-capital-gains-and-losses",
};

const JUNE_INVENTORY: GoldenSource = {
  title: "Ending inventory and cost of goods sold under FIFO and LIFO, June (worked answer)",
  publisher: "Question-and-answer archive on a University of Nairobi site",
  address: "https://indextestingapp.uonbi.ac.ke/preguntia/13686044",
};

export const textbooks: readonly GoldenCase[] = [
  {
    name: "commissions on five purchases and on the sale: in the cost of the lots, off the amount realised",
    source: GUERDA,
    entered: "The prices paid are stated as totals, the commissions beside them. The day of the sale is not stated; 15 January 2007 is entered.",
    entries: [
      { id: "2005-01-18", buy: "200", at: "2005-01-18", gross: "1600", fee: "200" },
      { id: "2005-05-12", buy: "100", at: "2005-05-12", gross: "1100", fee: "100" },
      { id: "2005-09-11", buy: "300", at: "2005-09-11", gross: "3000", fee: "300" },
      { id: "2006-02-15", buy: "400", at: "2006-02-15", gross: "5500", fee: "500" },
      { id: "2006-12-31", buy: "500", at: "2006-12-31", gross: "2700", fee: "300" },
      { id: "sale", sell: "500", at: "2007-01-15", price: "15", fee: "300" },
    ],
    sells: [
      {
        id: "sale",
        cost: "5200",
        proceeds: "7200",
        gain: "2000",
        parts: [
          { buy: "2005-01-18", quantity: "200", cost: "1800" },
          { buy: "2005-05-12", quantity: "100", cost: "1200" },
          { buy: "2005-09-11", quantity: "200", cost: "2200" },
        ],
      },
    ],
    open: [
      { id: "2005-09-11", quantity: "100" },
      { id: "2006-02-15", quantity: "400", cost: "6000" },
      { id: "2006-12-31", quantity: "500", cost: "3000" },
    ],
  },
  {
    name: "sales between purchases: cost of goods sold, gross margin and ending inventory of a year",
    source: PERPETUAL,
    entered: "Days without a year are stated; 2017 is entered. The parts of each sale follow from the stated sums.",
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
      { id: "jan-10", proceeds: "6000", parts: [{ buy: "jan-1", quantity: "150" }] },
      {
        id: "mar-15",
        proceeds: "12000",
        parts: [
          { buy: "jan-1", quantity: "50" },
          { buy: "mar-14", quantity: "250" },
        ],
      },
      {
        id: "oct-5",
        parts: [
          { buy: "mar-14", quantity: "100" },
          { buy: "jul-30", quantity: "330", cost: "6600" },
        ],
      },
    ],
    open: [
      { id: "jul-30", quantity: "120", cost: "2400" },
      { id: "oct-26", quantity: "100", cost: "2500" },
    ],
    totals: { cost: "13850", proceeds: "35200", gain: "21350" },
  },
  {
    name: "one sale over three lots, the last at a loss",
    source: QUEUE_EXERCISE,
    entered: "Days 1 to 4 are stated; the first four days of 2021 are entered.",
    entries: [
      { id: "day-1", buy: "100", at: "2021-01-01", price: "20" },
      { id: "day-2", buy: "20", at: "2021-01-02", price: "24" },
      { id: "day-3", buy: "200", at: "2021-01-03", price: "36" },
      { id: "day-4", sell: "150", at: "2021-01-04", price: "30" },
    ],
    sells: [
      {
        id: "day-4",
        gain: "940",
        parts: [
          { buy: "day-1", quantity: "100", gain: "1000" },
          { buy: "day-2", quantity: "20", gain: "120" },
          { buy: "day-3", quantity: "30", gain: "-180" },
        ],
      },
    ],
    open: [{ id: "day-3", quantity: "170" }],
  },
  {
    name: "a commission each way",
    source: SOLOMON,
    entered: "No days are stated; two days of 2020 are entered.",
    entries: [
      { id: "bought", buy: "100", at: "2020-01-01", price: "20", fee: "40" },
      { id: "sold", sell: "100", at: "2020-02-01", price: "25", fee: "40" },
    ],
    sells: [{ id: "sold", cost: "2040", proceeds: "2460", gain: "420", parts: [{ buy: "bought", quantity: "100" }] }],
    open: [],
  },
  {
    name: "three purchases and three sales of a month in turn",
    source: JUNE_INVENTORY,
    entered: "Days of June without a year are stated; 2020 is entered.",
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
      {
        id: "june-15",
        parts: [
          { buy: "june-1", quantity: "99" },
          { buy: "june-11", quantity: "405" },
        ],
      },
      { id: "june-27", parts: [{ buy: "june-11", quantity: "295" }] },
    ],
    open: [
      { id: "june-11", quantity: "104", cost: "1560" },
      { id: "june-20", quantity: "498", cost: "7968" },
    ],
    totals: { cost: "14452", openCost: "9528", openQuantity: "602" },
  },
];
