// Every known way in which schema migrations of other tools lose something, each beside the naive way of doing it, which does lose it.
// docs/why/schema-failure-modes.md lists them with their sources; a test there holds the list to these titles.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  addColumn,
  c,
  createIndex,
  createTable,
  defineSchema,
  defineTable,
  rebuildTable,
  sql,
  type ManagedSchema,
  type Migration,
} from "@td/storage";
import Database from "better-sqlite3";
import postgres from "postgres";
import { describe, expect, onTestFinished, test } from "vitest";
import { downTo, failing, notesOne, notesThree, notesTwo, place, remarks, upConfirmed, type Place } from "./migrator-support.ts";
import { transactionPooler } from "./transaction-pooler.ts";
import { KINDS } from "./workbench.ts";

const one: Migration = { id: "0001-notes", up: [createTable(notesOne)] };
const mood: Migration = { id: "0002-mood", up: [addColumn("notes", { mood: c.oneOf("good", "bad").nullable() })] };
const schemaOf = (...migrations: readonly Migration[]): ManagedSchema => defineSchema({ name: "notes", migrations });
const insert = (id: string, body: string): string => `insert into notes (user_id, id, body) values ('ada', '${id}', '${body}')`;

/** A connection that stays open until the end of the test. */
function session(url: string): postgres.Sql {
  const opened = postgres(url, { max: 1, onnotice: () => undefined, fetch_types: false });
  onTestFinished(() => opened.end({ timeout: 0 }));
  return opened;
}

/** The naive migrator of many tools: a table of names, statements one by one, the highest name wins. */
async function naiveUp(
  at: Place,
  migrations: readonly { readonly id: string; readonly statements: readonly string[] }[],
): Promise<readonly string[]> {
  await at.run("create table if not exists naive_ledger (id text)");
  const last = (await at.run("select max(id) from naive_ledger"))[0]?.[0] ?? "";
  const due = migrations.filter(({ id }) => id > last);
  for (const { id, statements } of due) await at.run(...statements, `insert into naive_ledger values ('${id}')`);
  return due.map(({ id }) => id);
}

/** Makes the parent anew as it looks right: the remarks that are left, and what SQLite's own check finds. */
async function naiveRebuild(at: Place): Promise<readonly [unknown, readonly unknown[]]> {
  const database = new Database(at.url.replace("sqlite:", ""));
  database.exec("pragma foreign_keys = on; begin; pragma foreign_keys = off");
  database.exec(notesOne.ddl("sqlite").join(";").replace('"notes"', "copy"));
  database.exec("insert into copy select * from notes; drop table notes; alter table copy rename to notes");
  const left = [
    database.prepare("select count(*) from remarks").pluck().get(),
    database.prepare("pragma foreign_key_check").all(),
  ] as const;
  database.exec("rollback");
  database.close();
  return left;
}

test("mode 1: behind a transaction pooler no lock is left behind", async () => {
  const at = await place("postgres");
  const pooler = await transactionPooler(at.url);
  const naive = session(pooler.url);
  await naive.unsafe("select pg_advisory_lock(1)").simple();
  const [unlocked] = await naive.unsafe("select pg_advisory_unlock(1) as freed").simple();
  expect(unlocked).toEqual({ freed: false });

  const schema = schemaOf(one, mood);
  const migrator = (await import("@td/migrate")).createMigrator(pooler.url, [schema]);
  expect((await migrator.up()).ran).toHaveLength(2);
  await downTo(migrator, "notes/none");
  const left = await at.run(
    "select count(*) from pg_locks where locktype = 'advisory' and objid <> 1 and database = (select oid from pg_database where datname = current_database())",
  );
  expect(left).toEqual([["0"]]);
  expect(pooler.switches()).toBeGreaterThan(4);
});

