import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { c, defineTable } from "../src/index.ts";
import { describeStorage, failure, openTemp, runs, samples } from "./support.ts";

const quotes = defineTable(
  "quotes",
  {
    userId: c.text(),
    id: c.text(),
    price: c.decimal(20, 8),
    note: c.text().assigned().default(""),
    at: c.instant().nullable(),
    revision: c.int().default(1),
    seq: c.sequence(),
  },
  { primaryKey: ["userId", "id"], newerBy: "at", checks: { price_not_negative: { column: "price", is: ">=", value: "0" } } },
);
const versions = defineTable(
  "versions",
  { userId: c.text(), id: c.text(), text: c.text(), revision: c.int() },
  { primaryKey: ["userId", "id"], newerBy: "revision" },
);
const NEWER = { onConflict: "update-if-newer" } as const;
const time = (second: number | null): string | null => (second === null ? null : `2025-03-01T10:00:0${second}.000001Z`);

describe("a table's newerBy", () => {
  it.each(["price", "id", "nothing"])("is refused when it is %s: it must be an instant or an integer outside of the key", (newerBy) => {
    const columns = { userId: c.text(), id: c.text(), price: c.decimal(20, 8) };
    const define = (): unknown => defineTable("t", columns, { primaryKey: ["userId", "id"], newerBy: newerBy as "price" });
    expect(define).toThrow(expect.objectContaining({ code: "table-definition" }));
  });
});

describeStorage("importMany with update-if-newer", (kind) => {
  const shared = openTemp(kind, { tables: [quotes, versions, samples] });
  let users = 0;

  it("lets a newer row take the place of an older one, and never the other way round", async () => {
    const rows = (await shared).forUser("ann").table(quotes);
    await rows.importMany(
      [
        { id: "a", price: "1", at: time(2) },
        { id: "b", price: "1", at: time(2) },
      ],
      NEWER,
    );
    const given = [
      { id: "a", price: "2", note: "second", at: time(3) },
      { id: "b", price: "2", at: time(1) },
      { id: "b", price: "1.0", at: time(2) },
      { id: "b", price: "3", at: time(2) },
      { id: "c", price: "1", at: null },
    ];
    const result = await rows.importMany(given, NEWER);
    expect(result).toMatchObject({ written: 1, updated: 1, older: 1, identical: 1, conflicts: [{ row: given[3] }], rejected: [] });
    expect(await rows.get({ id: "a" })).toMatchObject({ note: "second", at: time(3), revision: 2 });
    expect((await rows.get({ id: "b" }))?.price.toFixed()).toBe("1");
    expect(await rows.importMany(given, NEWER)).toMatchObject({ written: 0, updated: 0, identical: 3, older: 1, conflicts: [{}] });
  });

  it("takes null as older than every time", async () => {
    const rows = (await shared).forUser("nulls").table(quotes);
    await rows.insert({ id: "a", price: "1" });
    expect(await rows.importMany([{ id: "a", price: "2", at: time(0) }], NEWER)).toMatchObject({ updated: 1 });
    expect(await rows.importMany([{ id: "a", price: "3", at: null }], NEWER)).toMatchObject({ older: 1 });
  });

  it("keeps the older row when the newer one breaks a condition, and says which", async () => {
    const rows = (await shared).forUser("bad").table(quotes);
    await rows.importMany(
      [
        { id: "a", price: "1", at: time(1) },
        { id: "b", price: "1", at: time(1) },
      ],
      NEWER,
    );
    const result = await rows.importMany(
      [
        { id: "b", price: "5", at: time(2) },
        { id: "a", price: "-1", at: time(2) },
        { id: "a", price: "7", at: time(3) },
      ],
      NEWER,
    );
    expect(result).toMatchObject({
      updated: 2,
      rejected: [{ row: { price: "-1" }, issues: [{ constraint: "quotes_price_not_negative" }] }],
    });
    expect((await rows.get({ id: "a" }))?.price.toFixed()).toBe("7");
  });

  it("goes by the revision where the table says so, and then keeps the source's", async () => {
    const rows = (await shared).forUser("ann").table(versions);
    await rows.importMany([{ id: "a", text: "five", revision: 5 }], NEWER);
    expect(await rows.importMany([{ id: "a", text: "nine", revision: 9 }], NEWER)).toMatchObject({ updated: 1 });
    expect(await rows.get({ id: "a" })).toMatchObject({ text: "nine", revision: 9 });
  });

  it("is refused for a table that does not say which of two rows is newer", async () => {
    const rows = (await shared).forUser("ann").table(samples);
    await failure(rows.importMany([{ id: "a" }], NEWER), "bad-request");
  });

  const rowOf = fc.record({
    id: fc.constantFrom("a", "b", "c"),
    price: fc.constantFrom("1", "1.0", "2", "3", "-1"),
    second: fc.constantFrom(null, 1, 2, 3),
  });
  test.prop([fc.array(fc.array(rowOf, { maxLength: 10 }), { maxLength: 5 })], runs(40))(
    "balances, and in the end the newest content of each key stands, whatever the batches",
    async (batches) => {
      const rows = (await shared).forUser(`user ${users++}`).table(quotes);
      const standing = new Map<string, { readonly price: number; readonly second: number | null; readonly revision: number }>();
      for (const batch of batches) {
        const outcome = { written: 0, identical: 0, updated: 0, older: 0, conflicts: 0, rejected: 0 };
        for (const { id, price, second } of batch) {
          const [given, before] = [Number(price), standing.get(id)];
          const same = before?.price === given && before.second === second;
          const [was, is] = [before?.second ?? 0, second ?? 0];
          // A row is looked at for what is wrong with it when it is to be written: SQLite and PostgreSQL check the insert before the key.
          if (given < 0) outcome.rejected++;
          else if (before === undefined) {
            outcome.written++;
            standing.set(id, { price: given, second, revision: 1 });
          } else if (same) outcome.identical++;
          else if (was === is) outcome.conflicts++;
          else if (is < was) outcome.older++;
          else {
            outcome.updated++;
            standing.set(id, { price: given, second, revision: before.revision + 1 });
          }
        }
        const result = await rows.importMany(
          batch.map(({ id, price, second }) => ({ id, price, at: time(second) })),
          NEWER,
        );
        expect({ ...result, conflicts: result.conflicts.length, rejected: result.rejected.length }).toEqual(outcome);
      }
      const { rows: kept } = await rows.page();
      expect(kept.map(({ id, price, at, revision }) => ({ id, price: price.toNumber(), at, revision }))).toEqual(
        [...standing.keys()].toSorted().map((id) => {
          const { price, second, revision } = standing.get(id) ?? { price: 0, second: null, revision: 0 };
          return { id, price, at: time(second), revision };
        }),
      );
      expect(new Set(kept.map(({ seq }) => seq)).size).toBe(kept.length);
    },
  );
});
