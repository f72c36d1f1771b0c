// What a part of a fill is worth. Parts are cumulative: a part is F(after) - F(before), so that they add up to the whole by construction.
import { divide, pow10, type Exact } from "./exact.ts";
import type { Fill, Sharing } from "./fill.ts";
import { exactOf, minus, type Units } from "./units.ts";

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

/** A total that is shared out by quantity, and the share read last: parts are read in order, so each share is computed once. */
interface Shared {
  readonly total: bigint;
  /** F(used) = dividend x used / divisor at the sharing's places, times `lift`. */
  readonly dividend: bigint;
  readonly divisor: bigint;
  readonly lift: bigint;
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
    gross: gross === null ? null : sharedOf(gross, fill, scale),
    fee: fee === null ? null : sharedOf(fee, fill, scale),
  };
}

function sharedOf(total: Exact, fill: Fill, scale: number): Shared {
  const places = fill.sharing.scale - total.scale;
  return {
    total: total.units * pow10(scale - total.scale),
    dividend: places > 0 ? total.units * pow10(places) : total.units,
    divisor: places < 0 ? BigInt(fill.size) * pow10(-places) : BigInt(fill.size),
    lift: pow10(scale - fill.sharing.scale),
    lastUsed: 0,
    lastShare: 0n,
  };
}

function shareBetween(shared: Shared, fill: Fill, before: Units, after: Units): bigint {
  const from = share(shared, fill, before);
  return share(shared, fill, after) - from;
}

/** F(used) = total x used / size at the fill's own places; F(0) = 0 and F(size) = total exactly. */
function share(shared: Shared, { size, sharing }: Fill, used: Units): bigint {
  if (used === size) return shared.total;
  if (used === shared.lastUsed) return shared.lastShare;
  shared.lastUsed = used;
  shared.lastShare = portion(shared, BigInt(used), sharing);
  return shared.lastShare;
}

function portion({ dividend, divisor, lift }: Shared, used: bigint, { rounding }: Sharing): bigint {
  const units = divide(dividend * used, divisor, rounding);
  return lift === 1n ? units : units * lift;
}
