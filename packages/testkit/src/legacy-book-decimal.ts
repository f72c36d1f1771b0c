// Decimals of the legacy book: integers with a fixed number of places, and the ways an old table spells them.

/** Places of a money sum. */
export const MONEY_PLACES = 28;
/** Places of a stored fee. */
export const FEE_PLACES = 12;
/** Places of a fee share. */
export const SHARE_PLACES = 18;

/** 10 to the power of `places`, 0 or more. */
export function tenTo(places: number): bigint {
  return 10n ** BigInt(places);
}

/** The canonical text of `value / 10^places`: no exponent, no trailing zeros, `0` for zero. */
export function decimalText(value: bigint, places: number): string {
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString().padStart(places + 1, "0");
  const point = digits.length - places;
  let end = digits.length;
  while (end > point && digits.charCodeAt(end - 1) === 48) end--;
  return (negative ? "-" : "") + digits.slice(0, point) + (end > point ? "." + digits.slice(point, end) : "");
}

/** A decimal text with trailing zeros up to `places`, as a `numeric(p, s)` column prints it. */
export function paddedText(text: string, places: number): string {
  const [whole = "", fraction = ""] = text.split(".");
  return whole + "." + fraction.padEnd(places, "0");
}

/** A decimal text without trailing zeros. */
export function unpaddedText(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

/** A positive decimal text with an exponent: `0.00125` is `1.25e-3`. */
export function exponentText(text: string): string {
  const [whole = "", fraction = ""] = unpaddedText(text).split(".");
  const all = whole + fraction;
  const digits = all.replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  const mantissa = kept.length > 1 ? `${kept.slice(0, 1)}.${kept.slice(1)}` : kept;
  return `${mantissa}e${whole.length - 1 - all.length + digits.length}`;
}

/** True when a double holds the decimal exactly enough to print it back: at most 15 significant digits. */
export function fitsDouble(text: string): boolean {
  return unpaddedText(text).replace(".", "").replace(/^0+/, "").length <= 15;
}

/** `value` with its last `places` digits set to zero, toward zero. */
export function withoutDigits(value: bigint, places: number): bigint {
  return value - (value % tenTo(places));
}
