// Random numbers that a seed repeats.

/** Draws whole numbers. */
export interface Random {
  /** From 0 to `below - 1`; `below` up to 2^31. */
  below(below: number): number;
}

/** Mulberry32 behind a hash of the text. */
export function seededRandom(text: string): Random {
  let state = 0x811c9dc5;
  for (const letter of text) state = Math.imul(state ^ (letter.codePointAt(0) ?? 0), 0x01000193);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return { below: (below) => next() % below };
}
