// Seeded randomness for the legacy book: 32-bit integer arithmetic only, so the same key gives the same book on every machine.

/** A stream of random values that depends on its key and on nothing else. */
export interface SeededRandom {
  /** A fraction, 0 included, 1 excluded. */
  unit(): number;
  /** Eight lower-case hexadecimal digits. */
  hex(): string;
  /** An integer from 0 to `below - 1`. */
  int(below: number): number;
  /** True with the given probability, 0 to 1. */
  chance(probability: number): boolean;
}

/** The random stream named by `key`: sfc32, its state taken from an FNV-1a hash of the key, the first 16 outputs dropped. */
export function seededRandom(...key: readonly string[]): SeededRandom {
  const next = sfc32(fnv1a(key.join("\u0000")));
  for (let i = 0; i < 16; i++) next();
  const unit = () => next() / 4_294_967_296;
  return {
    unit,
    hex: () => next().toString(16).padStart(8, "0"),
    int: (below) => Math.floor(unit() * below),
    chance: (probability) => unit() < probability,
  };
}

/** Shuffles `list` in place (Fisher and Yates, from the end) and returns it. */
export function shuffle<T>(list: T[], random: SeededRandom): T[] {
  for (let i = list.length - 1; i > 0; i--) {
    const j = random.int(i + 1);
    const item = itemAt(list, i);
    list[i] = itemAt(list, j);
    list[j] = item;
  }
  return list;
}

/** Passes items on in nearly the order they came: most of them within a few dozen places. */
export function shuffledStream<T>(random: SeededRandom, emit: (item: T) => void): { add(item: T): void; end(): void } {
  const held: T[] = [];
  return {
    add(item) {
      held.push(item);
      if (held.length <= 24) return;
      const i = random.int(25);
      const out = itemAt(held, i);
      held[i] = itemAt(held, held.length - 1);
      held.pop();
      emit(out);
    },
    end() {
      for (const item of shuffle(held, random)) emit(item);
    },
  };
}

/** Picks one item of a list that is not empty. */
export function pick<T>(list: readonly T[], random: SeededRandom): T {
  return itemAt(list, random.int(list.length));
}

function itemAt<T>(list: readonly T[], index: number): T {
  const item = list[index];
  if (item === undefined) throw new RangeError(`no item ${index} in a list of ${list.length}`);
  return item;
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  return hash;
}

function sfc32(seed: number): () => number {
  let a = seed,
    b = Math.imul(seed, 0x9e3779b1) >>> 0,
    c = seed ^ 0x5bd1e995,
    counter = 1;
  return () => {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
}
