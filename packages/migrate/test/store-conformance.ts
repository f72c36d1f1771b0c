// What every record store does, whatever it lies on. A store's own test file adds only what is its own.
import type { RecordStore, StoredRecord } from "@td/migrate";
import { expect, test } from "vitest";

/** What the cases store: texts only, so that a CSV file can hold it. */
export interface Quote {
  readonly id: string;
  readonly symbol: string;
  readonly price: string;
  readonly note: string | null;
}

/** One record. */
export function quote(id: string, price = "1.5", note: string | null = null): StoredRecord<Quote> {
  return { key: id, value: { id, symbol: "BTC-USD", price, note } };
}

/** Every record of a range. */
export async function scanned<T>(
  store: RecordStore<T>,
  range?: Parameters<RecordStore<T>["scan"]>[0],
): Promise<readonly StoredRecord<T>[]> {
  const all: StoredRecord<T>[] = [];
  for await (const records of store.scan(range)) {
    expect(records.length).toBeGreaterThan(0);
    all.push(...records);
  }
  return all;
}

async function outcomeOf(put: Promise<void>): Promise<unknown> {
  return put.then(
    () => "done",
    (error: unknown) => (error as { readonly code?: unknown }).code,
  );
}

const keysOf = (records: readonly StoredRecord<unknown>[]): readonly string[] => records.map(({ key }) => key);

/**
 * All cases. `open` gives an empty store; `again` opens what it holds anew, where that outlives the store. `keyLies`: whether a record says its key
 * itself, so that one under another key is refused, or has it beside it, so that what the record says is content.
 */
export function describeStore(
  keyLies: "in the record" | "beside the record",
  open: () => Promise<{ readonly store: RecordStore<Quote>; readonly again?: () => Promise<RecordStore<Quote>> }>,
): void {
  test("holds what was put, and nothing under other keys", async () => {
    const { store } = await open();
    await store.put([quote("a"), quote("b", "0.100000000000000001", "two")]);
    expect(await store.get("b")).toEqual(quote("b", "0.100000000000000001", "two").value);
    expect(await store.get("c")).toBeUndefined();
    expect(await scanned(store)).toEqual([quote("a"), quote("b", "0.100000000000000001", "two")]);
  });

  test("replaces a record whole: what the new one does not have is gone", async () => {
    const { store } = await open();
    await store.put([quote("a", "1.5", "old"), quote("b")]);
    await store.put([quote("a", "2.5", null)]);
    expect(await scanned(store)).toEqual([quote("a", "2.5"), quote("b")]);
  });

  test("takes new and known keys in one put, and the last of a key given twice", async () => {
    const { store } = await open();
    await store.put([quote("b")]);
    await store.put([quote("c", "1"), quote("b", "7"), quote("c", "9")]);
    expect(await scanned(store)).toEqual([quote("b", "7"), quote("c", "9")]);
  });

  test("deletes keys, also those that are not there", async () => {
    const { store } = await open();
    await store.delete(["nothing"]);
    await store.put([quote("a"), quote("b"), quote("c")]);
    await store.delete(["a", "c", "nothing"]);
    expect(keysOf(await scanned(store))).toEqual(["b"]);
    await store.delete(["b"]);
    expect(await scanned(store)).toEqual([]);
    await store.put([quote("d")]);
    expect(keysOf(await scanned(store))).toEqual(["d"]);
  });

  test("a record whose own key is another never hides, replaces or breaks one", async () => {
    const { store, again } = await open();
    await store.put([quote("c")]);
    const inside = keyLies === "in the record";
    expect(await outcomeOf(store.put([quote("a"), { key: "b", value: quote("c", "9").value }]))).toBe(inside ? "record-refused" : "done");
    const expected = inside ? ["c"] : ["a", "b", "c"];
    for (const opened of [store, (await again?.()) ?? store]) {
      expect(keysOf(await scanned(opened))).toEqual(expected);
      expect(await opened.get("c")).toEqual(quote("c").value);
    }
    await store.put([quote("d")]);
    expect(keysOf(await scanned(store))).toEqual([...expected, "d"]);
  });

  test("a record without its own key, or under the empty one, is refused or held: what stands stays readable", async () => {
    const { store } = await open();
    await store.put([quote("c")]);
    const { id: _id, ...keyless } = quote("b").value;
    for (const odd of [{ key: "b", value: keyless as Quote }, quote("")]) {
      const outcome = await outcomeOf(store.put([odd]));
      expect(["record-refused", "done"]).toContain(outcome);
      expect((await store.get(odd.key)) === undefined).toBe(outcome === "record-refused");
      expect(await store.get("c")).toEqual(quote("c").value);
    }
  });

  test("does nothing for nothing", async () => {
    const { store } = await open();
    await store.put([]);
    await store.delete([]);
    expect(await scanned(store)).toEqual([]);
  });

  test("scans by the bytes of the keys, whatever order they came in", async () => {
    const { store } = await open();
    const keys = ["z", "a", "\u{1F600}", "\uFFFD", "Z", "é", "a1", "10", "9"];
    await store.put(keys.map((key) => quote(key)));
    const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(keysOf(await scanned(store))).toEqual(sorted);
    expect(keysOf(await scanned(store, { after: "a", through: "é" }))).toEqual(["a1", "z", "é"]);
    expect(keysOf(await scanned(store, { after: "\uFFFD" }))).toEqual(["\u{1F600}"]);
    expect(keysOf(await scanned(store, { through: "10" }))).toEqual(["10"]);
  });

  test("scans more than one array of records", async () => {
    const { store } = await open();
    const many = Array.from({ length: 2300 }, (_, at) => quote(String(at).padStart(5, "0")));
    await store.put(many);
    expect(await scanned(store)).toEqual(many);
  });

  test("keeps any text, and tells the empty from none", async () => {
    const { store } = await open();
    const notes = ["", '"', ",", "a\nb", "a\r\nb", " x ", "\\", "null", "é\u{1F600}", '{"a":[1]}'];
    await store.put(notes.map((note, at) => quote(`k${at}`, "1", note)));
    expect((await scanned(store)).map(({ value }) => value.note)).toEqual(notes);
  });

  test("keeps writes that are asked for at once", async () => {
    const { store } = await open();
    await Promise.all(Array.from({ length: 20 }, (_, at) => store.put([quote(`k${at + 10}`)])));
    expect(await scanned(store)).toHaveLength(20);
  });

  test("is the same when it is opened again", async () => {
    const { store, again } = await open();
    await store.put([quote("a"), quote("b")]);
    await store.put([quote("c"), quote("a", "3")]);
    await store.delete(["b"]);
    const opened = (await again?.()) ?? store;
    expect(await scanned(opened)).toEqual([quote("a", "3"), quote("c")]);
    await opened.put([quote("a", "4")]);
    expect(await store.get("a")).toEqual(quote("a", "4").value);
  });
}
