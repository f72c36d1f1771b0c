// A dual write from the first write to the archive and back, wherever its sides lie.
import { dualWrite, MigrateError } from "@td/migrate";
import { describe, expect, onTestFinished, test } from "vitest";
import { openStorage, type Scope } from "@td/storage";
import { ADA, bench, bring, contents, PLACES } from "./dual-workbench.ts";
import { oldQuotes, quotes, rowStore, TABLES } from "./dual-tables.ts";
import { quote } from "./store-conformance.ts";
import { KINDS, newName, urlOn, userOn, type Kind } from "./workbench.ts";

const CASES = KINDS.flatMap((kind) => PLACES.map((place) => [place, kind] as const));

describe.each(CASES)("%s on %s", (place, kind) => {
  test("writes and reads by the phase, all the way on", async () => {
    const { legacy, next, open, me } = await bench(place, kind);
    const dual = open();
    await dual.put([quote("a"), quote("b")]);
    expect([await contents(legacy), await contents(next)]).toEqual([{ a: "1.5 ", b: "1.5 " }, {}]);

    await dual.advance(ADA);
    await dual.put([quote("b", "2"), quote("c")]);
    expect(await contents(next)).toEqual({ b: "2 ", c: "1.5 " });
    expect(await dual.repair({ keys: "all" })).toEqual({ copied: 1, deleted: 0, left: 0, failures: [] });
    expect(await contents(next)).toEqual(await contents(legacy));
    expect(await dual.verify()).toMatchObject({ keys: 3, matched: 3, clean: true, phase: "dual-write" });

    await dual.advance(ADA);
    expect(await dual.get("b")).toEqual(await legacy.get("b"));
    await dual.delete(["a", "nothing"]);
    expect(await dual.get("a")).toBeUndefined();
    await dual.settled();
    expect(await dual.status()).toMatchObject({ phase: "validate", comparedReads: 2, readDifferences: 0, dirtyKeys: 0 });
    await dual.verify();

    expect(await dual.advance(ADA)).toMatchObject({ phase: "cutover", next: "archived" });
    await dual.put([quote("d", "4")]);
    expect(await dual.get("d")).toEqual(await next.get("d"));
    expect(await contents(legacy)).toEqual(await contents(next));
    expect(await contents(dual)).toEqual({ b: "2 ", c: "1.5 ", d: "4 " });
    await dual.verify();

    await dual.advance(ADA);
    await dual.put([quote("e")]);
    expect(Object.keys(await contents(legacy))).toEqual(["b", "c", "d"]);
    expect(Object.keys(await contents(next))).toEqual(["b", "c", "d", "e"]);
    await expect(dual.advance(ADA)).rejects.toMatchObject({ code: "phase-wrong" });
    await expect(dual.rollback(ADA)).rejects.toMatchObject({ code: "phase-wrong" });
    await expect(dual.verify()).rejects.toMatchObject({ code: "phase-wrong" });
    expect((await dual.audit()).map(({ action, toPhase }) => `${action} ${toPhase}`)).toEqual([
      "advanced archived",
      "verified cutover",
      "advanced cutover",
      "verified validate",
      "advanced validate",
      "verified dual-write",
      "repaired dual-write",
      "advanced dual-write",
      "created legacy",
    ]);
    expect(me.userId).not.toBe("");
  });

  test("goes back from every phase with every write made since", async () => {
    const { legacy, open } = await bench(place, kind);
    const dual = open();
    await dual.put([quote("a")]);
    await bring(dual, "cutover");
    await dual.put([quote("b"), quote("a", "9")]);
    await dual.delete(["none"]);
    expect(await dual.rollback(ADA)).toMatchObject({ phase: "dual-write" });
    expect(await contents(legacy)).toEqual({ a: "9 ", b: "1.5 " });
    expect(await dual.get("b")).toEqual(await legacy.get("b"));
    await dual.put([quote("c")]);
    await bring(dual, "cutover");
    expect(Object.keys(await contents(dual))).toEqual(["a", "b", "c"]);
    expect(await dual.rollback({ ...ADA, to: "legacy" })).toMatchObject({ phase: "legacy" });
    await dual.put([quote("d")]);
    expect(Object.keys(await contents(dual))).toEqual(["a", "b", "c", "d"]);
    await bring(dual, "archived");
    expect(Object.keys(await contents(dual))).toEqual(["a", "b", "c", "d"]);
  });

  test("a second side that refuses never fails a write; its keys are dirty until repair", async () => {
    const { next, nextFault, legacy, open, events } = await bench(place, kind);
    const dual = open();
    await bring(dual, "dual-write");
    nextFault.write = "refuse";
    await dual.put([quote("a"), quote("b")]);
    await dual.delete(["b"]);
    expect(await contents(legacy)).toEqual({ a: "1.5 " });
    expect(await dual.status()).toMatchObject({ dirtyKeys: 2, failedWrites: 2 });
    expect(events.filter(({ kind: what }) => what === "secondary-failed")).toHaveLength(2);
    await dual.put([quote("c")]);
    expect(await dual.repair()).toMatchObject({ copied: 0, left: 3 });
    await expect(dual.advance(ADA)).rejects.toMatchObject({ code: "gates-not-met", message: expect.stringContaining("3 keys are dirty") });
    nextFault.write = "none";
    expect(await dual.repair()).toMatchObject({ copied: 2, deleted: 1, left: 0 });
    expect(await contents(next)).toEqual({ a: "1.5 ", c: "1.5 " });
    expect(await dual.verify()).toMatchObject({ clean: true, keys: 2 });
  });

  test("a primary that refuses fails the write, and nothing differs afterwards", async () => {
    const { legacyFault, open, next, legacy } = await bench(place, kind);
    const dual = open();
    await bring(dual, "dual-write");
    await dual.put([quote("a")]);
    legacyFault.write = "refuse";
    await expect(dual.put([quote("a", "2")])).rejects.toThrow("connection refused");
    legacyFault.write = "fail-after";
    await expect(dual.put([quote("b")])).rejects.toThrow("connection lost");
    legacyFault.write = "none";
    await dual.repair();
    expect(await contents(next)).toEqual(await contents(legacy));
    expect(await dual.verify()).toMatchObject({ clean: true });
  });

  test("a pause lets the second side rest", async () => {
    const { next, legacy, open } = await bench(place, kind);
    const dual = open();
    await bring(dual, "dual-write");
    expect(await dual.pause(ADA)).toMatchObject({ paused: true });
    await dual.put([quote("a")]);
    expect([await contents(legacy), await contents(next)]).toEqual([{ a: "1.5 " }, {}]);
    await expect(dual.advance(ADA)).rejects.toMatchObject({
      code: "gates-not-met",
      facts: { missing: expect.arrayContaining(["not-paused", "dirty-keys"]) },
    });
    expect(await dual.repair()).toMatchObject({ left: 1 });
    expect(await dual.resume(ADA)).toMatchObject({ paused: false, dirtyKeys: 1 });
    expect(await dual.repair()).toMatchObject({ copied: 1, left: 0 });
    expect(await contents(next)).toEqual({ a: "1.5 " });
  });
});

