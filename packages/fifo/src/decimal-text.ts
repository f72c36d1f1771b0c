// Decimals as text: the one grammar, the one canonical spelling. No value here is ever a floating-point number.
import type { Decimal } from "decimal.js";

/** Why a text is not a decimal that td accepts. */
export type DecimalIssue = "not-a-number" | "number-too-long";

/** An exact decimal: `units / 10^scale`, without trailing zeros, so that equal values have equal parts. */
export interface DecimalParts {
  /** The digits as an integer, with the sign. */
  readonly units: bigint;
  /** Digits after the point, 0 to {@link MAX_DIGITS}. */
  readonly scale: number;
}

/** Digits, before and after the point together, that a decimal may have. */
export const MAX_DIGITS = 100;

const GRAMMAR = /^(-?)(\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,6}))?$/;
const CANONICAL = /^-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/;

/**
 * Reads a decimal from text or from a `Decimal`, exactly.
 *
 * Accepted: digits with an optional leading minus, one point and an exponent (`-1.50`, `.5`, `1e-8`, `1.0E-08`).
 * Refused as `not-a-number`: the empty text, spaces, `NaN`, `Infinity`, hex, thousands separators, a leading plus.
 * Refused as `number-too-long`: more than {@link MAX_DIGITS} digits once the exponent is written out.
 */
export function readDecimal(input: string | Decimal): DecimalParts | DecimalIssue {
  const match = GRAMMAR.exec(typeof input === "string" ? input : input.toFixed());
  if (match === null) return "not-a-number";
  const [, sign, whole = "", fraction = "", exponent] = match;
  if (whole === "" && fraction === "") return "not-a-number";
  const digits = (whole + fraction).replace(/^0+/, "");
  const kept = digits.replace(/0+$/, "");
  if (kept === "") return { units: 0n, scale: 0 };
  const scale = fraction.length - (digits.length - kept.length) - Number(exponent ?? 0);
  if (kept.length + Math.max(0, -scale) > MAX_DIGITS || scale > MAX_DIGITS) return "number-too-long";
  const units = scale < 0 ? BigInt(kept + "0".repeat(-scale)) : BigInt(kept);
  return { units: sign === "-" ? -units : units, scale: Math.max(0, scale) };
}

/**
 * The canonical text of `units / 10^scale`: no exponent, no plus sign, no trailing zeros, one digit before the point, `0` for zero.
 */
export function writeDecimal(units: bigint, scale: number): string {
  if (units === 0n) return "0";
  const negative = units < 0n;
  const digits = (negative ? -units : units).toString().padStart(scale + 1, "0");
  const point = digits.length - scale;
  let end = digits.length;
  while (end > point && digits.charCodeAt(end - 1) === 48) end--;
  return (negative ? "-" : "") + digits.slice(0, point) + (end > point ? "." + digits.slice(point, end) : "");
}

/** The canonical spelling of a decimal text, or why it is none. */
export function canonicalDecimal(input: string | Decimal): { readonly text: string } | DecimalIssue {
  if (typeof input === "string" && input.length <= MAX_DIGITS && CANONICAL.test(input) && input !== "-0") return { text: input };
  const parts = readDecimal(input);
  return typeof parts === "string" ? parts : { text: writeDecimal(parts.units, parts.scale) };
}
