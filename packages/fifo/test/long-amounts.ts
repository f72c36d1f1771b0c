// Histories of long amounts, and what they must come to: fractions of integers, without the package's arithmetic.
import fc from "fast-check";
import type { AllocationField, TradeInput } from "../src/index.ts";
import { amount, text, type Amount } from "./arbitraries.ts";
import { minuteAt } from "./book.ts";
import { shortText, unitsOf } from "./exact-text.ts";

/** Integers at which a number, a product of two numbers, or a text of a fixed width gives way to a wider one. */
const EDGES = [
  ...[26, 46, 47, 49, 50, 51, 52, 53, 54, 63, 64, 106, 107].map((power) => 2n ** BigInt(power)),
  ...[6, 7, 9, 12, 13, 15, 16, 18, 19, 25, 31].map((power) => 10n ** BigInt(power)),
  9n * 10n ** 12n,
];

const atEdge: fc.Arbitrary<Amount> = fc.record({
  units: fc.tuple(fc.constantFrom(...EDGES), fc.bigInt({ min: -3n, max: 3n })).map(([edge, off]) => edge + off),
  scale: fc.integer({ min: 0, max: 20 }),
});

/** 15 to 20 places, from the last one alone to many digits before the point. */
const long: fc.Arbitrary<Amount> = fc.record({
  units: fc.oneof(fc.bigInt({ min: 1n, max: 999n }), fc.bigInt({ min: 1n, max: 10n ** 21n }), fc.bigInt({ min: 1n, max: 10n ** 33n })),
  scale: fc.integer({ min: 15, max: 20 }),
});

const anyLong = fc.oneof(
  { weight: 4, arbitrary: long },
  { weight: 3, arbitrary: atEdge },
  { weight: 2, arbitrary: amount(1n, 10n ** 9n, 8) },
);

/** Quantities that a `number` holds, or just not, in units of the finest of them: a book stays narrow only while all do. */
function fitting(finest: number): fc.Arbitrary<Amount> {
  return fc.oneof(
    fc.record({ units: fc.bigInt({ min: 1n, max: 2n ** 53n }), scale: fc.constant(finest) }),
    fc.record({ units: fc.bigInt({ min: 2n ** 53n - 3n, max: 2n ** 53n + 3n }), scale: fc.constant(finest) }),
    fc.record({ units: fc.bigInt({ min: 2n ** 49n, max: 2n ** 51n }), scale: fc.integer({ min: finest - 2, max: finest }) }),
  );
}

const quantities = fc.oneof(fc.constant(anyLong), fc.integer({ min: 2, max: 20 }).map(fitting));

const sketchOf = (quantity: fc.Arbitrary<Amount>) =>
  fc.record({
    side: fc.constantFrom("buy" as const, "sell" as const),
    quantity,
    /** Makes a sell this many thousandths of what is open, so that lots are taken in parts. */
    permille: fc.option(fc.nat({ max: 1100 })),
    price: anyLong,
    /** Makes price x quantity one of the edges, as far as integers go. */
    edge: fc.option(fc.tuple(fc.constantFrom(...EDGES), fc.bigInt({ min: -1n, max: 1n }))),
    fee: anyLong,
    isRebate: fc.boolean(),
    gross: fc.option(anyLong, { freq: 3 }),
  });

const PLACES = 20; // of every quantity, price and fee here; a product has twice as many

/** One symbol, each trade a minute after the one before. */
export const longHistory: fc.Arbitrary<readonly TradeInput[]> = quantities
  .chain((quantity) => fc.array(sketchOf(quantity), { minLength: 2, maxLength: 14, size: "max" }))
  .map((sketches) => {
    let open = 0n; // in units of 10^-PLACES
    return sketches.map(({ side, quantity, permille, price, edge, fee, isRebate, gross }, i) => {
      const unit = 10n ** BigInt(PLACES - quantity.scale);
      const portion = side === "sell" && permille !== null ? (open * BigInt(permille)) / 1000n / unit : 0n;
      const size = portion > 0n ? { units: portion, scale: quantity.scale } : quantity;
      open = side === "buy" ? open + size.units * unit : open > size.units * unit ? open - size.units * unit : 0n;
      const rate = edge === null ? price : { units: edge[0] / size.units + edge[1], scale: price.scale };
      const given = { quantity: text(size), price: text(rate.units < 0n ? price : rate), fee: (isRebate ? "-" : "") + text(fee) };
      const total = gross === null ? {} : { gross: text(gross) };
      return { id: `t${i}`, symbol: "AAA-USD", side, ...given, ...total, executedAt: minuteAt(i) };
    });
  });

