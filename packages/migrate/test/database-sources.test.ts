// Records out of databases of others: SQLite files, a JSON blob in one, and queries on PostgreSQL.
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  defineImport,
  importTables,
  type MigrateError,
  type MigrateErrorCode,
  postgresQuery,
  runImport,
  type Source,
  sqliteJsonColumn,
  sqliteTable,
  type SqliteTableOptions,
} from "@td/migrate";
import { c, defineTable, type Scope } from "@td/storage";
import Database from "better-sqlite3";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { execute, file, folder, newName, ownerUrl, rejectsOf, storage, userOn } from "./workbench.ts";

const items = defineTable("items", { userId: c.text(), place: c.text(), content: c.json() }, { primaryKey: ["userId", "place"] });
const itemUser = (): Promise<Scope> => userOn("sqlite", [...importTables, items]);

const job = (source: Source) =>
  defineImport({
    name: "items",
    source,
    schema: z.looseObject({}),
    map: (record, { place }) => ({ place: place.path ?? String(place.line), content: record }),
    into: items,
  });

/** The records of a source by their places. */
async function contentOf(source: Source): Promise<unknown> {
  const me = await itemUser();
  const report = await runImport(me, job(source));
  const { rows } = await me.table(items).page({ limit: 1000 });
  const rejects = (await rejectsOf(me, report)).map(({ place, reason, text }) => [place.path, reason, text]);
  return { ...Object.fromEntries(rows.map(({ place, content }) => [place, content])), ...(rejects.length > 0 && { rejects }) };
}

/** A database of others. */
function database(...statements: readonly string[]): string {
  const path = join(folder(), "legacy.db");
  write(path, ...statements);
  return path;
}

function write(path: string, ...statements: readonly string[]): void {
  const made = new Database(path);
  for (const statement of statements) made.exec(statement);
  made.close();
}

async function refused(source: Source, code: MigrateErrorCode, words: RegExp): Promise<MigrateError> {
  const error: unknown = await runImport(await itemUser(), job(source)).catch((cause: unknown) => cause);
  expect(error).toMatchObject({ name: "MigrateError", code, message: expect.stringMatching(words) });
  return error as MigrateError;
}

