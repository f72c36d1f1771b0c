// What the properties draw beside plain books: splits, transfers and every lot order, short rule and money scale.
import fc from "fast-check";
import type { FifoOptions, LedgerInput } from "../src/index.ts";
import { anyBook, anyOptions, amount, text, tradeId } from "./arbitraries.ts";
import { minuteAt } from "./book.ts";

const split: fc.Arbitrary<LedgerInput> = fc.record({
  type: fc.constant("split" as const),
  id: tradeId,
  symbol: fc.constantFrom("AAA-USD", "BBB/EUR"),
  ratio: fc.constantFrom("2:1", "3:2", "1:2", "1:10", "5:4", "1:3"),
  executedAt: fc.nat({ max: 12 }).map(minuteAt),
});

const transfer: fc.Arbitrary<LedgerInput> = fc
  .record({
    type: fc.constant("transfer" as const),
    id: tradeId,
    symbol: fc.constantFrom("AAA-USD", "BBB/EUR"),
    accounts: fc.constantFrom(["", "spot"], ["spot", "vault"], ["vault", ""]),
    quantity: amount(1n, 99n, 1).map(text),
    fee: fc.option(amount(1n, 99n, 3).map(text)),
    executedAt: fc.nat({ max: 12 }).map(minuteAt),
  })
  .map(({ accounts: [from = "", to = ""], ...rest }) => ({ ...rest, from, to }));

/** A book in no order with splits and transfers in it; ids are unique. */
export const anyLedger: fc.Arbitrary<readonly LedgerInput[]> = fc
  .tuple(anyBook(30), fc.array(fc.oneof(split, transfer), { maxLength: 6 }))
  .map(([trades, events]) => [...new Map([...trades, ...events].map((entry) => [entry.id, entry])).values()]);

/** Every rule there is; named lots are drawn from the book's own buys. */
export function anyRules(entries: readonly LedgerInput[]): fc.Arbitrary<FifoOptions> {
  const buys = entries.flatMap((entry) => ("side" in entry && entry.side === "buy" ? [entry.id] : []));
  const sells = entries.flatMap((entry) => ("side" in entry && entry.side === "sell" ? [entry.id] : []));
  const named = fc.record(Object.fromEntries(sells.map((id) => [id, fc.subarray(buys)])));
  return fc
    .tuple(anyOptions, extra, named)
    .map(([options, rules, lots]) => ({ ...options, ...rules, ...(rules.method === "specific" ? { lots } : {}) }));
}

const extra: fc.Arbitrary<FifoOptions> = fc.record(
  {
    method: fc.constantFrom("fifo" as const, "lifo" as const, "hifo" as const, "lofo" as const, "specific" as const),
    shorts: fc.constantFrom("refuse" as const, "open" as const),
    money: fc.record({ scale: fc.constantFrom(0, 2, 8), rounding: fc.constantFrom("half-even" as const, "half-up" as const) }),
  },
  { requiredKeys: [] },
);
