// Random numbers that are the same for the same seed.

/** A source of random numbers. */
export interface Dice {
  /** A whole number from `from` to `to`. */
  whole(from: number, to: number): number;
  /** One of them. */
  pick<T>(items: readonly [T, ...T[]]): T;
  /** 0, then 1, and so on. */
  serial(): number;
}

/** Random numbers of a seed (mulberry32). */
export function dice(seed: number): Dice {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const whole = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1));
  let count = 0;
  return { whole, pick: (items) => items[whole(0, items.length - 1)] ?? items[0], serial: () => count++ };
}
