// What the properties draw: books with equal instants, every kind of fee and total, and quantities of 0 to 18 places in one symbol.
import fc from "fast-check";
import type { FifoOptions, TradeInput } from "../src/index.ts";
import { minuteAt } from "./book.ts";
import { plainText } from "./exact-text.ts";

/** How often a property runs. `TD_DEPTH=soak` asks for the second number. */
export function depth(test: number, soak: number): { readonly numRuns: number } {
  return { numRuns: isSoak ? soak : test };
}

/** Whether this run may take its time. */
export const isSoak = process.env["TD_DEPTH"] === "soak";

/** An exact amount, `units / 10^scale`. */
export interface Amount {
  readonly units: bigint;
  readonly scale: number;
}

/** An amount of at most `places` places and units from `min` to `max`. */
export function amount(min: bigint, max: bigint, places: number): fc.Arbitrary<Amount> {
  return fc.record({ units: fc.bigInt({ min, max }), scale: fc.integer({ min: 0, max: places }) });
}

/** Mostly small and easily matched; now and then at the edge of what a double holds, and beyond it. */
export function anyAmount(min: bigint): fc.Arbitrary<Amount> {
  return fc.oneof(
    { weight: 8, arbitrary: amount(min, 99n, 1) },
    { weight: 4, arbitrary: amount(min, 10n ** 8n, 8) },
    { weight: 2, arbitrary: amount(min, 10n ** 20n, 18) },
    { weight: 1, arbitrary: amount(2n ** 53n - 9n, 2n ** 53n + 9n, 18) },
  );
}

/** Digits (some with leading zeros, some beyond 2^53), words and arbitrary text. */
export const tradeId: fc.Arbitrary<string> = fc.oneof(
  fc.bigInt({ min: 0n, max: 10n ** 20n }).map(String),
  fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 99 })).map(([zeros, n]) => "0".repeat(zeros) + String(n)),
  fc.nat({ max: 999 }).map((n) => `t${n}`),
  fc.string({ minLength: 1, maxLength: 4, unit: "binary" }),
);

type Side = "buy" | "sell";
type FeeKind = "none" | "quote" | "named-quote" | "base" | "third";

interface Sketch {
  readonly id: string;
  readonly symbol: string;
  readonly account: string;
  readonly side: Side;
  readonly quantity: Amount;
  readonly price: Amount;
  readonly gross: "none" | "product" | Amount;
  readonly feeKind: FeeKind;
  readonly fee: Amount;
  /** A fee in the base asset, in thousandths of the quantity. */
  readonly permille: number;
  readonly minute: number;
  readonly sequence: number | null;
}

const sketch: fc.Arbitrary<Sketch> = fc.record({
  id: tradeId,
  symbol: fc.constantFrom("AAA-USD", "AAA-USD", "AAA-USD", "AAA-USD", "BBB/EUR", "CCC"),
  account: fc.constantFrom("", "spot", "vault"),
  side: fc.constantFrom<Side>("buy", "sell"),
  quantity: anyAmount(1n),
  price: anyAmount(0n),
  gross: fc.oneof({ weight: 4, arbitrary: fc.constantFrom("none" as const, "product" as const) }, { weight: 1, arbitrary: anyAmount(0n) }),
  feeKind: fc.constantFrom<FeeKind>("none", "quote", "named-quote", "base", "third"),
  fee: fc.oneof(anyAmount(0n), amount(-99n, 0n, 2)),
  permille: fc.integer({ min: -500, max: 500 }),
  minute: fc.nat({ max: 12 }),
  sequence: fc.oneof({ weight: 2, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat({ max: 3 }) }),
});

/** The plain text of an amount. */
export const text = ({ units, scale }: Amount): string => plainText(units, scale);

function tradeOf(from: Sketch): TradeInput {
  const { id, symbol, account, side, sequence } = from;
  const known = { id, symbol, account, side, quantity: text(from.quantity), price: text(from.price), executedAt: minuteAt(from.minute) };
  return { ...known, ...(sequence === null ? {} : { sequence }), ...grossOf(from), ...feeOf(from) };
}

function grossOf({ gross, quantity, price }: Sketch): Pick<TradeInput, "gross"> {
  if (gross === "none") return {};
  return { gross: gross === "product" ? plainText(quantity.units * price.units, quantity.scale + price.scale) : text(gross) };
}

function feeOf({ symbol, feeKind, fee, permille, quantity }: Sketch): Partial<TradeInput> {
  const [base, quote] = symbol.split(/[-/]/);
  if (feeKind === "none") return {};
  if (feeKind === "third" || base === undefined || quote === undefined) return { fee: "1", feeCurrency: "BNB", feeInQuote: text(fee) };
  if (feeKind === "base") return { fee: plainText(quantity.units * BigInt(permille), quantity.scale + 3), feeCurrency: base };
  return { fee: text(fee), ...(feeKind === "named-quote" ? { feeCurrency: quote } : {}) };
}

/** A book in no order, with every kind of trade; ids are unique. */
export function anyBook(maxLength = 40): fc.Arbitrary<readonly TradeInput[]> {
  return fc.uniqueArray(sketch, { selector: ({ id }) => id, maxLength, size: "max" }).map((sketches) => sketches.map(tradeOf));
}

/** A book and the same trades in another order. */
export const shuffledBook: fc.Arbitrary<readonly [readonly TradeInput[], readonly TradeInput[]]> = anyBook().chain((trades) =>
  fc.tuple(fc.constant(trades), fc.shuffledSubarray([...trades], { minLength: trades.length, maxLength: trades.length })),
);

/** Every option, each one left out now and then. */
export const anyOptions: fc.Arbitrary<FifoOptions> = fc.record(
  {
    scope: fc.constantFrom("symbol" as const, "account" as const),
    fees: fc.constantFrom("included" as const, "excluded" as const),
    dust: fc.constantFrom<NonNullable<FifoOptions["dust"]>>("0", "0.5", "1e-8", "20", { "AAA-USD": "3", CCC: "0.1" }),
  },
  { requiredKeys: [] },
);