interface Holding {
  readonly trade: TradeInput;
  readonly size: bigint;
  used: bigint;
}

/** A part of a trade, in units of 10^-(2 PLACES). */
interface Worth {
  readonly gross: bigint;
  readonly fee: bigint;
}

type RowTexts = Readonly<Record<AllocationField, string | null>>;

/** The texts of rows and open lots by the rules: oldest lot first, gross by price or in parts of what is stated, fees in parts cut at 18 places. */
export function expectedTexts(trades: readonly TradeInput[]): {
  readonly rows: readonly RowTexts[];
  readonly lots: readonly (readonly [id: string, quantity: string, cost: string])[];
} {
  const lots: Holding[] = [];
  const rows = trades.flatMap((trade) => {
    const holding: Holding = { trade, size: unitsOf(String(trade.quantity), PLACES), used: 0n };
    if (trade.side === "sell") return rowsOf(holding, lots);
    lots.push(holding);
    return [];
  });
  const open = lots.filter(({ used, size }) => used < size);
  return { rows, lots: open.map((lot) => lotOf(lot, lot.size - lot.used)) };
}

function lotOf(lot: Holding, left: bigint): readonly [id: string, quantity: string, cost: string] {
  const { gross, fee } = worthOf(lot, left);
  return [lot.trade.id, shortText(left, PLACES), shortText(gross + fee, 2 * PLACES)];
}

function rowsOf(sell: Holding, lots: readonly Holding[]): readonly RowTexts[] {
  const matched = lots.flatMap((lot) => {
    const taken = [lot.size - lot.used, sell.size - sell.used].reduce((a, b) => (a < b ? a : b));
    return taken === 0n ? [] : [rowOf(taken, sell, lot)];
  });
  return sell.used === sell.size ? matched : [...matched, rowOf(sell.size - sell.used, sell, null)];
}

function rowOf(taken: bigint, sell: Holding, lot: Holding | null): RowTexts {
  const out = worthOf(sell, taken);
  const back = lot === null ? null : worthOf(lot, taken);
  const money = (units: bigint | null): string | null => (units === null ? null : shortText(units, 2 * PLACES));
  const [net, cost] = [out.gross - out.fee, back === null ? null : back.gross + back.fee];
  return {
    quantity: shortText(taken, PLACES),
    costBasis: money(cost),
    proceeds: money(out.gross),
    netProceeds: money(net),
    pnl: money(cost === null ? null : net - cost),
    buyFee: money(back === null ? null : back.fee),
    sellFee: money(out.fee),
    buyPrice: lot === null ? null : priceText(lot),
    sellPrice: priceText(sell),
  };
}

/** The next part of a trade, which is used up by it. */
function worthOf(holding: Holding, taken: bigint): Worth {
  const { trade, size, used } = holding;
  const price = unitsOf(String(trade.price), PLACES);
  const stated = trade.gross === undefined ? price * size : unitsOf(String(trade.gross), 2 * PLACES);
  const upTo = (total: bigint, part: bigint): bigint => (part === size ? total : cut((total * part) / size));
  const share = (total: bigint): bigint => upTo(total, used + taken) - upTo(total, used);
  holding.used = used + taken;
  return {
    gross: stated === price * size ? price * taken : share(stated),
    fee: share(unitsOf(String(trade.fee), 2 * PLACES)),
  };
}

/** Toward zero at 18 places. */
function cut(units: bigint): bigint {
  const unit = 10n ** BigInt(2 * PLACES - 18);
  return (units / unit) * unit;
}

const priceText = ({ trade }: Holding): string => shortText(unitsOf(String(trade.price), PLACES), PLACES);