describe("a table of a SQLite file", () => {
  test("is read in the order of its rows, with all digits, bytes and nulls", async () => {
    const path = database(
      "create table trades (id text, price real, seq integer, note text, raw blob, made text default 'x')",
      `insert into trades (id, price, seq, note, raw) values ('a', 65432.10, 9007199254740993, 'say "hi"', x'00ff'), ('b', 0.1 + 0.2, -1, null, null), ('c', 10.0, 1e300, '', 9e999)`,
    );
    expect(await contentOf(sqliteTable(path, "trades"))).toEqual({
      "trades[rowid=1]": { id: "a", price: "65432.1", seq: "9007199254740993", note: 'say "hi"', raw: "AP8=", made: "x" },
      "trades[rowid=2]": { id: "b", price: "0.30000000000000004", seq: "-1", note: null, raw: null, made: "x" },
      "trades[rowid=3]": { id: "c", price: "10", seq: "1e+300", note: "", raw: "Infinity", made: "x" },
    });
  });

  test("is read by its primary key where it has no rowid, also by names that need quotes", async () => {
    const path = database(
      `create table "the ""log""" (day text, "no" integer, rowid text, primary key (day, "no")) without rowid`,
      `insert into "the ""log""" values ('2', 1, 'c'), ('1', 2, 'b'), ('1', 1, 'a')`,
    );
    expect(await contentOf(sqliteTable(path, 'the "log"', { columns: ["rowid"] }))).toEqual({
      'the "log"[day="1",no=1]': { rowid: "a" },
      'the "log"[day="1",no=2]': { rowid: "b" },
      'the "log"[day="2",no=1]': { rowid: "c" },
    });
  });

  test("gives only the rows and columns that are asked for", async () => {
    const path = database("create table t (a, b)", "insert into t values (1, 'x'), (null, 'x'), (1, 'y')");
    expect(await contentOf(sqliteTable(path, "t", { columns: ["a"], where: { b: "x" } }))).toEqual({
      "t[rowid=1]": { a: "1" },
      "t[rowid=2]": { a: null },
    });
    expect(await contentOf(sqliteTable(path, "t", { where: { a: null } }))).toEqual({ "t[rowid=2]": { a: null, b: "x" } });
  });

  test("keeps a row beside whose text is not UTF-8, and takes one with U+FFFD in it", async () => {
    const path = database("create table t (a text)", "insert into t values (cast(x'61ff' as text)), ('\u{fffd}')");
    expect(await contentOf(sqliteTable(path, "t"))).toEqual({
      "t[rowid=2]": { a: "\u{fffd}" },
      rejects: [["t[rowid=1]", "invalid-utf8", '{"a":"Yf8="}']],
    });
    const keyed = database(
      "create table t (a text primary key, b) without rowid",
      "insert into t values (cast(x'61ff' as text), 1), ('a', 2)",
    );
    expect(await contentOf(sqliteTable(keyed, "t"))).toMatchObject({
      't[a="a"]': { b: "2" },
      rejects: [[expect.anything(), "invalid-utf8", expect.anything()]],
    });
  });

  test("is read from a database of UTF-16 too, and so is a document in a column", async () => {
    const path = database(
      "pragma encoding = 'UTF-16le'",
      "create table t (a text)",
      `insert into t values ('{"\u00e9\u{fffd}":[{"n":1}]}')`,
    );
    expect(await contentOf(sqliteTable(path, "t"))).toEqual({ "t[rowid=1]": { a: '{"\u00e9\u{fffd}":[{"n":1}]}' } });
    expect(await contentOf(sqliteJsonColumn(path, { table: "t", column: "a", path: "*[*]" }))).toEqual({
      '["\u00e9\u{fffd}"][0]': { n: "1" },
    });
  });

  test("is read with what is still in the write-ahead log, while another program has it open, and left as it was", async () => {
    const path = database("pragma journal_mode = wal", "create table t (a)", "insert into t values (1)");
    const writer = new Database(path);
    onTestFinished(() => void writer.close());
    writer.exec("pragma wal_autocheckpoint = 0; insert into t values (2); begin immediate; insert into t values (3)");
    const before = readFileSync(path);
    expect(await contentOf(sqliteTable(path, "t"))).toEqual({ "t[rowid=1]": { a: "1" }, "t[rowid=2]": { a: "2" } });
    expect(readFileSync(path).equals(before)).toBe(true);
    expect(existsSync(`${path}-wal`)).toBe(true);
  });

  test("of the very file that is written to can be the source", async () => {
    const path = join(folder(), "same.db");
    write(path, "create table old (id text, price text)", "insert into old values ('a', '1'), ('b', '2')");
    const opened = await storage(path);
    const { fills } = await import("@td/storage");
    const same = defineImport({
      name: "old",
      source: sqliteTable(path, "old"),
      schema: z.object({ id: z.string(), price: z.string() }),
      map: (record) => ({ ...record, symbol: "A-B", side: "buy" as const, quantity: "1", executedAt: new Date(0), source: "old" }),
      into: fills,
    });
    expect(await runImport(opened.forUser("u"), same, { batchSize: 1 })).toMatchObject({ read: 2, written: 2 });
    expect(await runImport(opened.forUser("u"), same)).toMatchObject({ read: 2, identical: 2 });
  });

  test("goes on where it was stopped, and is refused when rows before the stop, or their number, changed", async () => {
    const path = database("create table t (a)", ...Array.from({ length: 10 }, (_, at) => `insert into t values (${at})`));
    const stopped = async (): Promise<Scope> => {
      const me = await itemUser(),
        stop = new AbortController();
      await runImport(me, job(sqliteTable(path, "t")), { batchSize: 4, signal: stop.signal, onProgress: () => stop.abort() });
      return me;
    };
    const [one, two, three] = [await stopped(), await stopped(), await stopped()];
    expect(await runImport(one, job(sqliteTable(path, "t")))).toMatchObject({ read: 10, written: 10, resumedFrom: { line: 5 } });
    write(path, "update t set a = 'other' where rowid = 2");
    await expect(runImport(two, job(sqliteTable(path, "t")))).rejects.toMatchObject({ code: "source-changed" });
    write(path, "insert into t values (11)");
    await expect(runImport(three, job(sqliteTable(path, "t")))).rejects.toMatchObject({ code: "source-changed" });
  });

  const tableIn = (path: string, options?: SqliteTableOptions): Source => sqliteTable(path, "t", options);

  test.each<[string, () => string, MigrateErrorCode, RegExp]>([
    ["is missing", () => join(folder(), "none.db"), "source-missing", /none\.db does not exist/],
    ["has no bytes", () => file(""), "not-a-database", /has no bytes/],
    ["is text", () => file("cache"), "not-a-database", /it is text/],
    ["was cut off", () => cutOff(), "not-a-database", /cut off: 4096 bytes are missing/],
    ["is a header and nothing else", () => file("SQLite format 3\0"), "not-a-database", /cut off/],
    ["is damaged", () => damaged(), "not-a-database", /damaged SQLite database/],
    ["has no tables", () => database("create table t (a)", "drop table t"), "source-empty", /without tables/],
    [
      "has other tables",
      () => database("create table a (a)", "create table b (a)"),
      "table-missing",
      /no table t\. Its tables are: a, b\./,
    ],
    ["has a view of that name", () => database("create view t as select 1"), "table-missing", /t is a view/],
  ])("that %s is a source error that says so", async (_what, make, code, words) => {
    await refused(tableIn(make()), code, words);
  });

  function cutOff(): string {
    const path = database("create table t (a)", `insert into t values ('${"x".repeat(9000)}')`);
    truncateSync(path, readFileSync(path).length - 4096);
    return path;
  }

  function damaged(): string {
    const path = database("create table t (a)", `insert into t values ('${"x".repeat(9000)}')`);
    const bytes = readFileSync(path);
    writeFileSync(path, bytes.fill(0xff, 4096, 8192));
    return path;
  }

  test("with a write-ahead log in a folder that may not be written says what to copy", async () => {
    const path = database("pragma journal_mode = wal", "create table t (a)", "insert into t values (1)");
    const place = join(folder(), "sealed");
    mkdirSync(place);
    copyFileSync(path, join(place, "t.db"));
    chmodSync(place, 0o555);
    const { seteuid } = process;
    if (process.getuid?.() === 0 && seteuid !== undefined) seteuid(65_534);
    onTestFinished(() => {
      if (seteuid !== undefined && process.getuid?.() === 0) seteuid(0);
      chmodSync(place, 0o755);
    });
    const opening = sqliteTable(join(place, "t.db"), "t").open({ names: [], required: [], open: true });
    await expect(opening).rejects.toMatchObject({ code: "source-unreadable" });
  });

  test("lacks a column that is asked for, or that the schema needs, or has one that it does not know", async () => {
    const path = database("create table t (a, b)");
    await refused(tableIn(path, { columns: ["z"] }), "missing-column", /"z" is missing.* The columns of t are: a, b\./);
    const strict = defineImport({
      name: "s",
      source: tableIn(path),
      schema: z.object({ a: z.string(), c: z.string() }),
      map: () => ({ place: "", content: 1 }),
      into: items,
    });
    await expect(runImport(await itemUser(), strict)).rejects.toMatchObject({ code: "missing-column" });
    const closed = defineImport({
      name: "s",
      source: tableIn(path),
      schema: z.object({ a: z.string() }),
      map: () => ({ place: "", content: 1 }),
      into: items,
    });
    await expect(runImport(await itemUser(), closed)).rejects.toMatchObject({ code: "unknown-column" });
  });
});

