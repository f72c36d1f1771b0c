// Records in memory: for tests, and for trying things out.
import { compareKeys, keyInRange } from "../core/compare-keys.ts";
import type { RecordStore, ScanRange } from "./record-store.ts";

/** Records in memory, gone with the process. Values are kept as copies, so changing one afterwards changes nothing here. Every put and delete is all or none. */
export function memoryStore<T>(name = "memory", records: Iterable<readonly [string, T]> = []): RecordStore<T> {
  const held = new Map<string, T>(Array.from(records, ([key, value]) => [key, structuredClone(value)]));
  return {
    name,
    get: async (key) => structuredClone(held.get(key)),
    put: async (puts) => {
      for (const [key, value] of puts.map((put) => [put.key, structuredClone(put.value)] as const)) held.set(key, value);
    },
    delete: async (keys) => {
      for (const key of keys) held.delete(key);
    },
    async *scan(range: ScanRange = {}) {
      const keys = [...held.keys()].filter((key) => keyInRange(key, range)).sort(compareKeys);
      for (let at = 0; at < keys.length; at += CHUNK) {
        const found = keys.slice(at, at + CHUNK).filter((key) => held.has(key));
        if (found.length > 0) yield found.map((key) => ({ key, value: structuredClone(held.get(key)) as T }));
      }
    },
  };
}

const CHUNK = 1000;
