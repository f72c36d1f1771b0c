// decimal(p,s) on SQLite: fixed-width text of p+1 digits, value x 10^s + 10^p. Its text order is its numeric order, so plain
// indexes, ranges, min and max are exact. A positive value is '1' and its digits; a negative one is '0' and the ten's complement.
import { readDecimal } from "@td/fifo/values";
import { Decimal } from "decimal.js";
import { decimalOfDigits } from "./decimal-of.ts";
import { refusal } from "./refusal.ts";
import type { Refusal } from "./refusal.ts";

/** Writes and reads the values of one decimal column on SQLite. */
export interface DecimalCodec {
  /** The stored text of a `Decimal` or decimal text, or why the column refuses it. Never rounds. */
  readonly encode: (input: unknown) => string | Refusal;
  /** The canonical decimal text of a stored text. Makes no `Decimal`: for hot paths. */
  readonly decodeText: (stored: string) => string;
  /** The `Decimal` of a stored text. */
  readonly decode: (stored: string) => Decimal;
}

const NOT_PLAIN = -2;
/** A `Decimal` beyond this exponent is refused before its digits are written out. */
const MAX_EXPONENT = 1000;

const codecs = new Map<string, DecimalCodec>();

/** The codec of decimal(precision, scale); one object per pair. */
export function decimalCodec(precision: number, scale: number): DecimalCodec {
  const key = `${precision},${scale}`;
  const found = codecs.get(key);
  if (found !== undefined) return found;
  const made = makeCodec(precision, scale);
  codecs.set(key, made);
  return made;
}

function makeCodec(precision: number, scale: number): DecimalCodec {
  const whole = precision - scale;
  const heads = Array.from({ length: whole + 1 }, (_, digits) => "1" + "0".repeat(whole - digits));
  const tails = Array.from({ length: scale + 1 }, (_, digits) => "0".repeat(scale - digits));
  const decodeText = (stored: string): string =>
    stored.charCodeAt(0) === 49 ? plainText(stored, whole) : "-" + plainText(complement(stored), whole);
  return {
    encode(input) {
      const text = textOf(input);
      if (typeof text !== "string") return text;
      const point = pointOf(text);
      const digits = point < 0 ? text.length : point;
      const decimals = point < 0 ? 0 : text.length - point - 1;
      if (point === NOT_PLAIN || digits > whole || decimals > scale) return encodeAny(text, precision, scale);
      return `${heads[digits]}${point < 0 ? text : text.slice(0, point) + text.slice(point + 1)}${tails[decimals]}`;
    },
    decodeText,
    decode: (stored) =>
      stored.charCodeAt(0) === 49 ? decimalOfDigits(stored, 1, whole, false) : decimalOfDigits(complement(stored), 1, whole, true),
  };
}

function textOf(input: unknown): string | Refusal {
  if (typeof input === "string") return input;
  if (!Decimal.isDecimal(input)) return refusal("not-a-decimal");
  if (!input.isFinite()) return refusal("not-a-number");
  return Math.abs(input.e) > MAX_EXPONENT ? refusal("number-too-long") : input.toFixed();
}

/** Where the point of digits with at most one point inside stands; -1 when there is none, NOT_PLAIN when the text is anything else. */
function pointOf(text: string): number {
  const last = text.length - 1;
  let point = last < 0 ? NOT_PLAIN : -1;
  for (let at = 0; at <= last; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit >= 0 && digit <= 9) continue;
    if (digit !== -2 || point !== -1 || at === 0 || at === last) return NOT_PLAIN;
    point = at;
  }
  return point;
}

/** Signs, exponents, superfluous zeros and everything to be refused. */
function encodeAny(text: string, precision: number, scale: number): string | Refusal {
  const parts = readDecimal(text);
  if (typeof parts === "string") return refusal(parts);
  if (parts.scale > scale) return refusal("too-many-decimals");
  const limit = 10n ** BigInt(precision);
  const scaled = parts.units * 10n ** BigInt(scale - parts.scale);
  if (scaled >= limit || scaled <= -limit) return refusal("too-many-digits");
  return (scaled + limit).toString().padStart(precision + 1, "0");
}

/** The stored text of the opposite value: 10^p - x, digit by digit from the last that is not zero. */
function complement(stored: string): string {
  let last = stored.length - 1;
  while (stored.charCodeAt(last) === 48) last--;
  let digits = "1";
  for (let at = 1; at < last; at++) digits += String.fromCharCode(105 - stored.charCodeAt(at));
  return digits + String.fromCharCode(106 - stored.charCodeAt(last)) + stored.slice(last + 1);
}

/** Canonical text of a stored text that begins with '1': `whole` digits, then the decimals. */
function plainText(stored: string, whole: number): string {
  let start = 1;
  while (start < whole && stored.charCodeAt(start) === 48) start++;
  let end = stored.length;
  while (end > whole + 1 && stored.charCodeAt(end - 1) === 48) end--;
  const integer = stored.slice(start, whole + 1);
  return end === whole + 1 ? integer : `${integer}.${stored.slice(whole + 1, end)}`;
}
