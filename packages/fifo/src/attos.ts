// Money as two safe integers with 18 places: nearly every amount fits, and computing and writing it takes a fraction of what a bigint takes.
import { SMALL_POWERS, writeDecimal } from "./decimal-text.ts";
import type { Units } from "./units.ts";

/** Amounts below this (a billion of the currency) fit, and so do sums of four of them. */
const LIMIT = 1e15;
const SAFE = 2 ** 53;

/**
 * An amount, `micros / 10^6 + attos / 10^18`, of any signs: what is added up is carried over when it is written. `micros` is NaN from the first part
 * on that does not fit. It is changed in place: a value of its own for each amount read would cost more than the arithmetic.
 */
export class Attos {
  micros = 0;
  attos = 0;

  /** Becomes a + sign * b. */
  set(a: Attos, sign: 1 | -1, b: Attos): void {
    this.micros = a.micros + sign * b.micros;
    this.attos = a.attos + sign * b.attos;
  }

  /**
   * Adds `sign * units * 10^-scale * used / size`, cut toward zero at 18 places. Every value on the way is an integer below 2^53, and so is the sum
   * of each `rest` and `per`: then the quotient as the processor rounds it, cut, is the quotient. It is for `left / unit` too: a power of ten above 1 does
   * not divide 2^53.
   */
  addPart(sign: number, units: Units, scale: number, used: Units, size: Units): void {
    const times = Number(units) * power(6 - scale);
    const by = Number(used);
    const per = Number(size) * power(scale - 6);
    const reach = SAFE / (by + per);
    if (!(scale <= 18 && reach > 11 && Math.abs(times) < SAFE)) {
      this.micros = Number.NaN;
      return;
    }
    const step = reach > 1_000_001 ? 6 : reach > 1001 ? 3 : 1;
    const base = power(step);
    let left = times;
    let rest = 0;
    let micros = 0;
    let attos = 0;
    // A long multiplication and division at once, `step` digits at a time; all digits before the point at once where the product is safe.
    for (let place = Math.abs(times * by) + per < SAFE ? 0 : 18; place >= -12; place -= step) {
      const unit = power(place);
      const digits = Math.trunc(left / unit);
      left -= digits * unit;
      rest = rest * base + digits * by;
      const next = Math.trunc(rest / per);
      rest -= next * per;
      if (place < 0) attos = attos * base + next;
      else micros = micros * base + next;
    }
    this.micros += sign * (Math.abs(micros) < LIMIT ? micros : Number.NaN);
    this.attos += sign * attos;
  }

  /** Canonical decimal text; undefined where it does not fit. */
  text(): string | undefined {
    const sign = this.micros + Math.floor(this.attos / 1e12) < 0 ? -1 : 1;
    const attos = this.attos * sign;
    const carry = Math.floor(attos / 1e12);
    const high = this.micros * sign + carry;
    if (!(high < LIMIT)) return undefined;
    const rest = attos - carry * 1e12;
    const billionths = Math.floor(rest / 1e9);
    // Three times nine digits, each below 2^31: as 32-bit integers their division by a constant is a multiplication.
    const a = (high / 1e6) | 0;
    const b = ((high - a * 1e6) * 1000 + billionths) | 0;
    const c = (rest - billionths * 1e9) | 0;
    // All characters in one step: a text put together of pieces costs more than all the arithmetic.
    // oxfmt-ignore
    const text = String.fromCharCode(
      digit(a, 1e8), digit(a, 1e7), digit(a, 1e6), digit(a, 1e5), digit(a, 1e4), digit(a, 1e3), digit(a, 100), digit(a, 10), digit(a, 1), 46,
      digit(b, 1e8), digit(b, 1e7), digit(b, 1e6), digit(b, 1e5), digit(b, 1e4), digit(b, 1e3), digit(b, 100), digit(b, 10), digit(b, 1),
      digit(c, 1e8), digit(c, 1e7), digit(c, 1e6), digit(c, 1e5), digit(c, 1e4), digit(c, 1e3), digit(c, 100), digit(c, 10), digit(c, 1),
    );
    let start = 8;
    for (let ten = 10; ten <= a; ten *= 10) start--;
    let end = c === 0 ? 19 : 28;
    while (text.charCodeAt(end - 1) === 48) end--;
    return (sign < 0 ? "-" : "") + text.slice(start, end === 10 ? 9 : end);
  }
}

/** The canonical text of `units / 10^scale`. */
export function writeUnits(units: Units, scale: number): string {
  if (typeof units === "bigint") return writeDecimal(units, scale);
  single.set(ZERO, 1, ZERO);
  single.addPart(1, units, scale, 1, 1);
  return single.text() ?? writeDecimal(BigInt(units), scale);
}

/** Never changed. */
export const ZERO = new Attos();
const single = new Attos();

/** 10^places; 1 for none. */
const power = (places: number): number => SMALL_POWERS[Math.max(0, places)] ?? 1;

/** The character of one digit of an integer below 2^31. */
const digit = (n: number, place: number): number => 48 + (((n / place) | 0) % 10);
