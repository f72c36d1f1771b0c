// What a part of a fill is worth. Parts are cumulative: a part is F(after) - F(before), so that they add up to the whole by construction.
import { ZERO as NO_ATTOS, type Attos } from "./attos.ts";
import { multiply, ratio, subtract, ZERO, type Exact } from "./exact.ts";
import { EXACT_SHARING, type Fill } from "./fill.ts";
import { exact, minus, type ScaledUnits, type Units } from "./units.ts";

/** The worth of a part. */
export interface Part {
  /** Money without fee: exactly price x size, or the share of a stated total. */
  readonly gross: Exact;
  /** The share of the fill's fee. */
  readonly fee: Exact;
}

/** The part of a fill from `before` to `after` of its size. */
export function partOf(fill: Fill, before: Units, after: Units): Part {
  const { gross, fee, places } = fill;
  const between = (units: Units): Exact => {
    const total = exact({ units, scale: places }); // each part is a division of its own: only what does not fit into attos comes here
    return subtract(share(total, fill, after), share(total, fill, before));
  };
  return {
    gross: gross === null ? multiply(exact(priceOf(fill)), exact({ units: minus(after, before), scale: fill.scale })) : between(gross),
    fee: fee ? between(fee) : ZERO,
  };
}

/** The price per unit as it was given. */
export function priceOf({ price, places }: Fill): ScaledUnits {
  return { units: price, scale: places };
}

/** F(used) = total x used / size at the fill's own places; F(0) = 0 and F(size) = total exactly. */
function share(total: Exact, { size, sharing }: Fill, used: Units): Exact {
  if (used === size) return total;
  return used > 0 ? ratio(total, BigInt(used), BigInt(size), sharing) : ZERO;
}

/** The same in attos, into `gross` and `fee`; NaN where it does not fit. */
export function attosPart(gross: Attos, fee: Attos, fill: Fill, before: Units, after: Units): void {
  gross.set(NO_ATTOS, 1, NO_ATTOS);
  if (fill.gross === null) gross.addPart(1, fill.price, fill.places + fill.scale, minus(after, before), 1);
  else attosBetween(gross, fill.gross, fill, before, after);
  fee.set(NO_ATTOS, 1, NO_ATTOS);
  if (fill.fee) attosBetween(fee, fill.fee, fill, before, after);
}

function attosBetween(sum: Attos, units: Units, { size, sharing, places }: Fill, before: Units, after: Units): void {
  sum.addPart(1, units, sharing === EXACT_SHARING ? places : Number.NaN, after, size);
  if (before > 0) sum.addPart(-1, units, places, before, size);
}
