import type { GoldenCase, GoldenSource, GoldenTrade } from "./case.ts";

const FIFO: GoldenSource = {
  title: "go-stock, FIFO cases",
  publisher: "ritonglue/go-stock",
  address: "ritonglue/go-stock src/test/java/io/github/ritonglue/gostock/StockManagerFIFOTest.java",
};

const EXCESS: GoldenSource = {
  title: "go-stock, cases that sell more than was bought",
  publisher: "ritonglue/go-stock",
  address: "ritonglue/go-stock src/test/java/io/github/ritonglue/gostock/SoldExcessFIFOTest.java",
};

const FREE: GoldenSource = {
  title: "go-stock, cases of free stock",
  publisher: "ritonglue/go-stock",
  address: "ritonglue/go-stock src/test/java/io/github/ritonglue/gostock/FreeStockFIFOTest.java",
};

const ENTERED = "Totals to the cent, no times and no sale prices are stated; days in the order of the list and a price of 0 are entered.";

// The list that the source lengthens trade by trade: each case takes a beginning of it.
const LIST: readonly GoldenTrade[] = [
  { id: "a", buy: "3", at: "2020-01-01", gross: "100" },
  { id: "b", buy: "4", at: "2020-01-02", gross: "5.17" },
  { id: "c", sell: "4", at: "2020-01-03" },
  { id: "d", buy: "7", at: "2020-01-04", gross: "200" },
];