test("refuses what it cannot be made of", async () => {
  const { options } = await bench("outside");
  for (const wrong of [{ name: "" }, { sampleRate: 2 }, { leaseMs: 0 }, { gates: { errorBudget: -1 } }, { secondaryTimeoutMs: Number.NaN }])
    expect(() => dualWrite({ ...options, ...wrong })).toThrow(MigrateError);
  const dual = dualWrite(options);
  await expect(dual.advance({ by: " ", why: "x" })).rejects.toMatchObject({ code: "invalid-option" });
  await expect(dual.advance({ by: "ada" } as never)).rejects.toMatchObject({ code: "invalid-option" });
  await expect(dual.put([quote("a\0")])).rejects.toMatchObject({ code: "record-refused" });
  await expect(dual.audit(0)).rejects.toMatchObject({ code: "invalid-option" });
  await expect(dual.repair({ keys: "all" })).rejects.toMatchObject({ code: "phase-wrong" });
});

test("refuses to write two databases inside a transaction of one, and joins it when all lies there", async () => {
  const { options, me } = await bench("file to rows");
  const dual = dualWrite(options);
  await expect(me.transaction(() => dual.put([quote("a")]))).rejects.toMatchObject({ code: "inside-transaction" });
  const inside = await bench("rows to rows");
  const joined = inside.open();
  await bring(joined, "dual-write");
  await inside.me
    .transaction(async () => {
      await joined.put([quote("a")]);
      throw new Error("taken back");
    })
    .catch(() => undefined);
  expect([await contents(inside.legacy), await contents(inside.next)]).toEqual([{}, {}]);
  await inside.me.transaction(() => joined.put([quote("a")]));
  expect([await contents(inside.legacy), await contents(inside.next)]).toEqual([{ a: "1.5 " }, { a: "1.5 " }]);
  expect(await joined.status()).toMatchObject({ dirtyKeys: 0 });
});

test("the control of one user says nothing of another's", async () => {
  const [one, two] = [await bench("outside", "sqlite", await userOn("sqlite", TABLES)), await bench("outside", "sqlite")];
  await bring(one.open({ name: "same" }), "dual-write");
  expect(await two.open({ name: "same" }).status()).toMatchObject({ phase: "legacy" });
});

/** A user of a storage of its own that counts the rows which are read. */
async function counted(kind: Kind): Promise<{ readonly me: Scope; readonly read: () => number }> {
  let rows = 0;
  const onQuery = (query: { readonly shape: string; readonly rows: number }): void => {
    if (/^\s*(select|with)/i.test(query.shape)) rows += query.rows;
  };
  const storage = await openStorage(await urlOn(kind, undefined, TABLES), { tables: TABLES, durability: "normal", onQuery });
  onTestFinished(() => storage.close());
  return { me: storage.forUser(newName()), read: () => rows };
}

test.each([["sqlite", "sqlite"] as const, ["sqlite", "postgres"] as const, ["postgres", "postgres"] as const])(
  "a verification of td tables on %s and %s reads only what differs",
  async (from, to) => {
    const [a, b] = [await counted(from), await counted(to)];
    const [legacy, next] = [rowStore(a.me, oldQuotes), rowStore(b.me, quotes)];
    const dual = dualWrite({ name: newName(), legacy, next, control: a.me, gates: { cleanVerifications: 1 } });
    const all = Array.from({ length: 6000 }, (_, at) => quote(`q${String(at).padStart(4, "0")}`));
    await legacy.put(all);
    await bring(dual, "dual-write");
    await next.put(all);
    const reading = async (keys: number, found: object): Promise<void> => {
      const before = a.read() + b.read();
      expect(await dual.verify()).toMatchObject({ keys: 6000, ...found });
      expect(a.read() + b.read() - before).toBeLessThan(keys);
    };
    await reading(200, { clean: true, matched: 6000 });
    await next.put([quote("q5500", "7")]);
    await next.delete(["q5600"]);
    // The second of two buckets, on both sides.
    await reading(2600, { clean: false, matched: 5998, different: 1, missing: 1, divergences: [{ key: "q5500" }, { key: "q5600" }] });
  },
);
