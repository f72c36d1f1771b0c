// Several stores as one: each holds the keys that begin with its name.
import type { RecordStore, ScanRange, StoredRecord } from "@td/migrate";

/** A store that is part of another. */
export interface Route<T> {
  /** What its keys begin with; no prefix begins with another. */
  readonly prefix: string;
  readonly store: RecordStore<T>;
}

/** One store of many. A put over several of them is written one store after the other, in the order of its records. */
export function routedStore<T>(name: string, routes: readonly Route<T>[]): RecordStore<T> {
  const sorted = routes.toSorted((a, b) => Buffer.compare(Buffer.from(a.prefix), Buffer.from(b.prefix)));
  const find = (key: string): Route<T> => {
    const route = sorted.find(({ prefix }) => key.startsWith(prefix));
    if (route === undefined) throw new RangeError(`${name} has no place for the key ${key}`);
    return route;
  };
  return {
    name,
    get: async (key) => {
      const { prefix, store } = find(key);
      return store.get(key.slice(prefix.length));
    },
    put: async (records) => {
      const parts = grouped(records, ({ key }) => find(key));
      for (const [{ prefix, store }, some] of parts)
        await store.put(some.map(({ key, value }) => ({ key: key.slice(prefix.length), value })));
    },
    delete: async (keys) => {
      for (const [{ prefix, store }, some] of grouped(keys, find)) await store.delete(some.map((key) => key.slice(prefix.length)));
    },
    async *scan(range = {}) {
      for (const { prefix, store } of sorted) {
        const own = rangeWithin(prefix, range);
        if (own === undefined) continue;
        for await (const page of store.scan(own)) yield page.map(({ key, value }) => ({ key: prefix + key, value }));
      }
    },
  };
}

function grouped<R, T>(items: readonly T[], of: (item: T) => R): ReadonlyMap<R, readonly T[]> {
  const groups = new Map<R, T[]>();
  for (const item of items) {
    const group = groups.get(of(item));
    if (group === undefined) groups.set(of(item), [item]);
    else group.push(item);
  }
  return groups;
}

/** A range of all keys as one of those behind a prefix; `undefined` when none of them is in it. */
export function rangeWithin(prefix: string, { after, through }: ScanRange): ScanRange | undefined {
  const from =
    after === undefined || isBefore(after, prefix) ? {} : after.startsWith(prefix) ? { after: after.slice(prefix.length) } : undefined;
  if (from === undefined) return undefined;
  if (through === undefined) return from;
  if (through.startsWith(prefix)) return { ...from, through: through.slice(prefix.length) };
  return isBefore(through, prefix) ? undefined : from;
}

function isBefore(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}

/** The same store without the records that have no value: those that cannot be read. They are not touched either. */
export function readable<T>(store: RecordStore<T | null>): RecordStore<T> {
  return {
    name: store.name,
    get: async (key) => (await store.get(key)) ?? undefined,
    put: (records) => store.put(records),
    delete: (keys) => store.delete(keys),
    async *scan(range) {
      for await (const page of store.scan(range)) {
        const some = page.filter((record): record is StoredRecord<T> => record.value !== null);
        if (some.length > 0) yield some;
      }
    },
  };
}
