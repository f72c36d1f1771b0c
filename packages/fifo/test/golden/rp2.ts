import type { GoldenCase, GoldenSource } from "./case.ts";

const GOLDEN: GoldenSource = {
  title: "rp2, expected gains and losses of sheet B2",
  publisher: "rp2 (eprbell/rp2)",
  address: "eprbell/rp2 tests/rp2_test_output.py",
};

const METHODS: GoldenSource = {
  title: "rp2, lot candidates with FIFO",
  publisher: "rp2 (eprbell/rp2)",
  address: "eprbell/rp2 tests/test_accounting_method.py",
};

export const rp2: readonly GoldenCase[] = [
  {
    name: "five disposals over five lots, fees on three purchases and a fee in the coin on the last sale",
    source: GOLDEN,
    entered:
      "Earned coins are entered as purchases at their value, a gift and a donation as sales. rp2 counts the value of the last sale's coin fee (202) as proceeds; " +
      "so the total with that value is entered as gross.",
    symbol: "B2-USD",
    entries: [
      { id: "3", buy: "1", at: "2020-01-01T08:41:00Z", price: "11000", fee: "100" },
      { id: "15", sell: "0.2", at: "2020-01-11T11:15:00Z", price: "11200" },
      { id: "2", buy: "2", at: "2020-02-01T11:18:00Z", price: "12000" },
      { id: "14", sell: "1", at: "2020-02-11T19:58:00Z", price: "12200" },
      { id: "6", buy: "3", at: "2020-03-01T09:45:00Z", price: "13000" },
      { id: "5", buy: "4", at: "2020-04-01T09:45:00Z", price: "14000", fee: "400" },
      { id: "16", sell: "5", at: "2020-04-11T07:10:00Z", price: "14200" },
      { id: "12", sell: "3.79", at: "2020-04-12T17:50:00Z", price: "14300" },
      { id: "4", buy: "5", at: "2020-05-01T14:03:00Z", price: "15000", fee: "500" },
      { id: "13", sell: "2", at: "2021-06-11T05:31:00Z", price: "20200", gross: "40602", fee: "0.01", feeCurrency: "B2" },
    ],
    sells: [
      { id: "15", proceeds: "2240", parts: [{ buy: "3", quantity: "0.2", cost: "2220", gain: "20" }] },
      {
        id: "14",
        proceeds: "12200",
        parts: [
          { buy: "3", quantity: "0.8", cost: "8880", gain: "880" },
          { buy: "2", quantity: "0.2", cost: "2400", gain: "40" },
        ],
      },
      {
        id: "16",
        proceeds: "71000",
        parts: [
          { buy: "2", quantity: "1.8", cost: "21600", gain: "3960" },
          { buy: "6", quantity: "3", cost: "39000", gain: "3600" },
          { buy: "5", quantity: "0.2", cost: "2820", gain: "20" },
        ],
      },
      { id: "12", proceeds: "54197", parts: [{ buy: "5", quantity: "3.79", cost: "53439", gain: "758" }] },
      {
        id: "13",
        proceeds: "40602",
        parts: [
          { buy: "5", quantity: "0.01", cost: "141", gain: "61" },
          { buy: "4", quantity: "2", cost: "30200", gain: "10200" },
        ],
      },
    ],
    open: [{ id: "4", quantity: "3" }],
  },
  {
    name: "amounts that end where lots end",
    source: METHODS,
    entered: "Amounts without time or price are stated; days after the three lots and a price of 0 are entered, and only lots are compared.",
    symbol: "B1-USD",
    entries: [
      { id: "1", buy: "10", at: "2021-01-01", price: "10" },
      { id: "2", buy: "20", at: "2021-01-02", price: "11" },
      { id: "3", buy: "30", at: "2021-01-03", price: "12" },
      { id: "a", sell: "6", at: "2021-02-01" },
      { id: "b", sell: "4", at: "2021-02-02" },
      { id: "c", sell: "2", at: "2021-02-03" },
      { id: "d", sell: "18", at: "2021-02-04" },
      { id: "e", sell: "3", at: "2021-02-05" },
    ],
    sells: [
      { id: "a", parts: [{ buy: "1", quantity: "6" }] },
      { id: "b", parts: [{ buy: "1", quantity: "4" }] },
      { id: "c", parts: [{ buy: "2", quantity: "2" }] },
      { id: "d", parts: [{ buy: "2", quantity: "18" }] },
      { id: "e", parts: [{ buy: "3", quantity: "3" }] },
    ],
    open: [{ id: "3", quantity: "27" }],
  },
  {
    name: "an amount larger than its lot",
    source: METHODS,
    entered: "Amounts without time or price are stated; days after the three lots and a price of 0 are entered, and only lots are compared.",
    symbol: "B1-USD",
    entries: [
      { id: "1", buy: "10", at: "2021-01-01", price: "10" },
      { id: "2", buy: "20", at: "2021-01-02", price: "11" },
      { id: "3", buy: "30", at: "2021-01-03", price: "12" },
      { id: "a", sell: "15", at: "2021-02-01" },
      { id: "b", sell: "10", at: "2021-02-02" },
      { id: "c", sell: "5", at: "2021-02-03" },
    ],
    sells: [
      {
        id: "a",
        parts: [
          { buy: "1", quantity: "10" },
          { buy: "2", quantity: "5" },
        ],
      },
      { id: "b", parts: [{ buy: "2", quantity: "10" }] },
      { id: "c", parts: [{ buy: "2", quantity: "5" }] },
    ],
    open: [{ id: "3", quantity: "30" }],
  },
];
