import Database from "better-sqlite3";
import { Decimal } from "decimal.js";
import { eq, gt } from "drizzle-orm";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { getTableConfig as postgresConfig } from "drizzle-orm/pg-core";
import { drizzle as drizzleProxy } from "drizzle-orm/pg-proxy";
import { getTableConfig as sqliteConfig } from "drizzle-orm/sqlite-core";
import { describe, expect, it } from "vitest";
import { c, defineTable, StorageError } from "../src/index.ts";
import { samples } from "./support.ts";

const user = { userId: c.text(), id: c.text() };
const key = { primaryKey: ["userId", "id"] } as const;

describe("a table's SQL", () => {
  it.each(["sqlite", "postgres"] as const)("for %s is the one on record", async (engine) => {
    const sql = samples.ddl(engine).join(";\n\n");
    await expect(`${sql};\n`).toMatchFileSnapshot(`golden/tables.${engine}.sql`);
  });

  it("holds rows to their form even when something else than td writes", () => {
    const raw = new Database(":memory:");
    for (const statement of samples.ddl("sqlite")) raw.exec(statement);
    const good: Readonly<Record<string, unknown>> = {
      user_id: "ann",
      id: "1",
      label: "x",
      side: "buy",
      price: "100000000000000000000",
      stop: null,
      wide: null,
      at: 1,
      until: 2,
      count: 0,
      live: 1,
      extra: "{}",
      seen_at: 0,
      revision: 1,
      seq: 1,
    };
    const insert = (changes: object): unknown => {
      const row = { ...good, ...changes };
      return raw
        .prepare(
          `insert into samples (${Object.keys(row).join(", ")}) values (${Object.keys(row)
            .map(() => "?")
            .join(", ")})`,
        )
        .run(...Object.values(row));
    };
    for (const bad of [
      { price: "1.5" },
      { price: "10000000000000000000" },
      { price: "1000000000000000000000" },
      { price: "1000000000000000000x0" },
      { price: 1.5 },
      { price: "099999999999999999999" },
      { side: "hold" },
      { at: 3 },
      { at: "now" },
      { live: 2 },
      { extra: "{" },
      { user_id: null },
      { count: 1.5 },
    ])
      expect(() => insert(bad)).toThrow(/constraint failed|cannot store/);
    insert({});
    raw.close();
  });
});

describe("defineTable refuses", () => {
  it.each([
    ["a table without a user", () => defineTable("t", { id: c.text() }, { primaryKey: ["id"] })],
    ["a user that may be null", () => defineTable("t", { ...user, userId: c.text().nullable() }, key)],
    ["a user that is not text", () => defineTable("t", { ...user, userId: c.int() }, key)],
    ["a primary key that does not begin with the user", () => defineTable("t", user, { primaryKey: ["id", "userId"] })],
    ["an index that does not begin with the user", () => defineTable("t", user, { ...key, indexes: { by_id: ["id"] } })],
    ["a unique key that does not begin with the user", () => defineTable("t", user, { ...key, unique: { by_id: ["id", "userId"] } })],
    [
      "a reference that does not begin with the user",
      () => defineTable("t", user, { ...key, foreignKeys: [{ columns: ["id"], references: "x", to: ["id"] }] }),
    ],
    ["a nullable column in the primary key", () => defineTable("t", { ...user, id: c.text().nullable() }, key)],
    ["a key with an unknown column", () => defineTable("t", user, { ...key, indexes: { odd: ["userId", "nothing" as "id"] } })],
    ["a key with a column twice", () => defineTable("t", user, { ...key, indexes: { odd: ["userId", "id", "id"] } })],
    ["a name that must be quoted", () => defineTable("My Table", user, key)],
    ["a name that SQLite keeps for itself", () => defineTable("sqlite_mine", user, key)],
    ["the name of td's own register", () => defineTable("td_schema", user, key)],
    ["a column name that must be quoted", () => defineTable("t", { ...user, "x;y": c.text() }, key)],
    ["two columns of one name in the database", () => defineTable("t", { ...user, aB: c.text(), a_b: c.text() }, key)],
    ["two sequences", () => defineTable("t", { ...user, a: c.sequence(), b: c.sequence() }, key)],
    ["a check of an unknown column", () => defineTable("t", user, { ...key, checks: { odd: { column: "nothing", is: ">", value: 1 } } })],
    [
      "a check with a value that the column refuses",
      () => defineTable("t", { ...user, p: c.decimal(4, 2) }, { ...key, checks: { odd: { column: "p", is: ">", value: "0.001" } } }),
    ],
    ["a decimal without room", () => c.decimal(4, 5)],
    ["a decimal with more digits than td reads", () => c.decimal(101, 5)],
  ])("%s", (_, define) => {
    expect(define).toThrow(StorageError);
    expect(define).toThrow(expect.objectContaining({ code: "table-definition" }));
  });

  it("a default that its column refuses, when the row is written", () => {
    const table = defineTable("t", { ...user, p: c.decimal(4, 2).default("0.001") }, key);
    expect(() => table.canonical({ userId: "ann", id: "1" })).toThrow(expect.objectContaining({ code: "value-rejected" }));
  });
});

