// Quantities as integers of a common scale: a `number` while it is provably exact, a `bigint` from there on.
import { MAX_DIGITS, readDecimal, SMALL_POWERS, type DecimalIssue } from "./decimal-text.ts";
import { add, pow10, type Exact } from "./exact.ts";

/**
 * An integer count of `10^-scale`. All units of one book have the same kind, so that `+`, `-` and `<` work on either;
 * arithmetic here is only ever subtraction and addition below the size of one fill, hence a safe integer stays one.
 */
export type Units = number | bigint;

/** A quantity read from text. */
export interface ScaledUnits {
  readonly units: Units;
  readonly scale: number;
}

/** Reads a decimal; plain digits with a point inside, which is nearly all there is, without a regular expression. */
export function readUnits(text: string): ScaledUnits | DecimalIssue {
  const length = text.length;
  if (length === 0 || length > MAX_DIGITS) return readLong(text);
  let units = 0; // exact while there are at most 15 digits, and only used then
  let point = -1;
  for (let i = 0; i < length; i++) {
    const digit = text.charCodeAt(i) - 48; // "0"
    if (digit >= 0 && digit <= 9) units = units * 10 + digit;
    else if (digit === -2 && point < 0 && i > 0 && i < length - 1) point = i;
    else return readLong(text);
  }
  if (point < 0) return length > 15 ? readLong(text) : { units, scale: 0 };
  let end = length; // after the last digit that is not a trailing zero, or after the point
  while (text.charCodeAt(end - 1) === 48) end--;
  const scale = end - point - 1;
  if (length <= 16) return { units: units / (SMALL_POWERS[length - end] ?? 1), scale }; // exact: only zeros go
  return { units: narrow(BigInt(text.slice(0, point) + text.slice(point + 1, end))), scale };
}

function readLong(text: string): ScaledUnits | DecimalIssue {
  const parts = readDecimal(text);
  if (typeof parts === "string") return parts;
  return { units: narrow(parts.units), scale: parts.scale };
}

/** A `number` where that is exact. */
export function narrow(units: bigint): Units {
  const number = Number(units); // rounded to an unsafe one where it is not exact
  return Number.isSafeInteger(number) ? number : units;
}

/** `units` counted in a unit `10^places` times finer; becomes a `bigint` where a `number` would not be exact. */
export function rescale(units: Units, places: number): Units {
  if (places === 0 || units === 0) return units;
  if (typeof units === "number") {
    const factor = SMALL_POWERS[places];
    const product = factor === undefined ? Infinity : units * factor;
    if (Number.isSafeInteger(product)) return product;
  }
  return BigInt(units) * pow10(places);
}

/** The units of a value at a scale that is not smaller than its own. */
export const scaledTo = ({ units, scale }: ScaledUnits, at: number): Units => rescale(units, at - scale);

/** a + b, or a - b with a sign of -1. */
export function sumOf(a: ScaledUnits, b: ScaledUnits, sign: 1 | -1 = 1): ScaledUnits {
  const { units, scale } = add(exact(a), exact(b), sign);
  return { units: narrow(units), scale };
}

/** Zero of the same kind. */
export const zeroLike = (units: Units): Units => (typeof units === "bigint" ? 0n : 0);

/** a + b and a - b for two units of the same kind; TypeScript has no type for "the same kind". */
export const plus = (a: Units, b: Units): Units => (a as number) + (b as number);
export const minus = (a: Units, b: Units): Units => (a as number) - (b as number);

/** With a `bigint` for units. */
export function exact({ units, scale }: ScaledUnits): Exact {
  return { units: BigInt(units), scale };
}

/** Reads text that was checked before; throws a plain error when it is no decimal, which would be a fault of this package. */
export function exactOf(text: string): Exact {
  const value = readUnits(text);
  if (typeof value === "string") throw new TypeError(`${value}: ${text}`);
  return exact(value);
}
