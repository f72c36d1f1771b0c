import type { GoldenCase, GoldenSource } from "./case.ts";

const IRISH_FINANCIAL: GoldenSource = {
  title: "FIFO rule for calculating profits on shares, Ireland",
  publisher: "Irish Financial",
  address: "https://irishfinancial.ie/fifo-rule-for-calculating-profits-on-shares-ireland/",
};

const CONTA: GoldenSource = {
  title: "Hva er FIFO (what is FIFO)",
  publisher: "Conta, Norway",
  address: "https://conta.no/regnskapsordbok/fifo/",
};

const CRYPTOBOOKS: GoldenSource = {
  title: "Ireland cashout methods",
  publisher: "CryptoBooks",
  address: "https://help.cryptobooks.tax/en/articles/8272452-ireland-cashout-methods",
};

export const nationalGuides: readonly GoldenCase[] = [
  {
    name: "a sale takes the oldest lot whole and one share of the next (Ireland)",
    source: IRISH_FINANCIAL,
    entered: "Months without a day or a year are stated; the first of the month in 2022 is entered. The proceeds are stated as a total.",
    entries: [
      { id: "april", buy: "3", at: "2022-04-01", price: "131" },
      { id: "july", buy: "2", at: "2022-07-01", price: "137" },
      { id: "november", sell: "4", at: "2022-11-01", gross: "716" },
    ],
    sells: [
      {
        id: "november",
        cost: "530",
        proceeds: "716",
        gain: "186",
        parts: [
          { buy: "april", quantity: "3", cost: "393" },
          { buy: "july", quantity: "1", cost: "137" },
        ],
      },
    ],
    open: [{ id: "july", quantity: "1" }],
  },
  {
    name: "a sale that gains on one lot and loses on the next (Norway)",
    source: CONTA,
    entered: "Days without a year are stated; 2022 is entered.",
    entries: [
      { id: "a", buy: "100", at: "2022-01-01", price: "5" },
      { id: "b", buy: "50", at: "2022-02-01", price: "10" },
      { id: "s", sell: "110", at: "2022-02-25", price: "8" },
    ],
    sells: [
      {
        id: "s",
        gain: "280",
        parts: [
          { buy: "a", quantity: "100" },
          { buy: "b", quantity: "10" },
        ],
      },
    ],
    open: [{ id: "b", quantity: "40" }],
  },
  {
    name: "fractions of a coin whose gain is exactly nothing (Ireland)",
    source: CRYPTOBOOKS,
    entered: "Days without a year are stated; 2023 is entered.",
    symbol: "ETH-EUR",
    entries: [
      { id: "a", buy: "0.5", at: "2023-02-01", price: "2000" },
      { id: "b", buy: "1", at: "2023-04-07", price: "1600" },
      { id: "s", sell: "1", at: "2023-06-03", price: "1800" },
    ],
    sells: [
      {
        id: "s",
        gain: "0",
        parts: [
          { buy: "a", quantity: "0.5" },
          { buy: "b", quantity: "0.5" },
        ],
      },
    ],
    open: [{ id: "b", quantity: "0.5" }],
  },
];
