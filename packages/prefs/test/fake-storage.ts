import type { StorageLike } from "../src/browser/index.ts";

/** A storage of so many characters, as browsers have them. */
export function storageOf(room: number, held: Record<string, string> = {}): StorageLike & { readonly held: Map<string, string> } {
  const texts = new Map(Object.entries(held));
  return {
    held: texts,
    get length() {
      return texts.size;
    },
    key: (index) => [...texts.keys()][index] ?? null,
    getItem: (key) => texts.get(key) ?? null,
    setItem: (key, text) => {
      const others = [...texts].filter(([name]) => name !== key).reduce((sum, [name, other]) => sum + name.length + other.length, 0);
      if (others + key.length + text.length > room) throw new DOMException("full", "QuotaExceededError");
      texts.set(key, text);
    },
    removeItem: (key) => void texts.delete(key),
  };
}
