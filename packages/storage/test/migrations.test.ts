// What a migration is: its checksum, the steps it is made of, and the declarations that are refused.
import { describe, expect, it } from "vitest";
import {
  addColumn,
  c,
  createIndex,
  createTable,
  defineSchema,
  defineTable,
  openStorage,
  rebuildTable,
  sql,
  storageSchema,
} from "../src/index.ts";
import type { AnyTable, Migration, MigrationStep } from "../src/index.ts";
import { migrationChecksum } from "../src/internal.ts";
import { destructiveWords, sqlTokens } from "../src/migrations/sql-text.ts";
import { StorageError } from "../src/errors.ts";

const key = { primaryKey: ["userId", "id"] } as const;
const notes = defineTable("notes", { userId: c.text(), id: c.text(), body: c.text() }, key);
const checksum = (...up: readonly MigrationStep[]): string => migrationChecksum({ id: "x", up });
const text = (up: string): MigrationStep => sql({ does: "x", up, destroys: [] });

const refused = (what: () => unknown): string => {
  try {
    what();
  } catch (error) {
    if (error instanceof StorageError && error.code === "table-definition") return error.message;
    throw error;
  }
  throw new Error("it was taken");
};

describe("the checksum of a migration", () => {
  it("is that of what it does, whatever its id, its way back and the words for people", () => {
    const migration: Migration = { id: "a", up: [createTable(notes)] };
    expect(migrationChecksum(migration)).toMatch(/^c1:[0-9a-f]{64}$/);
    expect(migrationChecksum({ ...migration, id: "b", down: "none" })).toBe(migrationChecksum(migration));
    expect(checksum(sql({ does: "one", up: "select 1" }))).toBe(checksum(sql({ does: "another", up: "select 1", down: "select 2" })));
    expect(migrationChecksum({ ...migration, transaction: false })).not.toBe(migrationChecksum(migration));
  });

  it.each([
    ["line ends", "select 1,\n 2", "select 1,\r\n 2"],
    ["comments", "select /* one */ 1 -- end", "select 1"],
    ["layout and a last semicolon", "select  (1 , 2);", "select (1,2)"],
    ["line ends inside of quotes", "select 'a\r\nb'", "select 'a\nb'"],
  ])("is not changed by %s", (_, one, other) => {
    expect(checksum(text(one))).toBe(checksum(text(other)));
  });

  it.each([
    ["spaces inside of quotes", "select 'a  b'", "select 'a b'"],
    ["what looks like a comment inside of quotes", "select '-- a'", "select '--  a'"],
    ["a body in dollars", "do $$ begin -- a\n end $$", "do $$ begin end $$"],
    ["the case of a name in quotes", 'select "A"', 'select "a"'],
    ["another value", "select 1", "select 11"],
  ])("is changed by %s", (_, one, other) => {
    expect(checksum(text(one))).not.toBe(checksum(text(other)));
  });

  it("of a table is that of what the database has, not of defaults and digests", () => {
    const of = (table: AnyTable): string => checksum(createTable(table));
    const columns = { userId: c.text(), id: c.text(), body: c.text().default("x").assigned() };
    expect(of(defineTable("notes", columns, { ...key, digested: false }))).toBe(of(notes));
    expect(of(defineTable("notes", { ...columns, body: c.text().nullable() }, key))).not.toBe(of(notes));
    expect(of(defineTable("notes", columns, { ...key, clustered: false }))).not.toBe(of(notes));
    expect(checksum(createIndex("notes", "a", ["userId"]))).not.toBe(checksum(createIndex("notes", "a", ["userId"], { unique: true })));
  });

  it("does not change between versions of td, for these steps", () => {
    expect(
      checksum(createTable(notes), addColumn("notes", { mood: c.oneOf("good", "bad").nullable() }), text("select 1")),
    ).toMatchInlineSnapshot(`"c1:3507338d712023f36f3a114b3ec1b120408f6cb36d931d2eb69a003631f613f5"`);
    expect(storageSchema.migrations.map((migration) => [migration.id, migrationChecksum(migration)])).toMatchInlineSnapshot(`
      [
        [
          "0001-fills-by-order",
          "c1:407509c9b8fb697d561f0e48e47fbdd510472ad4efa6fb04141a789fd00d7aff",
        ],
        [
          "0002-ledger-in-runs",
          "c1:19367b517a416bd3ac65fcbdff2f1dd37010895700dc53d8b7fb2fd51d2ee32d",
        ],
        [
          "0003-totals-of-trades",
          "c1:392504b05a725e0bd8a8515cf3be479538baacb65a86eb40aa75a6674cc6d032",
        ],
      ]
    `);
  });
});

