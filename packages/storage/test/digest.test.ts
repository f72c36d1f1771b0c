import { createHash } from "node:crypto";
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { collectDigest, combineDigests, digestTable, fills, openStorage } from "../src/index.ts";
import { describeStorage, failure, fill, openTemp, runs, samples } from "./support.ts";

describe("a table's digest", () => {
  test.prop([fc.array(fc.string(), { maxLength: 40 }), fc.infiniteStream(fc.nat())], runs(300))(
    "is the sum of the hashes of its rows, in any order",
    (rows, keys) => {
      const collector = collectDigest("t");
      const shuffled = rows.map((row) => ({ row, key: keys.next().value ?? 0 })).toSorted((a, b) => a.key - b.key);
      for (const { row } of shuffled) collector.add(row);
      const sum = rows.reduce((total, row) => total + BigInt(`0x${createHash("sha256").update(row).digest("hex")}`), 0n) % 2n ** 256n;
      expect(collector.result()).toEqual({ table: "t", rows: rows.length, digest: sum.toString(16).padStart(64, "0") });
    },
  );

  it("changes when a row comes twice, so that a copy with duplicates shows", () => {
    const [once, twice] = [collectDigest("t"), collectDigest("t")];
    once.add("x");
    for (const row of ["x", "x"]) twice.add(row);
    expect(twice.result().digest).not.toBe(once.result().digest);
  });
});

describeStorage("a table's digest in a database", (kind) => {
  it("is the same for rows in a database and for the same rows in a file, and leaves out how they arrived", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    const given = Array.from({ length: 2500 }, (_, at) => fill(`${at}`, { price: `${at}.50`, attributes: { b: at, a: "x" } }));
    await me.fills.importMany(given.toReversed());
    const file = collectDigest("fills");
    for (const row of given) file.add(fills.canonical({ userId: "ann", ...row, source: "elsewhere" }));
    expect(await digestTable(me, fills)).toEqual(file.result());
    await me.fills.update({ id: "7" }, { price: "7.51" });
    expect((await digestTable(me, fills)).digest).not.toBe(file.result().digest);
    await me.fills.update({ id: "7" }, { price: "7.500" });
    expect(await digestTable(me, fills)).toEqual(file.result());
  });
});

describe("a dataset's digest", () => {
  it("covers one user, or all of them, and sees what a transaction has done so far", async () => {
    const storage = await openTemp();
    const [ann, bob] = [storage.forUser("ann"), storage.forUser("bob")];
    await ann.fills.importMany(Array.from({ length: 1500 }, (_, at) => fill(`${at}`)));
    const [alone, whole] = [await ann.digest(), await storage.digest()];
    expect(alone).toEqual(whole);
    await bob.fills.insert(fill("1"));
    expect(await ann.digest()).toEqual(alone);
    expect((await storage.digest()).digest).not.toBe(whole.digest);
    const inside = ann.transaction(async (tx) => {
      await tx.fills.insert(fill("new"));
      throw new Error((await tx.digest()).digest === alone.digest ? "not seen" : "seen");
    });
    await expect(inside).rejects.toThrow(/^seen$/);
    expect(await ann.digest()).toEqual(alone);
  });

  it("does not depend on which empty tables were declared", async () => {
    const [some, more] = [await openTemp("memory", { tables: [] }), await openTemp("memory", { tables: [samples] })];
    for (const storage of [some, more]) await storage.forUser("ann").fills.insert(fill("a"));
    expect((await some.digest()).digest).toBe((await more.digest()).digest);
    expect((await some.digest()).tables.map(({ table }) => table)).not.toContain("td_counters");
    expect(combineDigests([]).digest).toBe(createHash("sha256").digest("hex"));
    await failure(digestTable(some.forUser("ann"), samples), "unknown-table");
  });

  it("is the same in a copy made row by row", async () => {
    const [from, to] = [await openTemp(), await openStorage("sqlite::memory:", { tables: [samples] })];
    const source = from.forUser("ann");
    await source.table(samples).importMany(["a", "b", "c"].map((id, at) => ({ id, price: `${at}.5`, extra: { at } })));
    for await (const chunk of source.table(samples).stream({ chunk: 2, direction: "desc" }))
      await to.forUser("ann").table(samples).importMany(chunk);
    expect((await to.digest()).digest).toBe((await from.digest()).digest);
    await to.close();
  });
});
