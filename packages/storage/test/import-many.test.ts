import { join } from "node:path";
import { test } from "@fast-check/vitest";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FillInput } from "../src/index.ts";
import { fills } from "../src/index.ts";
import { run } from "../src/internal.ts";
import { openSqlite, SqliteSession } from "../src/sqlite/index.ts";
import { counters } from "../src/tables/counters.ts";
import { describeStorage, failure, fill, openTemp, runs, samples, tempFolder } from "./support.ts";

describeStorage("importMany", (kind) => {
  const shared = openTemp(kind);
  let users = 0;
  it("says of each row whether it was written, stood already, stood otherwise or was refused", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    await me.fills.insert(fill("standing"));
    const [changed, zero, wrong] = [
      fill("standing", { price: "7" }),
      fill("zero", { quantity: "0" }),
      fill("wrong", { price: "1e-19", side: "hold" as "buy" }),
    ];
    const result = await me.fills.importMany([fill("new"), fill("standing"), changed, zero, wrong, fill("new")]);
    expect(result).toEqual({
      written: 1,
      identical: 2,
      conflicts: [{ row: changed, existing: await me.fills.get({ id: "standing" }) }],
      rejected: [
        { row: zero, issues: [{ column: null, issue: "constraint-failed", constraint: "fills_quantity_positive" }] },
        {
          row: wrong,
          issues: [
            { column: "side", issue: "not-one-of" },
            { column: "price", issue: "too-many-decimals" },
          ],
        },
      ],
    });
    expect((await me.fills.get({ id: "standing" }))?.price.toFixed()).toBe("100.25");
  });

  it("takes rows as equal when their content is, however it is spelled and wherever it came from", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    await me.fills.insert(fill("a", { price: "1.5", attributes: { a: 1, b: 2 } }));
    const again = fill("a", {
      price: "1.500e0",
      executedAt: "2025-03-01T15:30:00.123456+05:30",
      attributes: { b: 2, a: 1 },
      fee: "0",
      source: "elsewhere",
    });
    expect(await me.fills.importMany([again])).toMatchObject({ written: 0, identical: 1, conflicts: [] });
    expect(await me.fills.importMany([fill("a", { price: "1.5" })])).toMatchObject({ identical: 0, conflicts: [{}] });
  });

  it("refuses a row that breaks another unique key, and goes on", async () => {
    const rows = (await openTemp(kind)).forUser("ann").table(samples);
    const result = await rows.importMany([
      { id: "a", label: "x" },
      { id: "b", label: "x" },
      { id: "c", label: "y" },
    ]);
    expect(result).toMatchObject({
      written: 2,
      rejected: [
        {
          row: { id: "b" },
          issues: [
            { issue: "constraint-failed", constraint: kind === "postgres" ? "samples_one_label" : "samples.user_id, samples.label" },
          ],
        },
      ],
    });
  });

  it("takes rows as read: the user's own and the sequence number are no columns to give", async () => {
    const storage = await openTemp(kind);
    const [ann, bob] = [storage.forUser("ann"), storage.forUser("bob")];
    await ann.fills.importMany([fill("a"), fill("b")]);
    const { rows } = await ann.fills.page();
    expect(await ann.fills.importMany(rows)).toMatchObject({ identical: 2 });
    expect(await bob.fills.importMany(rows)).toMatchObject({
      written: 0,
      rejected: [{ issues: [{ column: "userId", issue: "another-user" }] }, {}],
    });
  });

  it("keeps nothing when the source of the rows fails half-way", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    function* source(): Generator<FillInput> {
      yield fill("a");
      throw new Error("the source is broken");
    }
    await expect(me.fills.importMany(source())).rejects.toThrow("the source is broken");
    expect(await me.fills.count()).toBe(0);
    expect((await me.fills.insert(fill("c"))).ingestSeq).toBe(1);
  });

  it("numbers rows in their order, also those that come in several arrays beside standing ones", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    await me.fills.importMany([fill("f0700", { price: "7" }), fill("f1100")]);
    const ids = Array.from({ length: 1400 }, (_, at) => `f${String(at).padStart(4, "0")}`);
    const result = await me.fills.importMany(ids.map((id) => fill(id)));
    expect([result.written, result.identical, result.conflicts.length]).toEqual([1398, 1, 1]);
    await me.fills.insert(fill("last"));
    const found: (readonly [number, string])[] = [];
    for await (const rows of me.fills.stream()) found.push(...rows.map(({ ingestSeq, id }) => [ingestSeq, id] as const));
    const inOrder = found.toSorted(([a], [b]) => a - b).map(([, id]) => id);
    expect(inOrder).toEqual(["f0700", "f1100", ...ids.filter((id) => id !== "f0700" && id !== "f1100"), "last"]);
    expect(new Set(found.map(([seq]) => seq)).size).toBe(found.length);
  });

  it("knows only the rule that a standing row is kept", async () => {
    const me = (await openTemp(kind)).forUser("ann");
    await failure(me.fills.importMany([fill("a")], { onConflict: "replace" as "keep" }), "bad-request");
  });

  const rowOf = fc.record({
    id: fc.constantFrom("a", "b", "c", "d"),
    price: fc.constantFrom("1", "1.0", "2", "-1", "x"),
    live: fc.boolean(),
  });
  test.prop([fc.array(fc.array(rowOf, { maxLength: 12 }), { maxLength: 6 })], runs(60))(
    "balances: given = written + identical + conflicts + rejected, and the first good row of a key stands",
    async (batches) => {
      const rows = (await shared).forUser(`user ${users++}`).table(samples);
      const standing = new Map<string, string>();
      for (const batch of batches) {
        const outcome = { written: 0, identical: 0, conflicts: 0, rejected: 0 };
        for (const { id, price, live } of batch) {
          const content = `${Number(price)} ${live}`;
          if (price === "x" || price === "-1") outcome.rejected++;
          else if (!standing.has(id)) {
            outcome.written++;
            standing.set(id, content);
          } else if (standing.get(id) === content) outcome.identical++;
          else outcome.conflicts++;
        }
        const result = await rows.importMany(batch);
        expect({ ...result, conflicts: result.conflicts.length, rejected: result.rejected.length }).toEqual(outcome);
      }
      const { rows: kept } = await rows.page();
      expect(new Map(kept.map(({ id, price, live }) => [id, `${price.toNumber()} ${live}`]))).toEqual(standing);
      const numbers = kept.map(({ seq }) => seq);
      // PostgreSQL may leave numbers out, but gives none twice.
      if (kind === "postgres") expect(new Set(numbers).size).toBe(kept.length);
      else expect(numbers.toSorted((x, y) => x - y)).toEqual(kept.map((_, at) => at + 1));
    },
  );
});

