// What a part of a fill is worth. Parts are cumulative: a part is F(after) - F(before), so that they add up to the whole by construction.
import { subtract, type Exact, pow10, ZERO } from "./exact.ts";
import { moneyOf, type Fill } from "./fill.ts";
import type { Units } from "./units.ts";

/** Decimal places at which a share is cut (toward zero) before the last part takes what is left. */
export const SHARE_SCALE = 18;

/** Money without fee of the part of a fill from `before` to `after`: exactly price x size, or the share of a stated total. */
export function grossPart(fill: Fill, before: Units, after: Units): Exact {
  const { price, gross } = moneyOf(fill);
  if (gross === null) return { units: price.units * (BigInt(after) - BigInt(before)), scale: price.scale + fill.scale };
  return sharePart(gross, fill, before, after);
}

/** The part of a fill's fee that belongs to its quantity from `before` to `after`. */
export function feePart(fill: Fill, before: Units, after: Units): Exact {
  return fill.fee === null ? ZERO : sharePart(moneyOf(fill).fee, fill, before, after);
}

function sharePart(total: Exact, fill: Fill, before: Units, after: Units): Exact {
  if (before == 0 && after === fill.size) return total; // `==`: 0 or 0n
  return subtract(share(total, fill, after), share(total, fill, before));
}

/** F(used) = total x used / size, cut toward zero at {@link SHARE_SCALE} places; F(size) = total exactly. */
function share(total: Exact, fill: Fill, used: Units): Exact {
  if (used === fill.size) return total;
  if (used == 0) return ZERO; // `==`: 0 or 0n
  const places = SHARE_SCALE - total.scale;
  const dividend = total.units * BigInt(used) * pow10(Math.max(0, places));
  return { units: dividend / (BigInt(fill.size) * pow10(Math.max(0, -places))), scale: SHARE_SCALE };
}
