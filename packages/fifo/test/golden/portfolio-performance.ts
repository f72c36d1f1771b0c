import type { GoldenCase, GoldenSource } from "./case.ts";

const COST: GoldenSource = {
  title: "Portfolio Performance, cost calculation cases",
  publisher: "Portfolio Performance",
  address:
    "portfolio-performance/portfolio name.abuchen.portfolio.tests/src/name/abuchen/portfolio/snapshot/security/CostCalculationTest.java",
};

const GAINS: GoldenSource = {
  title: "Portfolio Performance, capital gains cases",
  publisher: "Portfolio Performance",
  address:
    "portfolio-performance/portfolio name.abuchen.portfolio.tests/src/name/abuchen/portfolio/snapshot/security/CapitalGainsCalculationTest.java",
};

export const portfolioPerformance: readonly GoldenCase[] = [
  {
    name: "totals whose unit price does not end: 15 of 109 shares for 3149.20, two later purchases on one day",
    source: COST,
    entered: "The gain of 98.12 is stated by the capital gains cases of the same project for the same trades.",
    places: 2,
    entries: [
      { id: "1", buy: "109", at: "2010-01-01", gross: "3149.20" },
      { id: "2", sell: "15", at: "2010-02-01", gross: "531.50" },
      { id: "3", buy: "52", at: "2010-03-01", gross: "1684.92" },
      { id: "4", buy: "32", at: "2010-03-01", gross: "959.30" },
    ],
    sells: [{ id: "2", proceeds: "531.50", gain: "98.12", parts: [{ buy: "1", quantity: "15" }] }],
    open: [
      { id: "1", quantity: "94" },
      { id: "3", quantity: "52", cost: "1684.92" },
      { id: "4", quantity: "32", cost: "959.30" },
    ],
    totals: { openCost: "5360.04" },
  },
  {
    name: "the same sale after the second purchase costs the same",
    source: COST,
    entered: "The gain of 98.12 is stated by the capital gains cases of the same project for the same trades.",
    places: 2,
    entries: [
      { id: "1", buy: "109", at: "2010-01-01", gross: "3149.20" },
      { id: "2", buy: "52", at: "2010-02-01", gross: "1684.92" },
      { id: "3", sell: "15", at: "2010-03-01", gross: "531.50" },
    ],
    sells: [{ id: "3", gain: "98.12", parts: [{ buy: "1", quantity: "15" }] }],
    open: [
      { id: "1", quantity: "94" },
      { id: "2", quantity: "52", cost: "1684.92" },
    ],
    totals: { openCost: "4400.74" },
  },
  {
    name: "ten shares for one cent, sold as three, three and four, leave nothing behind",
    source: COST,
    entered: "The two sales of one day have no time; their ids give the order.",
    entries: [
      { id: "1", buy: "10", at: "2010-01-01", gross: "0.01" },
      { id: "2", sell: "3", at: "2010-02-01", gross: "0.01" },
      { id: "3", sell: "3", at: "2010-03-01", gross: "0.01" },
      { id: "4", sell: "4", at: "2010-03-01", gross: "0.01" },
    ],
    sells: [
      { id: "2", proceeds: "0.01", parts: [{ buy: "1", quantity: "3" }] },
      { id: "3", proceeds: "0.01", parts: [{ buy: "1", quantity: "3" }] },
      { id: "4", proceeds: "0.01", parts: [{ buy: "1", quantity: "4" }] },
    ],
    open: [],
    totals: { cost: "0.01", openCost: "0" },
  },
  {
    name: "a holding that goes to nothing, twice",
    source: COST,
    entered: "Nothing; the costs of the sales follow from the purchases.",
    entries: [
      { id: "1", buy: "100", at: "2010-01-01", gross: "3149.20" },
      { id: "2", sell: "100", at: "2010-02-01", gross: "531.50" },
      { id: "3", buy: "50", at: "2010-03-01", gross: "1684.92" },
      { id: "4", sell: "50", at: "2010-04-01", gross: "531.50" },
    ],
    sells: [
      { id: "2", cost: "3149.20", proceeds: "531.50", parts: [{ buy: "1", quantity: "100" }] },
      { id: "4", cost: "1684.92", proceeds: "531.50", parts: [{ buy: "3", quantity: "50" }] },
    ],
    open: [],
    totals: { openCost: "0" },
  },
  {
    name: "shares delivered in at a value, sold from the first delivery",
    source: GAINS,
    entered: "Deliveries in and out are entered as purchases and a sale at their value in euro.",
    entries: [
      { id: "1", buy: "100", at: "2024-01-01", gross: "4500" },
      { id: "2", buy: "50", at: "2024-02-01", gross: "2550" },
      { id: "3", sell: "50", at: "2024-03-01", gross: "3080" },
    ],
    sells: [{ id: "3", cost: "2250", proceeds: "3080", gain: "830", parts: [{ buy: "1", quantity: "50" }] }],
    open: [
      { id: "1", quantity: "50" },
      { id: "2", quantity: "50" },
    ],
  },
];
