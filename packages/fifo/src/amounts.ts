// What a part of a fill is worth. Parts are cumulative: a part is F(after) - F(before), so that they add up to the whole by construction.
import { divide, pow10, unitsAt, type Exact } from "./exact.ts";
import type { Fill } from "./fill.ts";
import { exactOf, minus, zeroLike, type Units } from "./units.ts";

/** The worth of a part, both in units of 10^-scale. */
export interface Part {
  /** Money without fee. */
  readonly gross: bigint;
  readonly fee: bigint;
  readonly scale: number;
}

/** The part of a fill from `before` to `after` of its size. */
export function partOf(fill: Fill, before: Units, after: Units): Part {
  const { scale, unitPrice, gross, fee } = moneyOf(fill);
  return {
    gross: unitPrice !== null ? unitPrice * BigInt(minus(after, before)) : gross === null ? 0n : shareBetween(gross, fill, before, after),
    fee: fee === null ? 0n : shareBetween(fee, fill, before, after),
    scale,
  };
}

/** Money without fee of a part: exactly price x size, or the share of a stated total. */
export function grossPart(fill: Fill, before: Units, after: Units): Exact {
  const { gross, scale } = partOf(fill, before, after);
  return { units: gross, scale };
}

/** The share of a fill's fee that belongs to a part. */
export function feePart(fill: Fill, before: Units, after: Units): Exact {
  const { fee, scale } = partOf(fill, before, after);
  return { units: fee, scale };
}

/** The price per unit as it was given. */
export function priceOf(fill: Fill): Exact {
  return moneyOf(fill).price;
}

/** The amounts of a whole fill, read once: all integers of one scale, so that parts are added and subtracted as they are. */
interface Money {
  readonly scale: number;
  readonly price: Exact;
  /** Money for one unit of the fill's size; null where a stated total is shared out. */
  readonly unitPrice: bigint | null;
  readonly gross: Shared | null;
  readonly fee: Shared | null;
}

/** F(used) = dividend x used / divisor at the sharing's places, times `lift`. */
interface Ratio {
  readonly dividend: bigint;
  readonly divisor: bigint;
  readonly lift: bigint;
}

/** A total that is shared out by quantity, and the share read last: parts are read in order, so each share is computed once. */
interface Shared {
  readonly exact: Exact;
  readonly scale: number;
  /** The whole at that scale. */
  readonly total: bigint;
  /** Made when a part ends inside the fill, which most do not. */
  ratio: Ratio | undefined;
  lastUsed: Units;
  lastShare: bigint;
}

// The amounts read last, of a buy and of a sell. Results are read in order, so nearly every read finds its fill here, and a million fills that
// were read keep no million objects. A memo: it changes how long a read takes, never what it gives.
let lastBuy: { readonly fill: Fill; readonly money: Money } | undefined;
let lastSell: { readonly fill: Fill; readonly money: Money } | undefined;

function moneyOf(fill: Fill): Money {
  const isBuy = fill.kind === "buy";
  const last = isBuy ? lastBuy : lastSell;
  if (last !== undefined && last.fill === fill) return last.money;
  const money = readMoney(fill);
  if (isBuy) lastBuy = { fill, money };
  else lastSell = { fill, money };
  return money;
}

function readMoney(fill: Fill): Money {
  const price = exactOf(fill.price);
  const gross = fill.gross === null ? null : exactOf(fill.gross);
  const fee = fill.fee === null ? null : exactOf(fill.fee);
  const scale = Math.max(fill.sharing.scale, gross === null ? price.scale + fill.scale : gross.scale, fee === null ? 0 : fee.scale);
  return {
    scale,
    price,
    unitPrice: gross === null ? price.units * pow10(scale - price.scale - fill.scale) : null,
    gross: gross === null ? null : sharedOf(gross, scale, fill),
    fee: fee === null ? null : sharedOf(fee, scale, fill),
  };
}

function sharedOf(exact: Exact, scale: number, { size }: Fill): Shared {
  return { exact, scale, total: unitsAt(exact, scale), ratio: undefined, lastUsed: zeroLike(size), lastShare: 0n };
}

function ratioOf({ exact, scale }: Shared, { size, sharing }: Fill): Ratio {
  const places = sharing.scale - exact.scale;
  return {
    dividend: exact.units * pow10(Math.max(0, places)),
    divisor: BigInt(size) * pow10(Math.max(0, -places)),
    lift: pow10(scale - sharing.scale),
  };
}

function shareBetween(shared: Shared, fill: Fill, before: Units, after: Units): bigint {
  const from = share(shared, fill, before);
  return share(shared, fill, after) - from;
}

/** F(used) = total x used / size at the fill's own places; F(0) = 0 and F(size) = total exactly. */
function share(shared: Shared, fill: Fill, used: Units): bigint {
  if (used === fill.size) return shared.total;
  if (used === shared.lastUsed) return shared.lastShare;
  const { dividend, divisor, lift } = (shared.ratio ??= ratioOf(shared, fill));
  const units = divide(dividend * BigInt(used), divisor, fill.sharing.rounding);
  shared.lastUsed = used;
  shared.lastShare = lift === 1n ? units : units * lift;
  return shared.lastShare;
}