describe("a JSON document in a column", () => {
  const state = JSON.stringify({
    bots: [
      { id: "a", orders: [{ pnl: -0.1 }, { pnl: 2 }] },
      { id: "b", orders: [] },
    ],
    marketData: [],
  });
  const arena = (...more: readonly string[]): string =>
    database(
      "create table arena_state (id integer primary key check (id = 1), state text not null)",
      `insert into arena_state values (1, '${state}')`,
      ...more,
    );
  const orders = (path: string, where?: Readonly<Record<string, number>>): Source =>
    sqliteJsonColumn(path, {
      table: "arena_state",
      column: "state",
      ...(where && { where }),
      path: "bots[*].orders[*]",
      carry: { bot: "bots[*].id" },
    });

  test("gives the records at a path", async () => {
    const found = { "bots[0].orders[0]": { pnl: "-0.1", bot: "a" }, "bots[0].orders[1]": { pnl: "2", bot: "a" } };
    expect(await contentOf(orders(arena(), { id: 1 }))).toEqual(found);
    expect(await contentOf(orders(arena()))).toEqual(found);
    expect(await contentOf(orders(arena("update arena_state set state = cast(state as blob)")))).toEqual(found);
  });

  test("says what is there when it is not what was meant", async () => {
    const between = await refused(orders(arena("delete from arena_state")), "row-missing", /finds no row.*between the two: try again/);
    expect(between.retryable).toBe(true);
    await refused(orders(arena(), { id: 2 }), "row-missing", /id = 2 on arena_state finds no row/);
    await refused(orders(arena(`update arena_state set state = ''`)), "source-empty", /arena_state\.state is empty/);
    await refused(
      orders(arena(`update arena_state set state = '{"bots":[{"id":1}]}'`)),
      "path-not-found",
      /at bots\[0\] there is an object with the keys id/,
    );
    await refused(orders(arena(`update arena_state set state = '{"bots":['`)), "json-damaged", /it ends inside/);
    await refused(sqliteJsonColumn(arena(), { table: "arena_state", column: "stat", path: "$" }), "missing-column", /"stat" is missing/);
    const two = database("create table s (v)", "insert into s values ('{}'), ('{}')");
    await refused(sqliteJsonColumn(two, { table: "s", column: "v", path: "$" }), "row-missing", /more than one row/);
  });
});

