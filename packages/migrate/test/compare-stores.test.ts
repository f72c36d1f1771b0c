// Two stores are compared where their records lie, and what differs is found whatever it is.
import { test } from "@fast-check/vitest";
import {
  compareStores,
  digest,
  memoryStore,
  repositoryStore,
  sameDecimal,
  sameInstant,
  streamDifferences,
  type CompareOptions,
  type RecordStore,
} from "@td/migrate";
import { c, defineTable, fills, openStorage, type InputOf, type RowOf, type Scope } from "@td/storage";
import fc from "fast-check";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { depth, folder, newName, storageOn, userOn, type Kind } from "./workbench.ts";

type Fill = InputOf<typeof fills>;

const fill = (id: string, change: Partial<Fill> = {}): Fill => ({
  id,
  symbol: "BTC-USD",
  side: "buy",
  quantity: "0.5",
  price: "100000.25",
  fee: "1.5",
  executedAt: "2025-03-01T10:00:00.123456Z",
  source: "test",
  ...change,
});

async function onFile(): Promise<Scope> {
  const opened = await openStorage(`sqlite:${join(folder(), "td.db")}`, { durability: "normal" });
  onTestFinished(() => opened.close());
  return opened.forUser("ada");
}

const onEngine = (kind: Kind): Promise<Scope> => userOn(kind, []);

/** Every way in which td compares two tables. */
const PAIRS = [
  ["two SQLite files, joined", onFile, onFile],
  ["two users of PostgreSQL, by hashes", () => onEngine("postgres"), () => onEngine("postgres")],
  ["SQLite and PostgreSQL, by texts", () => onEngine("sqlite"), () => onEngine("postgres")],
  ["PostgreSQL and a SQLite file, by texts", () => onEngine("postgres"), onFile],
] as const;

const NOW: CompareOptions = { bucketSize: 100, settle: { looks: 1 } };

const numbered = (count: number): readonly Fill[] =>
  Array.from({ length: count }, (_, at) => fill(String(at).padStart(5, "0"), { price: `${at}.5` }));

const found = async (a: RecordStore<RowOf<typeof fills>>, b: RecordStore<RowOf<typeof fills>>, options = NOW): Promise<readonly string[]> =>
  (await compareStores(a, b, options)).differences.map(({ key, kind, fields }) =>
    [key, kind, ...fields.map(({ field }) => field)].join(" "),
  );

describe.each(PAIRS)("%s", (_, first, second) => {
  it("are equal without a row being read, whatever the rows' numbers, sources and revisions are", async () => {
    const [one, other] = [await first(), await second()];
    await one.fills.importMany(numbered(450));
    await other.fills.importMany(
      numbered(450)
        .map((row) => ({ ...row, source: "elsewhere" }))
        .toReversed(),
    );
    const report = await compareStores(repositoryStore(one, fills), repositoryStore(other, fills), NOW);
    expect(report).toEqual({
      clean: true,
      keys: 450,
      equal: 450,
      missing: 0,
      extra: 0,
      different: 0,
      unsettled: 0,
      read: 0,
      differences: [],
    });
  });

  it("show a lost write, a stale one, a wrong field, a flipped sign, two swapped rows and what only one of them has", async () => {
    const [one, other] = [await first(), await second()];
    await one.fills.importMany(numbered(1000));
    await other.fills.importMany(numbered(1000));
    await other.fills.delete({ id: "00003" });
    await one.fills.update({ id: "00150" }, { price: "7" });
    await other.fills.update({ id: "00151" }, { orderId: "n" });
    await other.fills.update({ id: "00152" }, { fee: "-1.5" });
    await other.fills.update({ id: "00153" }, { attributes: { pnl: -1 } });
    await other.fills.insert(fill("00155x"));
    await other.fills.insert(fill("99999"));
    // A digest that only adds up values, or combines them by XOR, would not see these.
    await other.fills.update({ id: "00901" }, { price: "902.5" });
    await other.fills.update({ id: "00902" }, { price: "901.5" });
    const [a, b] = [repositoryStore(one, fills), repositoryStore(other, fills)];
    expect(await found(a, b)).toEqual([
      "00003 missing",
      "00150 different price",
      "00151 different orderId",
      "00152 different fee",
      "00153 different attributes",
      "00155x extra",
      "00901 different price",
      "00902 different price",
      "99999 extra",
    ]);
    const report = await compareStores(a, b, { ...NOW, limit: 1 });
    expect(report).toMatchObject({ clean: false, keys: 1002, missing: 1, extra: 2, different: 6, unsettled: 0 });
    expect(report.differences).toHaveLength(1);
    expect(report.equal).toBe(report.keys - 9);
    expect(report.read).toBeLessThan(600);
    expect((await found(b, a)).filter((line) => !line.includes("different"))).toEqual(["00003 extra", "00155x missing", "99999 missing"]);
    const all: string[] = [];
    for await (const some of streamDifferences(a, b, NOW)) all.push(...some.map(({ key }) => key));
    expect(all).toHaveLength(9);
  });

  it("are compared when one has nothing, or everything in one of the other's buckets", async () => {
    const [one, other] = [await first(), await second()];
    const [a, b] = [repositoryStore(one, fills), repositoryStore(other, fills)];
    expect(await compareStores(a, b, NOW)).toMatchObject({ clean: true, keys: 0 });
    await other.fills.importMany(numbered(330));
    expect(await compareStores(a, b, NOW)).toMatchObject({ keys: 330, extra: 330, equal: 0 });
    expect(await compareStores(b, a, NOW)).toMatchObject({ keys: 330, missing: 330, equal: 0 });
    await one.fills.insert(fill("x"));
    expect(await compareStores(a, b, NOW)).toMatchObject({ keys: 331, extra: 330, missing: 1 });
  });
});