test("mode 2: an index made concurrently does not wait for those who wait, and an invalid one does not stay", async () => {
  const at = await place("postgres");
  const [holder, waiter] = [session(at.url), session(at.url)];
  await holder`create table naive (a int)`;
  await holder`select pg_advisory_lock(2)`;
  const waiting = waiter`select pg_advisory_lock(2)`.catch((error: unknown) => error);
  await expect
    .poll(async () => (await at.run("select count(*) from pg_locks where locktype = 'advisory' and objid = 2 and not granted"))[0]?.[0])
    .toBe("1");
  const built = await holder`create index concurrently naive_a on naive (a)`.catch((error: unknown) => error);
  await holder`select pg_advisory_unlock_all()`;
  expect([built, await waiting].some((error) => error instanceof Error && error.message.includes("deadlock"))).toBe(true);

  const index: Migration = {
    id: "0002-by-body",
    transaction: false,
    up: [createIndex("notes", "by_body", ["userId", "body"], { unique: true, concurrently: true })],
  };
  const migrator = at.migrator([schemaOf(one, index)]);
  await migrator.up({ to: "notes/0001-notes" });
  await at.run(insert("a", "same"), insert("b", "same"));
  await failing(migrator.up(), "migration-failed");
  expect(await at.run("select indisvalid from pg_index where indexrelid = 'notes_by_body'::regclass")).toEqual([["false"]]);
  expect(await migrator.status()).toMatchObject([
    {},
    { state: "partial", statement: 1, unsure: false, detail: expect.stringContaining("could not create unique index") },
  ]);
  await at.run("update notes set body = 'other' where id = 'b'");

  const reader = session(at.url);
  await reader`begin isolation level repeatable read`;
  await reader`select count(*) from pg_class`;
  const first = migrator.up();
  await expect
    .poll(
      async () =>
        (
          await at.run(
            "select count(*) from pg_stat_activity where query like 'create unique index concurrently%' and wait_event_type = 'Lock'",
          )
        )[0]?.[0],
    )
    .toBe("1");
  const second = at.migrator([schemaOf(one, index)], { lockTimeoutMs: 300 });
  expect((await failing(second.up(), "locked")).message).toContain("notes/0002-by-body");
  await reader`commit`;
  await first;
  expect(await at.run("select indisvalid from pg_index where indexrelid = 'notes_by_body'::regclass")).toEqual([["true"]]);
});