describe("a query on PostgreSQL", () => {
  const table = `legacy_${newName().replaceAll(/\W/g, "_")}`;

  test("gives every value as the server writes it", async () => {
    await (await userOn("postgres")).fills.count();
    await execute(
      ownerUrl(),
      `create table ${table} (id int, price numeric, ratio double precision, at timestamptz, naive timestamp, tags text[], data jsonb, note text)`,
      `insert into ${table} values (1, 1.50, 0.1, '2025-08-23T12:17:10.300001+05', '2025-08-23 07:17:10', '{a,b}', '{"a": 1.10}', null),
       (2, 'NaN', 1e-7, '2025-08-23T07:17:10Z', null, null, '[12345678901234567890]', '')`,
    );
    const source = postgresQuery(ownerUrl(), `select * from ${table} where id < $1 order by id; `, { params: [3] });
    expect(await contentOf(source)).toEqual({
      "1": {
        id: "1",
        price: "1.50",
        ratio: "0.1",
        at: "2025-08-23T07:17:10.300001+00:00",
        naive: "2025-08-23T07:17:10",
        tags: ["a", "b"],
        data: { a: "1.10" },
        note: null,
      },
      "2": {
        id: "2",
        price: "NaN",
        ratio: "1e-07",
        at: "2025-08-23T07:17:10+00:00",
        naive: null,
        tags: null,
        data: ["12345678901234567890"],
        note: "",
      },
    });
  });

  test("streams, goes on where it was stopped, and refuses rows that come in another order", async () => {
    const numbers = (order: string): Source =>
      postgresQuery(ownerUrl("postgres"), `select n from generate_series(1, 5000) n order by ${order}`);
    const stopped = async (source: Source): Promise<Scope> => {
      const me = await itemUser(),
        stop = new AbortController();
      await runImport(me, job(source), { batchSize: 2100, signal: stop.signal, onProgress: () => stop.abort() });
      return me;
    };
    const me = await stopped(numbers("n"));
    expect(await runImport(me, job(numbers("n")))).toMatchObject({ read: 5000, written: 5000, resumedFrom: { line: 2101 } });
    const other = await stopped(numbers("random()"));
    await expect(runImport(other, job(numbers("random()")))).rejects.toMatchObject({ code: "source-changed" });
  });

  test("that cannot be run is a source error without the password", async () => {
    const url = new URL(ownerUrl("postgres"));
    const wrong = await refused(
      postgresQuery(url.href, "select nothing"),
      "source-unreadable",
      /refuses the query: column "nothing" does not exist \(42703\)/,
    );
    expect(wrong.retryable).toBe(false);
    await refused(postgresQuery(url.href, "delete from pg_class"), "source-unreadable", /refuses the query/);
    await refused(postgresQuery(url.href, "select 1 a, 2 a"), "duplicate-column", /"a" appears twice/);
    url.port = "1";
    url.password = "hunter2";
    const lost = await refused(postgresQuery(url.href, "select 1"), "source-unreadable", /cannot be reached/);
    expect(lost.retryable).toBe(true);
    expect(JSON.stringify([lost.message, lost.facts])).not.toContain("hunter2");
    expect(() => postgresQuery("mysql://hunter2@x", "select 1")).toThrow(expect.objectContaining({ code: "invalid-option" }));
  });
});