describe("SQL of one's own", () => {
  it("is read without comments and spaces, quotes kept whole", () => {
    expect(sqlTokens(`insert/*x*/into "a b" values('it''s', $$ -- $$) -- end`)).toEqual([
      "insert",
      "into",
      '"a b"',
      "values",
      "(",
      "'it''s'",
      ",",
      "$$ -- $$",
      ")",
    ]);
  });

  it("that takes something away says of what", () => {
    expect(destructiveWords(`DELETE from a; drop table b; insert into c values ('update')`)).toEqual(["delete", "drop"]);
    expect(refused(() => sql({ does: "tidy", up: "delete from notes" }))).toContain(`"tidy" says delete`);
    expect(sql({ does: "tidy", up: "delete from notes", destroys: ["notes"] })).toMatchObject({ touches: ["notes"], destroys: ["notes"] });
    expect(sql({ does: "tidy", up: { sqlite: "delete from notes", postgres: [] }, destroys: [] })).toMatchObject({
      up: { postgres: [] },
      destroys: [],
    });
  });
});

describe("what cannot be declared", () => {
  const other = defineTable("others", notes.columns, key);
  const longer = defineTable("notes", { ...notes.columns, weight: c.decimal(10, 2) }, key);
  const rekeyed = defineTable("notes", notes.columns, { primaryKey: ["userId", "body"] });
  it.each<[string, () => unknown, string]>([
    ["a column in every row without a value", () => addColumn("notes", { mood: c.text() }), "mood is not nullable"],
    ["two tables in one rebuild", () => rebuildTable(notes, other), "two forms of one table"],
    ["another primary key", () => rebuildTable(notes, rekeyed), "keeps the primary key"],
    ["a rebuild that leaves a value open", () => rebuildTable(notes, longer), "weight needs a value"],
    ["a value for no column", () => rebuildTable(notes, notes, { mood: "1" }), "the column mood"],
    ["a schema without a name", () => defineSchema({ name: "My notes" }), "a schema's name"],
    ["an id with a slash", () => defineSchema({ name: "a", migrations: [{ id: "a/b", up: [] }] }), "an id has"],
    ["the id none", () => defineSchema({ name: "a", migrations: [{ id: "none", up: [] }] }), "an id has"],
    [
      "two ids that differ in case only",
      () => defineSchema({ name: "a", migrations: ["x", "X"].map((id) => ({ id, up: [] })) }),
      "two migrations",
    ],
    [
      "a table without a transaction",
      () => defineSchema({ name: "a", migrations: [{ id: "x", transaction: false, up: [createTable(notes)] }] }),
      "without a transaction",
    ],
    [
      "a concurrent index in one",
      () => defineSchema({ name: "a", migrations: [{ id: "x", up: [createIndex("notes", "b", ["userId"], { concurrently: true })] }] }),
      "needs transaction: false",
    ],
    ["a table of the migrator's name", () => defineTable("td_hist_1_notes", notes.columns, key), "belongs to"],
  ])("%s", (_, what, says) => {
    expect(refused(what)).toContain(says);
  });

  it("SQL that takes rows away on its way back, without a transaction", () => {
    const up = [sql({ does: "seed", up: "insert into notes values (1)", down: "delete from notes", touches: ["notes"] })];
    expect(refused(() => defineSchema({ name: "a", migrations: [{ id: "x", transaction: false, up }] }))).toContain("destroys nothing");
  });

  it("two schemas of one name in one storage", async () => {
    await expect(openStorage("sqlite::memory:", { schemas: [defineSchema({ name: "td.storage" })] })).rejects.toMatchObject({
      code: "table-definition",
    });
  });
});
