// Seeded randomness: 32-bit integer arithmetic only, so the same key gives the same arena on every machine.

/** A stream of random values that depends on its key and on nothing else. */
export interface Random {
  /** A fraction, 0 included, 1 excluded. */
  unit(): number;
  /** An integer from `from` to `to`, both included. */
  between(from: number, to: number): number;
  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** So many lower-case letters and digits. */
  base36(length: number): string;
  /** So many lower-case hexadecimal digits. */
  hex(length: number): string;
}

/** The stream of a key: mulberry32 from an FNV-1a hash of it. */
export function random(...key: readonly (string | number)[]): Random {
  let state = fnv1a(key.join("\u0000"));
  const unit = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const between = (from: number, to: number): number => from + Math.floor(unit() * (to - from + 1));
  const text = (digits: string, length: number): string => Array.from({ length }, () => digits[between(0, digits.length - 1)]).join("");
  return {
    unit,
    between,
    pick: (list) => list[between(0, list.length - 1)] as (typeof list)[number],
    chance: (probability) => unit() < probability,
    base36: (length) => text("0123456789abcdefghijklmnopqrstuvwxyz", length),
    hex: (length) => text("0123456789abcdef", length),
  };
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash;
}
