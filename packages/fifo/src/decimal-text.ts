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

/** 10^n as a `number`, exact up to 10^18 and beyond; a safe integer up to 10^15. */
export const SMALL_POWERS = Array.from({ length: 19 }, (_, n) => 10 ** n);

const GRAMMAR = /^(-?)(\d*)(?:\.(\d+))?(?:[eE]([+-]?\d{1,6}))?$/;
const CANONICAL = /^-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/;

/**
 * Reads a decimal from text or from a `Decimal`, exactly.
 *
 * Accepted: digits with an optional leading minus, one point and an exponent (`-1.50`, `.5`, `1e-8`, `1.0E-08`).
 * Refused as `not-a-number`: the empty text, spaces, `NaN`, `Infinity`, hex, thousands separators, a leading plus, and everything that is
 * neither text nor `Decimal` (a JavaScript number has lost its digits already).
 * Refused as `number-too-long`: more than {@link MAX_DIGITS} digits once the exponent is written out.
 */
export function readDecimal(input: string | Decimal): DecimalParts | DecimalIssue {
  const match = GRAMMAR.exec(decimalInput(input));
  if (match === null) return "not-a-number";
  const [, sign, whole = "", fraction = "", exponent] = match;
  if (whole === "" && fraction === "") return "not-a-number";
  const digits = whole + fraction;
  const first = countZeros(digits, 0, 1);
  if (first === digits.length) return { units: 0n, scale: 0 };
  const zeros = countZeros(digits, digits.length - 1, -1);
  const kept = digits.slice(first, digits.length - zeros);
  const scale = fraction.length - zeros - Number(exponent ?? 0);
  if (kept.length + Math.max(0, -scale) > MAX_DIGITS || scale > MAX_DIGITS) return "number-too-long";
  const units = scale < 0 ? BigInt(kept + "0".repeat(-scale)) : BigInt(kept);
  return { units: sign === "-" ? -units : units, scale: Math.max(0, scale) };
}

/** The text of a decimal; the empty text, which is none, for anything else. A `Decimal` too long to accept is not written out: `1e9000000000000000` has an exponent only. */
export function decimalInput(input: unknown): string {
  if (typeof input === "string") return input;
  if (!isDecimal(input)) return "";
  return Math.abs(input.e) > MAX_DIGITS ? `1e${Math.sign(input.e) * 999_999}` : input.toFixed();
}

/** Whether a value is a `Decimal`, of this copy of decimal.js or of another. */
export function isDecimal(value: unknown): value is Decimal {
  return Object.prototype.toString.call(value) === "[object Decimal]";
}

/** How many zeros follow one another from a place on, to the right (1) or to the left (-1). A pattern such as /0+$/ would be quadratic. */
function countZeros(digits: string, from: number, step: 1 | -1): number {
  let at = from;
  while (digits.charCodeAt(at) === 48) at += step;
  return (at - from) * step;
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
