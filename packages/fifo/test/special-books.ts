// Books made for one law each: every amount in them is chosen so that the law holds to the last digit.
import { Decimal } from "decimal.js";
import fc from "fast-check";
import type { TradeInput } from "../src/index.ts";
import { amount, anyAmount, text, type Amount } from "./arbitraries.ts";
import { minuteAt } from "./book.ts";
import { plainText, shortText, unitsOf } from "./exact-text.ts";

const side = fc.constantFrom("buy" as const, "sell" as const);
const small = (min: bigint, places: number): fc.Arbitrary<Amount> => amount(min, 999n, places);
const times = ({ units, scale }: Amount, factor: bigint | number): string => plainText(units * BigInt(factor), scale);

/** A book, and the same book in which some fills are two that follow each other. */
export interface SplitBook {
  readonly whole: readonly TradeInput[];
  readonly parts: readonly TradeInput[];
}

/** The id of the fill that a part was cut from. */
export const originOf = (id: string): string => id.replace("+", "");

const piled = fc.record({
  side,
  quantity: small(1n, 3),
  price: small(0n, 3),
  fee: small(-99n, 6),
  feeKind: fc.constantFrom("none" as const, "quote" as const, "base" as const, "third" as const),
  gross: fc.option(small(0n, 6)),
  pieces: fc.integer({ min: 1, max: 6 }),
  first: fc.nat({ max: 6 }),
  minute: fc.nat({ max: 5 }),
});

type Piled = typeof piled extends fc.Arbitrary<infer T> ? T : never;

/** `count` of the pieces that make up a fill. */
function pileOf(pile: Piled, count: number, id: string, sequence: number): TradeInput {
  const { quantity, price, fee, feeKind, gross, minute } = pile;
  const known = {
    id,
    symbol: "AAA-USD",
    side: pile.side,
    quantity: times(quantity, count),
    price: text(price),
    executedAt: minuteAt(minute),
    sequence,
  };
  const base = { fee: plainText(quantity.units * BigInt(count), quantity.scale + 2), feeCurrency: "AAA" };
  const third = { fee: "1", feeCurrency: "BNB", feeInQuote: times(fee, count) };
  const fees = { none: {}, quote: { fee: times(fee, count) }, base, third }[feeKind];
  return { ...known, ...fees, ...(gross === null ? {} : { gross: times(gross, count) }) };
}

/** Sequences make the parts of a fill follow each other. */
export const splitBook: fc.Arbitrary<SplitBook> = fc.array(piled, { maxLength: 25, size: "max" }).map((piles) => ({
  whole: piles.map((pile, i) => pileOf(pile, pile.pieces, `t${i}`, 2 * i)),
  parts: piles.flatMap((pile, i) => {
    if (pile.first === 0 || pile.first >= pile.pieces) return [pileOf(pile, pile.pieces, `t${i}`, 2 * i)];
    return [pileOf(pile, pile.first, `t${i}`, 2 * i), pileOf(pile, pile.pieces - pile.first, `t${i}+`, 2 * i + 1)];
  }),
}));

/** A book in which fees and totals are rates per unit: every share of them is a finite decimal, so that nothing is cut. */
export const rateBook: fc.Arbitrary<readonly TradeInput[]> = fc
  .array(
    fc.record({
      side,
      quantity: small(1n, 3),
      price: small(0n, 4),
      fee: small(-99n, 3),
      isThird: fc.boolean(),
      gross: fc.option(small(0n, 4)),
      minute: fc.nat({ max: 9 }),
    }),
    {
      maxLength: 25,
      size: "max",
    },
  )
  .map((sketches) =>
    sketches.map(({ quantity, price, fee, isThird, gross, minute, ...known }, i) => {
      const perUnit = (rate: Amount): string => plainText(rate.units * quantity.units, rate.scale + quantity.scale);
      const fees = isThird ? { fee: "1", feeCurrency: "BNB", feeInQuote: perUnit(fee) } : { fee: perUnit(fee) };
      const total = gross === null ? {} : { gross: perUnit(gross) };
      return {
        ...known,
        id: `t${i}`,
        symbol: "AAA-USD",
        quantity: text(quantity),
        price: text(price),
        executedAt: minuteAt(minute),
        ...fees,
        ...total,
      };
    }),
  );

/** The trade with every amount of money times a factor. */
export function scaled(trade: TradeInput, factor: Amount): TradeInput {
  const scale = (value: TradeInput["fee"]): string => product(String(value), factor) ?? "0";
  const money = trade.feeInQuote === undefined ? { fee: scale(trade.fee) } : { feeInQuote: scale(trade.feeInQuote) };
  return { ...trade, price: scale(trade.price), ...money, ...(trade.gross === undefined ? {} : { gross: scale(trade.gross) }) };
}