test.prop(
  [
    fc.constantFrom(...PAIRS.map(([name]) => name)),
    fc.array(fc.tuple(fc.nat(30), fc.integer({ min: 1, max: 3 }), fc.constantFrom("a", "b", "both")), { maxLength: 60 }),
  ],
  { numRuns: depth(8, 400) },
)(
  "what differs is what a comparison of all values says",
  async (name, writes) => {
    const [, first, second] = PAIRS.find(([one]) => one === name) ?? PAIRS[0];
    const [one, other] = [(await pairOf(first)).again(), (await pairOf(second)).again()];
    const model = [new Map<string, number>(), new Map<string, number>()] as const;
    for (const [key, price, side] of writes) {
      if (side !== "b") model[0].set(`\u{1F600}${key}`, price);
      if (side !== "a") model[1].set(`\u{1F600}${key}`, price);
    }
    const rows = (side: Map<string, number>): readonly Fill[] => [...side].map(([id, price]) => fill(id, { price: String(price) }));
    await one.fills.importMany(rows(model[0]));
    await other.fills.importMany(rows(model[1]));
    const keys = [...new Set([...model[0].keys(), ...model[1].keys()])].filter((key) => model[0].get(key) !== model[1].get(key));
    const report = await compareStores(repositoryStore(one, fills), repositoryStore(other, fills), NOW);
    expect(report.differences.map(({ key }) => key).toSorted()).toEqual(keys.toSorted());
    expect(report.keys).toBe(new Set([...model[0].keys(), ...model[1].keys()]).size);
  },
  600_000,
);

const opened = new Map<unknown, Promise<{ readonly again: () => Scope }>>();
/** A storage for all runs of the property, with a new user each time. */
function pairOf(open: (typeof PAIRS)[number][1]): Promise<{ readonly again: () => Scope }> {
  const made = opened.get(open) ?? (open === onFile ? fileStorage() : engineStorage(open));
  opened.set(open, made);
  return made;
}
async function fileStorage(): Promise<{ readonly again: () => Scope }> {
  const storage = await openStorage(`sqlite:${join(folder(), "td.db")}`, { durability: "normal" });
  onTestFinished(() => storage.close());
  return { again: () => storage.forUser(newName()) };
}
async function engineStorage(open: unknown): Promise<{ readonly again: () => Scope }> {
  const storage = await storageOn(open === PAIRS[2][1] ? "sqlite" : "postgres", undefined, []);
  return { again: () => storage.forUser(newName()) };
}