describe("importMany on a file", () => {
  it("cannot take back a part of a file's transaction, and so takes back all of it", async () => {
    const me = (await openTemp()).forUser("ann");
    function* source(): Generator<FillInput> {
      yield fill("a");
      throw new Error("the source is broken");
    }
    const inside = me.transaction(async (tx) => {
      await tx.fills.insert(fill("b"));
      await expect(tx.fills.importMany(source())).rejects.toThrow("the source is broken");
    });
    expect((await failure(inside, "transaction-over")).cause).toEqual(new Error("the source is broken"));
    expect(await me.fills.count()).toBe(0);
  });

  it("stops with an error when the database is broken, and says which", async () => {
    const me = (await openTemp()).forUser("ann");
    await run(me, "drop table fills");
    const error = await failure(me.fills.importMany([fill("a")]), "database-failed");
    expect(error.cause).toBeInstanceOf(Error);
  });

  it("asks for the user of an array of many rows once in a while, not once per row", async () => {
    const schema = { tables: [fills, counters], views: [] };
    const database = await openSqlite(join(tempFolder(), "td.db"), schema, { durability: "normal", busyTimeoutMs: 0, onQuery: undefined });
    const [names, rows] = [
      Array.from({ length: 1000 }, (_, at) => `f${at}`),
      new SqliteSession(database, schema.tables, "ann").repository(fills),
    ];
    let asked = 0;
    await database.writer.read(undefined, (connection) => {
      let user: string | undefined;
      const counted = { get: () => (asked++, user), set: (value: string | undefined) => (user = value) };
      Object.defineProperty(connection, "user", counted);
    });
    await rows.importMany(names.slice(0, 199).map((id) => fill(id)));
    expect(asked).toBeGreaterThan(198);
    asked = 0;
    expect(await rows.importMany(names.map((id) => fill(id)))).toMatchObject({ written: 801, identical: 199 });
    expect(asked).toBeLessThan(20);
    await database.close();
  });
});

describe("importMany on a server", () => {
  it("keeps nothing of rows whose source fails while others are on their way, and the transaction around goes on", async () => {
    const me = (await openTemp("postgres")).forUser("ann");
    const made = new Error("the source broke");
    function* rows(good: number): Generator<FillInput> {
      for (let at = 0; at < good; at++) yield fill(`f${at}`);
      throw made;
    }
    await me.transaction(async (tx) => {
      await tx.fills.insert(fill("before"));
      // With nothing, one array or two on their way.
      for (const good of [0, 300, 1300]) await expect(tx.fills.importMany(rows(good))).rejects.toBe(made);
      await tx.fills.insert(fill("after"));
    });
    expect((await me.fills.page()).rows.map(({ id }) => id).toSorted()).toEqual(["after", "before"]);
  });
});
