// One digest over a store's records, whatever holds them: the same in a file, in a table and in memory.
import { collectDigest } from "@td/storage";
import { plainText, type CanonicalRules } from "../core/canonical-fields.ts";
import type { RecordStore } from "../stores/record-store.ts";
import { contentRules, tableBehind } from "./table-behind.ts";

/** The digest of a store. */
export interface StoreDigest {
  /** The store's name. */
  readonly store: string;
  /** How many records. */
  readonly records: number;
  /** 64 hex digits: the sum, modulo 2^256, of the SHA-256 of each record's canonical text. */
  readonly digest: string;
}

/**
 * The digest of all records of a store, read in constant memory. Order does not count, an absent field counts as null, and fields are spelled by the
 * given rules as in `compareStores`: stores with the same records have the same digest, wherever they lie. Throws what the store throws.
 */
export async function digest<T>(store: RecordStore<T>, options: { readonly canonical?: CanonicalRules } = {}): Promise<StoreDigest> {
  const behind = tableBehind(store);
  const rules = { ...(behind === undefined ? {} : contentRules(behind)), ...options.canonical };
  const collector = collectDigest(store.name);
  for await (const records of store.scan())
    for (const { key, value } of records) collector.add(`${JSON.stringify(key)}:${canonicalRecord(value, rules)}`);
  const { rows, digest: sum } = collector.result();
  return { store: store.name, records: rows, digest: sum };
}

function canonicalRecord(value: unknown, rules: CanonicalRules): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return plainText(value) ?? "null";
  const record = value as Readonly<Record<string, unknown>>;
  const fields = Object.keys(record)
    .toSorted()
    .flatMap((name) => {
      const text = ((Object.hasOwn(rules, name) ? rules[name] : undefined) ?? plainText)(record[name]);
      return text === undefined || text === "null" ? [] : [`${JSON.stringify(name)}:${text}`];
    });
  return `{${fields.join(",")}}`;
}
