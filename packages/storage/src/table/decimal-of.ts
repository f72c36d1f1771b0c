// The Decimal of a text of plain digits. decimal.js reads a text by a regular expression and by cutting it up, which takes most of the time of
// reading a row; here the words are added up digit by digit, and the library copies them as it copies a Decimal.
import { Decimal } from "decimal.js";

/** Digits of a word, as decimal.js keeps them: counted from the point in both directions. */
const WORD = 7;
const ZERO = 48;

/** What decimal.js documents of a Decimal: sign, decimal exponent, words without those of zeros at either end. */
interface Parts {
  s: number;
  e: number;
  d: readonly number[];
}

/** A Decimal that has the parts of another for as long as it is copied. */
const mould = new Decimal(0);

function copied(s: number, e: number, d: readonly number[]): Decimal {
  const parts = mould as unknown as Parts;
  parts.s = s;
  parts.e = e;
  parts.d = d;
  return new Decimal(mould);
}

/** Whether the library at hand keeps its numbers so. */
const isKnown = ["-1234567.0000000891", "0.0123", "-0.00", "70000000"].every((text) => {
  const { s, e, d } = new Decimal(text);
  const point = pointOf(text);
  const made = fromDigits(text, s < 0 ? 1 : 0, point, point + 1, s < 0);
  return made?.s === s && made.e === e && String(made.d) === String(d);
});

/** The Decimal of a decimal text, as `new Decimal(text)` gives it. */
export function decimalOf(text: string): Decimal {
  const isNegative = text.charCodeAt(0) === 45;
  const first = isNegative ? 1 : 0;
  const point = pointOf(text);
  // Without a digit in front of the point, and behind it when there is one, the library decides.
  const isPlain = isKnown && point > first && point !== text.length - 1;
  return (isPlain ? fromDigits(text, first, point, point + 1, isNegative) : undefined) ?? new Decimal(text);
}

/** The Decimal of the digits from `first` to the end, of which `whole`, one at least, stand in front of a point that is not written. */
export function decimalOfDigits(text: string, first: number, whole: number, isNegative: boolean): Decimal {
  const point = first + whole;
  return (
    (isKnown ? fromDigits(text, first, point, point, isNegative) : undefined) ??
    new Decimal(`${isNegative ? "-" : ""}${text.slice(first, point)}.${text.slice(point)}0`)
  );
}

function pointOf(text: string): number {
  const point = text.indexOf(".");
  return point < 0 ? text.length : point;
}

/** The Decimal of the digits from `first` to before `point` and those from `fraction` on; `undefined` when there is anything else among them. */
function fromDigits(text: string, first: number, point: number, fraction: number, isNegative: boolean): Decimal | undefined {
  let start = first;
  while (start < point && text.charCodeAt(start) === ZERO) start++;
  let end = text.length;
  while (end > fraction && text.charCodeAt(end - 1) === ZERO) end--;
  const words: number[] = [];
  let exponent = point - start - 1;
  let at = fraction;
  if (start < point) {
    for (let from = start, to = start + (exponent % WORD) + 1; to <= point; from = to, to += WORD) words.push(wordOf(text, from, to, to));
  } else {
    while (at < end && text.charCodeAt(at) === ZERO) at++;
    if (at >= end) return copied(isNegative ? -1 : 1, 0, [0]);
    exponent = fraction - at - 1;
    at -= (at - fraction) % WORD;
  }
  for (; at < end; at += WORD) words.push(wordOf(text, at, Math.min(at + WORD, end), at + WORD));
  while (words[words.length - 1] === 0) words.pop();
  return words.some(Number.isNaN) ? undefined : copied(isNegative ? -1 : 1, exponent, words);
}

/** The digits from `from` to before `to`, filled up with zeros to before `full`; NaN when there is anything else among them. */
function wordOf(text: string, from: number, to: number, full: number): number {
  let word = 0;
  for (let at = from; at < to; at++) {
    const digit = text.charCodeAt(at) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    word = word * 10 + digit;
  }
  for (let at = to; at < full; at++) word *= 10;
  return word;
}
