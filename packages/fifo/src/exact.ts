// Exact decimal arithmetic on bigints: for what does not fit into two numbers (attos.ts), for sums, and for everything that looks at results.
/** An exact decimal, `units / 10^scale`; unlike `DecimalParts` it may carry trailing zeros. */
export interface Exact {
  /** The digits as an integer. */
  readonly units: bigint;
  /** Digits after the point: the value is `units / 10 ** scale`. */
  readonly scale: number;
}

export const ZERO: Exact = { units: 0n, scale: 0 };

const POWERS: bigint[] = [1n];

/** 10^n for n >= 0. */
export function pow10(n: number): bigint {
  for (let i = POWERS.length; i <= n; i++) POWERS.push((POWERS[i - 1] ?? 1n) * 10n);
  return POWERS[n] ?? 10n ** BigInt(n);
}

/** The units of `value` at a scale that is not smaller than its own. */
function unitsAt(value: Exact, scale: number): bigint {
  return scale === value.scale ? value.units : value.units * pow10(scale - value.scale);
}

/** a + b, or a - b with a sign of -1. */
export function add(a: Exact, b: Exact, sign: 1 | -1 = 1): Exact {
  const scale = Math.max(a.scale, b.scale);
  const [left, right] = [unitsAt(a, scale), unitsAt(b, scale)];
  return { units: sign > 0 ? left + right : left - right, scale };
}

export function subtract(a: Exact, b: Exact): Exact {
  return add(a, b, -1);
}

export function multiply(a: Exact, b: Exact): Exact {
  return { units: a.units * b.units, scale: a.scale + b.scale };
}

export function negate(a: Exact): Exact {
  return { units: -a.units, scale: a.scale };
}

/** Negative, zero or positive as `a` is below, equal to or above `b`. */
export function compareExact(a: Exact, b: Exact): number {
  const { units } = subtract(a, b);
  return units < 0n ? -1 : units > 0n ? 1 : 0;
}

/** numerator / denominator as an integer: halves to even, halves away from zero, or cut toward zero. The denominator is above 0. */
export function divide(numerator: bigint, denominator: bigint, rounding: Sharing["rounding"]): bigint {
  const quotient = numerator / denominator;
  if (rounding === "cut") return quotient;
  const rest = numerator % denominator;
  const twice = (rest < 0n ? -rest : rest) * 2n;
  const up = twice > denominator || (twice === denominator && (rounding === "half-up" || quotient % 2n !== 0n));
  return up ? quotient + (numerator < 0n ? -1n : 1n) : quotient;
}

/** How a quotient is cut to a number of places. */
export interface Sharing {
  readonly scale: number;
  readonly rounding: "half-even" | "half-up" | "cut";
}

/** value x times / per, at these places. */
export function ratio(value: Exact, times: bigint, per: bigint, { scale, rounding }: Sharing): Exact {
  const places = scale - value.scale;
  const dividend = value.units * times * pow10(Math.max(0, places));
  return { units: divide(dividend, per * pow10(Math.max(0, -places)), rounding), scale };
}
