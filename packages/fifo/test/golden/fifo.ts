// Every case of plain FIFO.
import { brokers } from "./brokers.ts";
import type { GoldenCase } from "./case.ts";
import { coinTaxman } from "./coin-taxman.ts";
import { cryptoHelp } from "./crypto-help.ts";
import { goStock } from "./go-stock.ts";
import { hodlTotals } from "./hodl-totals.ts";
import { lean } from "./lean.ts";
import { libraries } from "./libraries.ts";
import { nationalGuides } from "./national-guides.ts";
import { plainTextLedgers } from "./plain-text-ledgers.ts";
import { portfolioPerformance } from "./portfolio-performance.ts";
import { rp2 } from "./rp2.ts";
import { taxOffices } from "./tax-offices.ts";
import { textbooks } from "./textbooks.ts";

export const fifoCases: readonly GoldenCase[] = [
  ...taxOffices,
  ...nationalGuides,
  ...textbooks,
  ...brokers,
  ...cryptoHelp,
  ...libraries,
  ...plainTextLedgers,
  ...hodlTotals,
  ...goStock,
  ...portfolioPerformance,
  ...rp2,
  ...lean,
  ...coinTaxman,
];