describe.each(KINDS)("on %s", (kind) => {
  test("mode 3: a lock whose holder is gone holds nobody up, one whose holder lives says who it is", async () => {
    const at = await place(kind);
    await at.migrator([schemaOf(one)]).up();
    const index: Migration = { id: "0002-by-body", transaction: false, up: [createIndex("notes", "by_body", ["userId", "body"])] };
    const lease = (renewed: string): string =>
      `insert into td_migration_lock values (1, 'x', 'eve', 'elsewhere', 42, 'notes/0009', '2025-01-01', ${renewed}, 1) on conflict (place) do update set holder = excluded.holder, renewed = excluded.renewed`;
    if (kind === "sqlite") await at.migrator([schemaOf(one, index)]).up();
    await at.run(lease("9007199254740991"));
    const migrator = at.migrator([schemaOf(one, index, { ...mood, id: "0003-mood" })], { lockTimeoutMs: 100 });
    const error = await failing(migrator.up(), "locked");
    expect(error).toMatchObject({ retryable: true, message: expect.stringContaining("eve (process 42 on elsewhere), notes/0009") });
    await at.run(lease("0"));
    await migrator.up();
    expect(await migrator.status()).toMatchObject([{ state: "applied" }, { state: "applied" }, { state: "applied" }]);
  });

  test("mode 4: a migration without a transaction that failed half-way goes on with the statement that failed", async () => {
    const at = await place(kind);
    const statements = ["create table a (x integer)", "insert into b values (1)", "create table d (x integer)"];
    await expect(naiveUp(at, [{ id: "1", statements }])).rejects.toThrow(/b/);
    await at.run("create table b (x integer)");
    await expect(naiveUp(at, [{ id: "1", statements }])).rejects.toThrow(/a/);
    await at.run("drop table a", "drop table b");
    if (kind === "postgres") await at.run(`alter schema public owner to ${new URL(at.url).username}`);

    const whole: Migration = { id: "0001-tables", transaction: false, up: [sql({ does: "make tables", up: statements })] };
    const migrator = at.migrator([schemaOf(whole)]);
    const error = await failing(migrator.up(), "migration-failed");
    expect(error).toMatchObject({ facts: { migration: "notes/0001-tables", statement: 2, statements: 3 } });
    await failing(migrator.up(), "migration-failed");
    await at.run("create table b (x integer)");
    if (kind === "postgres") await at.run(`alter table b owner to ${new URL(at.url).username}`);
    await migrator.up();
    expect(await at.run("select count(*) from b")).toEqual([["1"]]);
    expect(await migrator.up()).toMatchObject({ ran: [] });
  });

  test("mode 5: a migration that stopped in the dark says what to look at and how to go on", async () => {
    const at = await place(kind);
    const raw: Migration = {
      id: "0002-raw",
      transaction: false,
      up: [sql({ does: "add notes", up: [insert("a", "one"), insert("b", "two")], touches: ["notes"] })],
    };
    const migrator = at.migrator([schemaOf(one, raw)]);
    await migrator.up({ to: "notes/0001-notes" });
    await at.run(insert("b", "in the way"));
    await failing(migrator.up(), "migration-failed");
    await at.run("delete from notes where id = 'b'", insert("b", "two"), "update td_migrations set running = 1 where id = '0002-raw'");
    const error = await failing(migrator.up(), "migration-partial");
    expect(error.message).toContain(`repair({ migration: "notes/0002-raw", as: "statement-done" or "statement-undone", reason })`);
    expect((await migrator.status())[1]).toMatchObject({ state: "partial", statement: 2, unsure: true });
    await failing(migrator.repair({ migration: "notes/0001-notes", as: "statement-done", reason: "?" }), "invalid-option");
    await migrator.repair({ migration: "notes/0002-raw", as: "statement-done", reason: "the row is there" });
    await migrator.up();
    expect(await at.run("select id, body from notes order by id")).toEqual([
      ["a", "one"],
      ["b", "two"],
    ]);
    expect((await migrator.events()).map(({ action, reason }) => `${action} ${reason}`)).toContain(
      "repair statement-done: the row is there",
    );
  });

  test("mode 6: line ends, comments, layout and another version's SQL change no checksum; a change is refused with its name", async () => {
    const at = await place(kind);
    const text = "insert into notes (user_id, id, body)\n  values ('ada', 'a', 'it''s -- no comment') -- a note\n";
    const touches = ["notes"];
    const ran: Migration = { id: "0002-add", up: [sql({ does: "add", up: text, touches })] };
    const formatted = "/* licence */ insert  into notes (user_id, id, body) values\r\n('ada', 'a', 'it''s -- no comment');\r\n";
    const naive = (content: string): string => createHash("sha256").update(content).digest("hex");
    expect(naive(formatted)).not.toBe(naive(text));
    await at.migrator([schemaOf(one, ran)]).up();
    const same: Migration = { id: "0002-add", up: [sql({ does: "add a note", up: formatted, touches })] };
    expect(await at.migrator([schemaOf(one, same)]).up()).toMatchObject({ ran: [] });
    const redeclared = defineTable(
      "notes",
      { ...notesOne.columns, body: c.text().default("x").assigned() },
      { primaryKey: ["userId", "id"], digested: false },
    );
    expect(await at.migrator([schemaOf({ id: "0001-notes", up: [createTable(redeclared)] }, same)]).up()).toMatchObject({ ran: [] });

    const other: Migration = { id: "0002-add", up: [sql({ does: "add", up: formatted.replace("-- no", "--no"), touches })] };
    const migrator = at.migrator([schemaOf(one, other)]);
    expect((await failing(migrator.up(), "migration-changed")).facts["migrations"]).toEqual(["notes/0002-add"]);
    expect((await migrator.status())[1]).toMatchObject({ state: "changed", detail: expect.stringContaining("step 1 was") });
    expect(await migrator.verify()).toMatchObject([{ what: "notes/0002-add" }]);
    await failing(migrator.repair({ migration: "notes/0001-notes", as: "unchanged", reason: "no" }), "invalid-option");
    await migrator.repair({ migration: "notes/0002-add", as: "unchanged", reason: "only the text of a note" });
    expect(await migrator.up()).toMatchObject({ ran: [] });
  });

  test("mode 7: a late migration is refused with its name, never skipped; one that is gone as well", async () => {
    const at = await place(kind);
    const late: Migration = { id: "0002-late", up: [addColumn("notes", { late: c.text().nullable() })] };
    const young: Migration = { ...mood, id: "0003-mood" };
    const list = (...migrations: readonly string[]): { id: string; statements: readonly string[] }[] =>
      migrations.map((id) => ({ id, statements: [] }));
    await naiveUp(at, list("1", "3"));
    expect(await naiveUp(at, list("1", "2", "3"))).toEqual([]);

    await at.migrator([schemaOf(one, young)]).up();
    const error = await failing(at.migrator([schemaOf(one, late, young)]).up(), "migration-late");
    expect(error.facts["migrations"]).toEqual(["notes/0002-late"]);
    expect((await at.migrator([schemaOf(one, late, young)]).status()).map(({ state }) => state)).toEqual(["applied", "late", "applied"]);
    expect(await at.migrator([schemaOf(one, late, young)], { late: "run" }).up()).toMatchObject({
      ran: [{ migration: "notes/0002-late" }],
    });
    const gone = at.migrator([schemaOf(one, young)]);
    expect((await failing(gone.up(), "migration-missing")).facts["migrations"]).toEqual(["notes/0002-late"]);
    expect((await gone.status()).at(-1)).toMatchObject({ migration: "notes/0002-late", state: "missing" });
    await failing(gone.repair({ migration: "notes/0003-mood", as: "forget", reason: "no" }), "invalid-option");
    await gone.repair({ migration: "notes/0002-late", as: "forget", reason: "reverted" });
    expect(await gone.up()).toMatchObject({ ran: [] });
  });

  test("mode 8: many who migrate at once run each migration once", async () => {
    const at = await place(kind);
    const count: Migration = {
      id: "0003-count",
      up: [sql({ does: "count", up: "update counter set n = n + 1", touches: ["counter"], destroys: [] })],
    };
    const counter: Migration = {
      id: "0002-counter",
      up: [sql({ does: "make a counter", up: ["create table counter (n integer)", "insert into counter values (0)"] })],
    };
    const reports = await Promise.all([1, 2, 3].map(() => at.migrator([schemaOf(one, counter, count)]).up()));
    expect(reports.flatMap(({ ran }) => ran.map(({ migration }) => migration)).sort()).toEqual([
      "notes/0001-notes",
      "notes/0002-counter",
      "notes/0003-count",
    ]);
    expect(await at.run("select n from counter")).toEqual([["1"]]);
  });

  test("mode 9: a table that is made anew keeps the rows that refer to it", async () => {
    const at = await place(kind);
    const children: Migration = { id: "0002-remarks", up: [createTable(remarks)] };
    const rebuild: Migration = { id: "0003-title", up: [rebuildTable(notesOne, notesThree, { title: "body" }, { body: "title" })] };
    const migrator = at.migrator([schemaOf(one, children, rebuild)]);
    await migrator.up({ to: "notes/0002-remarks" });
    const fill = [insert("n", "hello"), "insert into remarks values ('ada', 'r1', 'n')", "insert into remarks values ('ada', 'r2', 'n')"];
    await at.run(...fill);
    // PostgreSQL alters a table in place, so only SQLite has the naive way.
    expect(kind === "sqlite" ? await naiveRebuild(at) : [0, []]).toEqual([0, []]);
    await upConfirmed(migrator);
    expect(await at.run("select count(*) from remarks")).toEqual([["2"]]);
    expect(await at.run("select title from notes")).toEqual([["hello"]]);
    await downTo(migrator, "notes/0002-remarks");
    expect(await at.run("select count(*) from remarks")).toEqual([["2"]]);
  });

  test("mode 9: rows that a migration loses in a table it does not name are noticed, and it is taken back", async () => {
    const at = await place(kind);
    const children: Migration = { id: "0002-remarks", up: [createTable(remarks)] };
    const careless = (statement: string): Migration => ({
      id: "0003-tidy",
      up: [sql({ does: "tidy", up: statement, touches: ["notes"], destroys: [] })],
    });
    await at.migrator([schemaOf(one, children)]).up();
    await at.run(insert("n", "hello"), "insert into remarks values ('ada', 'r', 'n')");
    // PostgreSQL takes the remark along; on SQLite it would refer to nothing.
    const error = await failing(at.migrator([schemaOf(one, children, careless("delete from notes"))]).up(), "rows-lost");
    expect(error.message).toContain("remarks");
    await failing(at.migrator([schemaOf(one, children, careless("delete from remarks"))]).up(), "rows-lost");
    expect(await at.run("select count(*) from remarks")).toEqual([["1"]]);
  });

  test("mode 11: a migration that fails at its second statement leaves nothing of the first, nor a record", async () => {
    const at = await place(kind);
    const statements = ["create table half (x integer)", "insert into nowhere values (1)"];
    await naiveUp(at, [{ id: "1", statements }]).catch(() => undefined);
    expect(await at.run("select count(*) from half")).toEqual([["0"]]);
    await at.run("drop table half");
    const broken: Migration = { id: "0002-half", up: [sql({ does: "half", up: statements })] };
    const error = await failing(at.migrator([schemaOf(one, broken)]).up(), "migration-failed");
    expect(error.message).toMatch(/notes\/0002-half failed on its way up at step 1 \(half\): .*nowhere/);
    await expect(at.run("select count(*) from half")).rejects.toThrow(/half/);
    expect((await at.migrator([schemaOf(one, broken)]).status()).map(({ state }) => state)).toEqual(["applied", "pending"]);
  });

  test("mode 12: the way back brings back the values, not just the column; and the way forth those of the way back", async () => {
    const at = await place(kind);
    const rebuild: Migration = { id: "0003-title", up: [rebuildTable(notesTwo, notesThree, { title: "'none'" }, { body: "''" })] };
    const migrator = at.migrator([schemaOf(one, mood, rebuild)]);
    await migrator.up({ to: "notes/0002-mood" });
    await at.run(insert("a", "precious"), "update notes set mood = 'bad'");
    await upConfirmed(migrator);
    await at.run("update notes set title = 'chosen', mood = 'fair'");
    await failing(
      migrator.down({ to: "notes/0002-mood", confirm: (await migrator.plan({ down: "notes/0002-mood" })).confirm }),
      "migration-failed",
    );
    await at.run("update notes set mood = 'good'");
    await downTo(migrator, "notes/0002-mood");
    expect(await at.run("select id, body, mood from notes")).toEqual([["a", "precious", "good"]]);
    await upConfirmed(migrator);
    expect(await at.run("select title from notes")).toEqual([["chosen"]]);
    await downTo(migrator, "notes/0001-notes");
    await migrator.up({ to: "notes/0002-mood" });
    expect(await at.run("select mood from notes")).toEqual([["good"]]);
  });

  test("mode 37: a record that another version of the checksum made is told apart from another migration", async () => {
    const at = await place(kind);
    const migrator = at.migrator([schemaOf(one)]);
    await migrator.up();
    await at.run("update td_migrations set checksum = 'c9:' || substr(checksum, 4)");
    expect((await failing(migrator.up(), "migration-changed")).message).toContain("another version of td");
    await migrator.repair({ migration: "notes/0001-notes", as: "unchanged", reason: "read in the changelog of td" });
    expect(await migrator.up()).toMatchObject({ ran: [] });
  });
});

