// Exact decimal arithmetic on integer parts. The values inside the engine that are not read yet stay text; this is what reading them uses.
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
export function unitsAt(value: Exact, scale: number): bigint {
  return scale === value.scale ? value.units : value.units * pow10(scale - value.scale);
}

export function add(a: Exact, b: Exact): Exact {
  if (a.scale === b.scale) return { units: a.units + b.units, scale: a.scale };
  const scale = Math.max(a.scale, b.scale);
  return { units: unitsAt(a, scale) + unitsAt(b, scale), scale };
}

export function subtract(a: Exact, b: Exact): Exact {
  return add(a, negate(b));
}

export function multiply(a: Exact, b: Exact): Exact {
  return { units: a.units * b.units, scale: a.scale + b.scale };
}

export function negate(a: Exact): Exact {
  return { units: -a.units, scale: a.scale };
}

/** Negative, zero or positive as `a` is below, equal to or above `b`. */
export function compareExact(a: Exact, b: Exact): number {
  const scale = Math.max(a.scale, b.scale);
  const left = unitsAt(a, scale);
  const right = unitsAt(b, scale);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** numerator / denominator as an integer: halves to even, halves away from zero, or cut toward zero. The denominator is above 0. */
export function divide(numerator: bigint, denominator: bigint, rounding: "half-even" | "half-up" | "cut"): bigint {
  const quotient = numerator / denominator;
  if (rounding === "cut") return quotient;
  const rest = numerator % denominator;
  const twice = (rest < 0n ? -rest : rest) * 2n;
  const up = twice > denominator || (twice === denominator && (rounding === "half-up" || quotient % 2n !== 0n));
  return up ? quotient + (numerator < 0n ? -1n : 1n) : quotient;
}

/** The value at a scale, rounded where it has more places. */
export function roundTo(value: Exact, scale: number, rounding: "half-even" | "half-up" | "cut"): Exact {
  if (value.scale <= scale) return value;
  return { units: divide(value.units, pow10(value.scale - scale), rounding), scale };
}
