// What a part of a fill is worth. Parts are cumulative: a part is F(after) - F(before), so that they add up to the whole by construction.
import { subtract, type Exact, pow10, ZERO } from "./exact.ts";
import { moneyOf, type Fill, type Shared } from "./fill.ts";
import { minus, type Units } from "./units.ts";

/** Decimal places at which a share is cut (toward zero) before the last part takes what is left. */
export const SHARE_SCALE = 18;

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

/** F(used) = total x used / size, cut toward zero at {@link SHARE_SCALE} places; F(0) = 0 and F(size) = total exactly. */
function share(shared: Shared, fill: Fill, used: Units): Exact {
  if (used === fill.size) return shared.total;
  const part = BigInt(used);
  if (part === 0n) return ZERO;
  if (part !== shared.lastUsed) {
    shared.lastUsed = part;
    shared.lastShare = { units: cut(shared.total, part, BigInt(fill.size)), scale: SHARE_SCALE };
  }
  return shared.lastShare;
}

function cut(total: Exact, part: bigint, size: bigint): bigint {
  const places = SHARE_SCALE - total.scale;
  return places >= 0 ? (total.units * pow10(places) * part) / size : (total.units * part) / (size * pow10(-places));
}