export const goStock: readonly GoldenCase[] = [
  {
    name: "one lot stays whole",
    source: FIFO,
    entered: ENTERED,
    places: 2,
    entries: [{ id: "a", buy: "3", at: "2020-01-01", gross: "100.00" }],
    sells: [],
    open: [{ id: "a", quantity: "3", cost: "100.00" }],
  },
  {
    name: "one lot is sold whole",
    source: FIFO,
    entered: ENTERED,
    places: 2,
    entries: [
      { id: "a", buy: "3", at: "2020-01-01", gross: "100.00" },
      { id: "b", sell: "3", at: "2020-01-02" },
    ],
    sells: [{ id: "b", parts: [{ buy: "a", quantity: "3", cost: "100.00" }] }],
    open: [],
  },
  {
    name: "two thirds of a lot of 100.00",
    source: FIFO,
    entered: ENTERED,
    places: 2,
    entries: [
      { id: "a", buy: "3", at: "2020-01-01", gross: "100.00" },
      { id: "b", sell: "2", at: "2020-01-02" },
    ],
    sells: [{ id: "b", parts: [{ buy: "a", quantity: "2", cost: "66.67" }] }],
    open: [{ id: "a", quantity: "1", cost: "33.33" }],
  },
  {
    name: "two thirds and then the last third of a lot of 100.00",
    source: FIFO,
    entered: ENTERED,
    places: 2,
    entries: [
      { id: "a", buy: "3", at: "2020-01-01", gross: "100.00" },
      { id: "b", sell: "2", at: "2020-01-02" },
      { id: "c", sell: "1", at: "2020-01-03" },
    ],
    sells: [
      { id: "b", parts: [{ buy: "a", quantity: "2", cost: "66.67" }] },
      { id: "c", parts: [{ buy: "a", quantity: "1", cost: "33.33" }] },
    ],
    open: [],
  },
  {
    name: "a sale over a lot and a quarter of the next, whose total does not divide",
    source: FIFO,
    entered: ENTERED,
    places: 2,
    entries: LIST.slice(0, 3),
    sells: [
      {
        id: "c",
        parts: [
          { buy: "a", quantity: "3", cost: "100" },
          { buy: "b", quantity: "1", cost: "1.29" },
        ],
      },
    ],
    open: [{ id: "b", quantity: "3", cost: "3.88" }],
  },
  {
    name: "the rest of a lot goes before a newer lot",
    source: FIFO,
    entered: ENTERED,
    places: 2,
    entries: [...LIST, { id: "e", sell: "3", at: "2020-01-05" }],
    sells: [
      {
        id: "c",
        parts: [
          { buy: "a", quantity: "3", cost: "100" },
          { buy: "b", quantity: "1", cost: "1.29" },
        ],
      },
      { id: "e", parts: [{ buy: "b", quantity: "3", cost: "3.88" }] },
    ],
    open: [{ id: "d", quantity: "7", cost: "200" }],
  },
  {
    name: "two open lots after two sales",
    source: FIFO,
    entered: ENTERED,
    places: 2,
    entries: [...LIST, { id: "e", sell: "9", at: "2020-01-05" }, { id: "f", buy: "2", at: "2020-01-06", gross: "33.33" }],
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
          { buy: "b", quantity: "3", cost: "3.88" },
          { buy: "d", quantity: "6", cost: "171.43" },
        ],
      },
    ],
    open: [
      { id: "d", quantity: "1", cost: "28.57" },
      { id: "f", quantity: "2", cost: "33.33" },
    ],
  },
  {
    name: "a third sale empties the rest",
    source: FIFO,
    entered: ENTERED,
    places: 2,
    entries: [
      ...LIST,
      { id: "e", sell: "9", at: "2020-01-05" },
      { id: "f", buy: "2", at: "2020-01-06", gross: "33.33" },
      { id: "g", sell: "3", at: "2020-01-07" },
    ],
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
          { buy: "b", quantity: "3", cost: "3.88" },
          { buy: "d", quantity: "6", cost: "171.43" },
        ],
      },
      {
        id: "g",
        parts: [
          { buy: "d", quantity: "1", cost: "28.57" },
          { buy: "f", quantity: "2", cost: "33.33" },
        ],
      },
    ],
    open: [],
  },
  {
    name: "a sale of what was never bought is an orphan",
    source: EXCESS,
    entered: ENTERED,
    entries: [{ id: "b", sell: "3", at: "2020-01-01" }],
    sells: [{ id: "b", parts: [{ buy: null, quantity: "3" }] }],
    open: [],
  },
  {
    name: "a sale of four where three were bought leaves an orphan of one",
    source: EXCESS,
    entered: ENTERED,
    entries: [
      { id: "a", buy: "3", at: "2020-01-01", gross: "100.00" },
      { id: "b", sell: "4", at: "2020-01-02" },
    ],
    sells: [
      {
        id: "b",
        parts: [
          { buy: "a", quantity: "3", cost: "100.00" },
          { buy: null, quantity: "1" },
        ],
      },
    ],
    open: [],
  },
  {
    name: "a later purchase never covers the orphan",
    source: EXCESS,
    entered: ENTERED,
    entries: [
      { id: "a", buy: "3", at: "2020-01-01", gross: "100.00" },
      { id: "b", sell: "4", at: "2020-01-02" },
      { id: "c", buy: "7", at: "2020-01-03", gross: "13" },
    ],
    sells: [
      {
        id: "b",
        parts: [
          { buy: "a", quantity: "3", cost: "100.00" },
          { buy: null, quantity: "1" },
        ],
      },
    ],
    open: [{ id: "c", quantity: "7", cost: "13" }],
  },
  {
    name: "each excess is an orphan of its own",
    source: EXCESS,
    entered: ENTERED,
    entries: [
      { id: "a", buy: "3", at: "2020-01-01", gross: "100.00" },
      { id: "b", sell: "4", at: "2020-01-02" },
      { id: "c", buy: "7", at: "2020-01-03", gross: "13" },
      { id: "d", sell: "8", at: "2020-01-04" },
    ],
    sells: [
      {
        id: "b",
        parts: [
          { buy: "a", quantity: "3", cost: "100.00" },
          { buy: null, quantity: "1" },
        ],
      },
      {
        id: "d",
        parts: [
          { buy: "c", quantity: "7", cost: "13" },
          { buy: null, quantity: "1" },
        ],
      },
    ],
    open: [],
  },
  {
    name: "a free lot is a lot that costs nothing",
    source: FREE,
    entered: ENTERED,
    entries: [
      { id: "a", buy: "3", at: "2020-01-01", gross: "0" },
      { id: "b", sell: "2", at: "2020-01-02" },
    ],
    sells: [{ id: "b", parts: [{ buy: "a", quantity: "2", cost: "0" }] }],
    open: [{ id: "a", quantity: "1", cost: "0" }],
  },
];