test("mode 10: an old orphan elsewhere does not stop a migration, a new one does", async () => {
  const at = await place("sqlite");
  const children: Migration = { id: "0002-remarks", up: [createTable(remarks)] };
  await at.migrator([schemaOf(one, children)]).up();
  await at.run(insert("n", "hello"), "insert into remarks values ('ada', 'old', 'gone')", "insert into remarks values ('ada', 'r', 'n')");
  const naive = await at.run("pragma foreign_key_check");
  expect(naive).toHaveLength(1);
  const rebuild: Migration = { id: "0003-title", up: [rebuildTable(notesOne, notesThree, { title: "body" })] };
  await upConfirmed(at.migrator([schemaOf(one, children, rebuild)]));
  const orphan: Migration = { id: "0004-orphan", up: [sql({ does: "lose a note", up: "delete from notes", destroys: ["notes"] })] };
  const error = await failing(upConfirmed(at.migrator([schemaOf(one, children, rebuild, orphan)])), "rows-lost");
  expect(error.message).toContain("1 rows would refer to nothing: remarks to notes");
});

test("the page on failure modes names each of these tests, and no other", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../docs/why/schema-failure-modes.md"), "utf8");
  const source = readFileSync(import.meta.filename, "utf8");
  const titles = [...source.matchAll(/^ *test\("(mode [^"]+)"/gm)].map(([, title = ""]) => title);
  const listed = [...page.matchAll(/"(mode [^"]+)"/g)].map(([, title = ""]) => title);
  expect(listed.sort((a, b) => a.localeCompare(b))).toEqual(titles.sort((a, b) => a.localeCompare(b)));
});
