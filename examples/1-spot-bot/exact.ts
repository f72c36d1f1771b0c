// Sums of decimals that never round.
import { Decimal } from "decimal.js";

/** decimal.js with room for every digit that a column can hold; its own default would round sums to 20 digits. */
const Exact = Decimal.clone({ precision: 1000 });

/** A sum that grows. */
export interface RunningSum {
  add(value: Decimal | string | null): void;
  /** Canonical text. */
  text(): string;
}

/** A sum, 0 at first. Nulls are left out. */
export function runningSum(): RunningSum {
  let sum = new Exact(0);
  return {
    add(value) {
      if (value !== null) sum = Exact.add(sum, value);
    },
    text: () => sum.toFixed(),
  };
}

/** `after - before` as canonical text. */
export function difference(before: string, after: string): string {
  return Exact.sub(after, before).toFixed();
}

/** `a x b` as canonical text. */
export function multiplyText(a: string, b: string): string {
  return Exact.mul(a, b).toFixed();
}

/** Sorts decimals by size without their sign, the largest first. */
export function largestFirst(a: string, b: string): number {
  return Exact.abs(b).cmp(Exact.abs(a));
}