describe("stores of other kinds", () => {
  it("are compared record by record, each spelling by the rule of its field: floats, minus zero, milliseconds, order of keys", async () => {
    const legacy = memoryStore<object>("legacy", [
      ["b", { price: 0.1 + 0.2, pnl: -0, at: "2025-03-01T11:00:00.123+01:00", tags: { x: 1, y: 2 } }],
      ["a", { price: 1, pnl: 0, at: "2025-03-01T10:00:00Z" }],
    ]);
    const next = memoryStore<object>("next", [
      ["a", { price: "1.000", pnl: "0", at: "2025-03-01T10:00:00.000000Z", note: null }],
      ["b", { price: "0.3", pnl: "0", at: "2025-03-01T10:00:00.123456Z", tags: { y: 2, x: 1 } }],
    ]);
    const canonical = { price: sameDecimal({ scale: 8 }), pnl: sameDecimal(), at: sameInstant({ digits: 3 }) };
    expect(await compareStores(legacy, next, { canonical })).toMatchObject({ clean: true, keys: 2, read: 2 });
    expect(await compareStores(legacy, next, { settle: { looks: 1 } })).toMatchObject({ different: 2 });
    expect((await digest(legacy, { canonical })).digest).toBe((await digest(next, { canonical })).digest);
    expect((await digest(legacy)).digest).not.toBe((await digest(next)).digest);
  });

  it("have one digest for the same records, in memory and in a table", async () => {
    const me = await onEngine("sqlite");
    await me.fills.importMany(numbered(50));
    const table = repositoryStore(me, fills);
    const copy = memoryStore<object>("copy");
    for await (const records of table.scan())
      await copy.put(
        records
          .map(({ key, value: { userId: _user, source: _source, ingestSeq: _seq, ...value } }) => ({
            key,
            value: JSON.parse(JSON.stringify(value)) as object,
          }))
          .toReversed(),
      );
    expect({ ...(await digest(copy)), store: "" }).toEqual({ ...(await digest(table)), store: "" });
    await me.fills.update({ id: "00001" }, { price: "8" });
    expect((await digest(copy)).digest).not.toBe((await digest(table)).digest);
  });

  it("with a digest of one form are read only where it differs, and wholly when the forms are two", async () => {
    const [one, other] = [await onEngine("sqlite"), await onEngine("sqlite")];
    for (const me of [one, other]) await me.fills.importMany(numbered(1000));
    await other.fills.update({ id: "00500" }, { price: "1" });
    await other.fills.insert(fill("x"));
    const foreign = (me: Scope): RecordStore<RowOf<typeof fills>> => ({ ...repositoryStore(me, fills) });
    const canonical = Object.fromEntries(["userId", "source", "ingestSeq"].map((name) => [name, () => undefined]));
    const report = await compareStores(foreign(one), foreign(other), { ...NOW, canonical });
    expect(report).toMatchObject({ keys: 1001, different: 1, extra: 1 });
    expect(report.read).toBeLessThan(210);
    const odd: RecordStore<RowOf<typeof fills>> = {
      ...foreign(other),
      digest: async () => [{ through: null, count: 0, form: "odd", digest: "" }],
    };
    expect(await compareStores(foreign(one), odd, { ...NOW, canonical })).toMatchObject({ keys: 1001, different: 1, extra: 1, read: 1001 });
  });
});

describe("a key that is being written", () => {
  /** A store whose record lags: it shows the new value only at the given look. */
  const lagging = (looks: number): RecordStore<object> => {
    const store = memoryStore<object>("lagging", [["k", { v: "old" }]]);
    let seen = 0;
    return { ...store, get: async () => (++seen >= looks ? { v: "new" } : { v: `old ${seen}` }) };
  };
  const current = memoryStore<object>("current", [["k", { v: "new" }]]);

  it("is not called different when it is equal at a later look", async () => {
    expect(await compareStores(current, lagging(3), { settle: { looks: 3, delayMs: 1 } })).toMatchObject({ clean: true, equal: 1 });
  });

  it("is unsettled when it changes at every look, and when the host says that it is in flight", async () => {
    expect(await compareStores(current, lagging(9), { settle: { looks: 3, delayMs: 1 } })).toMatchObject({ unsettled: 1, different: 0 });
    const stale = memoryStore<object>("stale", [["k", { v: "old" }]]);
    expect(await compareStores(current, stale, { settle: { inFlight: (keys) => keys } })).toMatchObject({ unsettled: 1, different: 0 });
  });

  it("is different when it was found so twice, with what each side has", async () => {
    const stale = memoryStore<object>("stale", [["k", { v: "old" }]]);
    const report = await compareStores(current, stale, { settle: { looks: 2, delayMs: 1 } });
    expect(report.differences).toEqual([{ key: "k", kind: "different", fields: [{ field: "v", a: "new", b: "old" }] }]);
  });
});

it("stops when asked, and refuses options out of range", async () => {
  const [one, other] = [await onEngine("sqlite"), await onEngine("sqlite")];
  for (const me of [one, other]) await me.fills.importMany(numbered(500));
  const [a, b] = [repositoryStore(one, fills), repositoryStore(other, fills)];
  const stop = new AbortController();
  const onProgress = ({ keys }: { readonly keys: number }): void => (keys >= 200 ? stop.abort(new Error("enough")) : undefined);
  await expect(compareStores(a, b, { ...NOW, signal: stop.signal, onProgress })).rejects.toThrow("enough");
  for (const options of [{ bucketSize: 1 }, { limit: -1 }, { settle: { looks: 0 } }])
    await expect(compareStores(a, b, options)).rejects.toMatchObject({ code: "invalid-option" });
});

it("does not compare the rows of two tables of another shape by their digests", async () => {
  const shape = (scale: number) =>
    defineTable("prices", { userId: c.text(), id: c.text(), price: c.decimal(20, scale) }, { primaryKey: ["userId", "id"] });
  const [two, four] = [shape(2), shape(4)];
  const stores: RecordStore<object>[] = [];
  for (const table of [two, four]) {
    const opened2 = await openStorage("sqlite::memory:", { tables: [table] });
    onTestFinished(() => opened2.close());
    const me = opened2.forUser("ada");
    await me.table(table).insert({ id: "a", price: "1.5" });
    stores.push(repositoryStore(me, table));
  }
  const [a, b] = stores as [RecordStore<object>, RecordStore<object>];
  expect(await compareStores(a, b, NOW)).toMatchObject({ clean: true, keys: 1, read: 1 });
});