/** A decimal times a factor, canonical; null stays null. */
export function product(value: string | null | undefined, { units, scale }: Amount): string | null {
  return value === null || value === undefined ? null : shortText(unitsOf(value, 60) * units, 60 + scale);
}

/** The same trade with its decimals and its instant written in other ways; `style` says which, 0 to 3. */
export function respelt(trade: TradeInput, style: () => number): TradeInput {
  const decimals = ["quantity", "price", "gross", "fee", "feeInQuote"] as const;
  const changes = decimals.flatMap((field) => (trade[field] === undefined ? [] : [[field, respeltDecimal(String(trade[field]), style())]]));
  const at = String(trade.executedAt);
  const executedAt = [at, new Date(at), at.replace("Z", "000+00:00"), at.replace("T", " ")][style()] ?? at;
  return { ...trade, ...Object.fromEntries(changes), executedAt };
}

function respeltDecimal(plain: string, style: number): string | Decimal {
  const negative = plain.startsWith("-") ? "-" : "";
  const digits = plain.slice(negative.length);
  const padded = `${negative}00${digits}${digits.includes(".") ? "00" : ".0"}`;
  const shifted = `${negative}${digits.replace(".", "")}e-${digits.includes(".") ? digits.length - digits.indexOf(".") - 1 : 0}`;
  return [plain, padded, shifted, new Decimal(plain)][style] ?? plain;
}

/** One symbol, no fee, and quantities of 0 to 18 places, many of them around 2^53 units. */
export const mixedScaleBook: fc.Arbitrary<readonly TradeInput[]> = fc
  .array(
    fc.record({
      side,
      quantity: fc.oneof(anyAmount(1n), amount(2n ** 53n - 99n, 2n ** 53n + 99n, 18)),
      price: small(0n, 2),
      minute: fc.nat({ max: 30 }),
    }),
    { maxLength: 40, size: "max" },
  )
  .map((sketches) =>
    sketches.map(({ quantity, price, minute, ...known }, i) => ({
      ...known,
      id: `${i}`,
      symbol: "AAA-USD",
      quantity: text(quantity),
      price: text(price),
      executedAt: minuteAt(minute),
    })),
  );

/** Buys, and later sells of exactly as much in other portions; with the profit as canonical text. */
export const soldOutBook: fc.Arbitrary<{ readonly trades: readonly TradeInput[]; readonly profit: string }> = fc
  .record({
    buys: fc.array(
      fc.record({ units: fc.bigInt({ min: 1n, max: 10n ** 9n }), price: fc.nat({ max: 999 }), fee: fc.integer({ min: -99, max: 99 }) }),
      { minLength: 1, maxLength: 12, size: "max" },
    ),
    cuts: fc.array(fc.record({ at: fc.nat({ max: 10_000 }), price: fc.nat({ max: 999 }), fee: fc.integer({ min: -99, max: 99 }) }), {
      minLength: 1,
      maxLength: 12,
      size: "max",
    }),
  })
  .map(({ buys, cuts }) => {
    const bought = buys.reduce((sum, { units }) => sum + units, 0n);
    const ends = cuts.map(({ at }) => (bought * BigInt(at)) / 10_000n).sort((a, b) => (a < b ? -1 : 1));
    const portions = cuts.map((cut, i) => ({ ...cut, units: (i === cuts.length - 1 ? bought : (ends[i] ?? 0n)) - (ends[i - 1] ?? 0n) }));
    const sells = portions.filter(({ units }) => units > 0n);
    const money = (units: bigint, price: number, fee: number): bigint => units * BigInt(price) + BigInt(fee) * 10n ** 6n;
    const paid = buys.reduce((sum, { units, price, fee }) => sum + money(units, price, fee), 0n);
    const received = sells.reduce((sum, { units, price, fee }) => sum + money(units, price, -fee), 0n);
    const trade =
      (which: "buy" | "sell") =>
      (fill: { units: bigint; price: number; fee: number }, i: number): TradeInput => {
        const amounts = { quantity: plainText(fill.units, 6), price: String(fill.price), fee: String(fill.fee) };
        return { id: `${which}${i}`, symbol: "AAA-USD", side: which, ...amounts, executedAt: minuteAt(which === "buy" ? i : 100 + i) };
      };
    return { trades: [...buys.map(trade("buy")), ...sells.map(trade("sell"))], profit: shortText(received - paid, 6) };
  });
