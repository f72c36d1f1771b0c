import type { GoldenCase, GoldenSource } from "./case.ts";

const DUST: GoldenSource = {
  title: "CoinTaxman, balance queue and dust",
  publisher: "provinzio/CoinTaxman",
  address: "provinzio/CoinTaxman tests/test_balance_queue_dust.py",
};

const ENTERED = "One instant, a deposit before the sell and no prices are stated; the deposit is entered as a purchase for 0.";

export const coinTaxman: readonly GoldenCase[] = [
  {
    name: "a rest of 0.00000099 below the tolerance is dust",
    source: DUST,
    entered: ENTERED,
    symbol: "BTC-EUR",
    options: { dust: "0.000001" },
    entries: [
      { id: "deposit", buy: "1", at: "2024-01-01T12:00:00Z" },
      { id: "sell", sell: "1.00000099", at: "2024-01-01T12:00:00Z" },
    ],
    sells: [
      {
        id: "sell",
        parts: [
          { buy: "deposit", quantity: "1" },
          { buy: null, quantity: "0.00000099", kind: "dust" },
        ],
      },
    ],
    open: [],
  },
  {
    name: "a rest of 0.00001 above the tolerance is not",
    source: DUST,
    entered: `${ENTERED} The source refuses the sell; td matches what the lot holds and reports the rest as unmatched.`,
    symbol: "BTC-EUR",
    options: { dust: "0.000001" },
    entries: [
      { id: "deposit", buy: "1", at: "2024-01-01T12:00:00Z" },
      { id: "sell", sell: "1.00001", at: "2024-01-01T12:00:00Z" },
    ],
    sells: [
      {
        id: "sell",
        parts: [
          { buy: "deposit", quantity: "1" },
          { buy: null, quantity: "0.00001" },
        ],
      },
    ],
    open: [],
  },
];
