// localStorage as it is in the wild: missing, forbidden, full, or taken away. Nothing here throws.

/** The four methods of a browser's `Storage` that are used, and its length. */
export interface StorageLike {
  /** Number of keys. */
  readonly length: number;
  /** The name of a key by its place; null behind the last. */
  key(index: number): string | null;
  /** The text of a key; null when there is none. */
  getItem(key: string): string | null;
  /** Keeps a text. May throw when the area is full. */
  setItem(key: string, value: string): void;
  /** Removes a key, or nothing. */
  removeItem(key: string): void;
}

/** Texts by key in this browser. What cannot be stored is kept in memory until the page goes. */
export interface LocalArea {
  /** undefined: not there. */
  get(key: string): string | undefined;
  /** False: the text is in memory only (the storage is full, forbidden or missing) and gone with the page. */
  set(key: string, text: string): boolean;
  /** False: the text is still stored, and would be back with the next page. */
  remove(key: string): boolean;
  /** Names of all keys at this origin, also those of other applications. */
  keys(): string[];
  /** False when nothing can be stored here at all. */
  readonly persistent: boolean;
  /** True for a key whose text is in memory only. */
  inMemory(key: string): boolean;
  /** Forgets the text in memory of a key that another tab has stored meanwhile. */
  forget(key: string): void;
}

/**
 * Wraps a browser's storage. The function is called once, here: in a browser that forbids storage the mere mention of `localStorage` throws, so hand over
 * `() => localStorage`, not `localStorage`. Default: that.
 */
export function localArea(open: () => StorageLike | undefined = () => globalThis.localStorage): LocalArea {
  const storage = attempt(() => usable(open()));
  const memory = new Map<string, string>();
  return {
    persistent: storage !== undefined,
    get: (key) => memory.get(key) ?? attempt(() => storage?.getItem(key)) ?? undefined,
    set: (key, text) => {
      memory.set(key, text);
      const stored = attempt(() => (storage?.setItem(key, text), storage?.getItem(key) === text)) ?? false;
      if (stored) memory.delete(key);
      return stored;
    },
    remove: (key) => {
      memory.delete(key);
      return attempt(() => (storage?.removeItem(key), true)) ?? false;
    },
    keys: () => [...new Set([...(attempt(() => names(storage)) ?? []), ...memory.keys()])],
    inMemory: (key) => memory.has(key),
    forget: (key) => void memory.delete(key),
  };
}

/** Reading must work. Writing is not tried: a full storage can still be read, and nothing is written that was not asked for. */
function usable(storage: StorageLike | undefined): StorageLike | undefined {
  storage?.getItem("");
  return storage;
}

function names(storage: StorageLike | undefined): string[] {
  return Array.from({ length: storage?.length ?? 0 }, (_, index) => storage?.key(index)).filter((name) => typeof name === "string");
}

/** undefined: it threw (SecurityError, QuotaExceededError). */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch {
    return undefined;
  }
}
