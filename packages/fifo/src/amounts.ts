// What a part of a fill is worth. Parts are cumulative: a part is F(after) - F(before), so that they add up to the whole by construction.
import { divide, pow10, subtract, ZERO, type Exact } from "./exact.ts";
import { moneyOf, type Fill, type Shared, type Sharing } from "./fill.ts";
import { minus, type Units } from "./units.ts";

/** Money without fee of the part of a fill from `before` to `after`: exactly price x size, or the share of a stated total. */
export function grossPart(fill: Fill, before: Units, after: Units): Exact {
  const { price, gross } = moneyOf(fill);
  if (gross !== null) return sharePart(gross, fill, before, after);
  return { units: price.units * BigInt(minus(after, before)), scale: price.scale + fill.scale };
}

/** The part of a fill's fee that belongs to its quantity from `before` to `after`. */
export function feePart(fill: Fill, before: Units, after: Units): Exact {
  const { fee } = moneyOf(fill);
  return fee === null ? ZERO : sharePart(fee, fill, before, after);
}

function sharePart(shared: Shared, fill: Fill, before: Units, after: Units): Exact {
  const from = share(shared, fill, before);
  return subtract(share(shared, fill, after), from);
}

/** F(used) = total x used / size at the fill's own places; F(0) = 0 and F(size) = total exactly. */
function share(shared: Shared, fill: Fill, used: Units): Exact {
  if (used === fill.size) return shared.total;
  const part = BigInt(used);
  if (part === 0n) return ZERO;
  if (part !== shared.lastUsed) {
    shared.lastUsed = part;
    shared.lastShare = { units: portion(shared.total, part, BigInt(fill.size), fill.sharing), scale: fill.sharing.scale };
  }
  return shared.lastShare;
}

function portion(total: Exact, part: bigint, size: bigint, { scale, rounding }: Sharing): bigint {
  const places = scale - total.scale;
  return places >= 0 ? divide(total.units * pow10(places) * part, size, rounding) : divide(total.units * part, size * pow10(-places), rounding);
}