describe("the canonical text of a row", () => {
  it("has sorted keys, canonical values, defaults, and no assigned column", () => {
    const text = samples.canonical({
      userId: "ann",
      id: "1",
      price: "1.50",
      at: new Date(0),
      extra: { b: 1, a: 2 },
      seenAt: "2025-01-01T00:00:00Z",
    });
    expect(text).toBe(
      '{"at":"1970-01-01T00:00:00.000000Z","count":0,"extra":{"a":2,"b":1},"id":"1","label":null,"live":true,"price":"1.5","revision":1,"side":"buy","stop":null,"until":null,"userId":"ann","wide":null}',
    );
  });

  it("is the same for a row as given and as read", () => {
    const given = { userId: "ann", id: "1", price: "1.50", stop: "-2e-8", at: "2025-01-01T05:30:00+05:30" };
    const read = {
      ...given,
      price: new Decimal("1.5"),
      stop: new Decimal("-0.00000002"),
      at: "2025-01-01T00:00:00.000000Z",
      seq: 7,
      label: null,
    };
    expect(samples.canonical(read)).toBe(samples.canonical(given));
  });

  it("is refused for a row with a column that the table does not have", () => {
    expect(() => samples.canonical({ userId: "ann", id: "1", colour: "red" })).toThrow(expect.objectContaining({ code: "value-rejected" }));
  });
});

describe("the drizzle tables", () => {
  it("read and write through td's codecs on SQLite", () => {
    const raw = new Database(":memory:");
    for (const statement of samples.ddl("sqlite")) raw.exec(statement);
    const db = drizzle(raw);
    const row = {
      userId: "ann",
      id: "1",
      label: "x",
      side: "buy" as const,
      price: new Decimal("123456789012.00000001"),
      stop: new Decimal("-5"),
      wide: null,
      at: "2025-03-01T10:00:00.123456Z",
      until: null,
      count: 3,
      live: false,
      extra: { a: 1 },
      seenAt: "2025-03-01T10:00:00.000000Z",
      revision: 1,
      seq: 1,
    };
    db.insert(samples.sqlite).values(row).run();
    expect(
      db
        .select()
        .from(samples.sqlite)
        .where(gt(samples.sqlite.price, new Decimal("123456789012")))
        .all(),
    ).toEqual([row]);
    expect(() =>
      db
        .insert(samples.sqlite)
        .values({ ...row, id: "2", price: new Decimal("0.000000001") })
        .run(),
    ).toThrow(/too|digits/);
    raw.close();
  });

  it("bind exact text for PostgreSQL and read what it returns", async () => {
    const db = drizzleProxy(() => Promise.resolve({ rows: [] }));
    const query = db
      .select()
      .from(samples.postgres)
      .where(eq(samples.postgres.price, new Decimal("1e-8")))
      .toSQL();
    expect(query.params).toEqual(["0.00000001"]);
    const stored = {
      price: "1.50000000",
      at: "2025-03-01 10:00:00.123456+00",
      extra: '{"a": 1}',
      live: true,
      count: "5",
      id: "x",
      stop: null,
    };
    const read = Object.fromEntries(
      Object.entries(stored).map(([property, value]) => [
        property,
        value === null ? null : samples.postgres[property as "price"].mapFromDriverValue(value),
      ]),
    );
    expect(read).toEqual({
      price: new Decimal("1.5"),
      at: "2025-03-01T10:00:00.123456Z",
      extra: { a: 1 },
      live: true,
      count: 5,
      id: "x",
      stop: null,
    });
    const bound = { price: "1.5", at: "2025-03-01T10:00:00Z", extra: { b: 1, a: 2 }, live: false, count: 5, id: "x", side: "it's" };
    expect(
      Object.entries(bound).map(([property, value]) => samples.postgres[property as "price"].mapToDriverValue(value as unknown as Decimal)),
    ).toEqual(["1.5", "2025-03-01T10:00:00.000000Z", '{"a":2,"b":1}', false, 5, "x", "it's"]);
    expect(() => samples.postgres.at.mapFromDriverValue("yesterday")).toThrow(StorageError);
  });

  it("have the keys and indexes of the table", () => {
    const parts = [sqliteConfig(samples.sqlite), postgresConfig(samples.postgres)].map(({ indexes, primaryKeys }) => ({
      keys: primaryKeys.flatMap(({ columns }) => columns.map(({ name }) => name)),
      indexes: indexes.map(({ config }) => `${config.unique ? "unique " : ""}${config.name ?? ""}`),
    }));
    const expected = {
      keys: ["user_id", "id"],
      indexes: ["unique samples_one_label", "samples_by_price", "samples_by_time", "samples_by_label", "samples_by_seen"],
    };
    expect(parts).toEqual([expected, expected]);
  });
});
