// The contract of the migrator, held to on both engines.
import { existsSync } from "node:fs";
import { addColumn, c, createIndex, createTable, defineSchema, dropColumn, dropTable, rebuildTable, sql, storageSchema } from "@td/storage";
import type { AnyTable, ManagedSchema, Migration } from "@td/storage";
import { describe, expect, test } from "vitest";
import { downTo, failing, notesOne, notesThree, notesTwo, place, remarks, upConfirmed, type Place } from "./migrator-support.ts";
import { KINDS } from "./workbench.ts";

const one: Migration = { id: "0001-notes", up: [createTable(notesOne)] };
const two: Migration = { id: "0002-mood", up: [addColumn("notes", { mood: c.oneOf("good", "bad").nullable() })] };
const three: Migration = {
  id: "0003-title",
  up: [rebuildTable(notesTwo, notesThree, { title: "substr(body, 1, 3)" }, { body: `title || '...'` })],
};
const four: Migration = { id: "0004-remarks", up: [createTable(remarks)] };

/** A schema of these migrations; with `tables` their newest form is declared. */
function notes(migrations: readonly Migration[], tables: readonly AnyTable[] = []): ManagedSchema {
  return defineSchema({ name: "notes", tables, migrations });
}

const add = (at: Place, id: string, body: string): Promise<unknown> =>
  at.run(`insert into notes (user_id, id, body) values ('ada', '${id}', '${body}')`);
const states = async (at: Place, schema: ManagedSchema): Promise<readonly string[]> =>
  (await at.migrator([schema]).status()).map(({ migration, state }) => `${migration} ${state}`);

describe.each(KINDS)("on %s", (kind) => {
  test("migrations run once, in order, each on record with who and when; a second run does nothing", async () => {
    const at = await place(kind);
    const migrator = at.migrator([notes([one, two])], { actor: "ada" });
    expect(migrator.engine).toBe(kind);
    expect(await states(at, notes([one, two]))).toEqual(["notes/0001-notes pending", "notes/0002-mood pending"]);
    const report = await migrator.up();
    expect(report).toMatchObject({
      direction: "up",
      dryRun: false,
      ran: [{ migration: "notes/0001-notes", action: "run" }, { migration: "notes/0002-mood" }],
    });
    expect(await migrator.status()).toMatchObject([{ state: "applied", how: "ran", by: "ada" }, { state: "applied" }]);
    const before = [await migrator.status(), await migrator.events()];
    expect(await migrator.up()).toEqual({ direction: "up", dryRun: false, ran: [], untried: [] });
    expect([await migrator.status(), await migrator.events()]).toEqual(before);
    expect((await migrator.events()).map(({ action, migration, by }) => [action, migration, by])).toEqual([
      ["up", "notes/0001-notes", "ada"],
      ["up", "notes/0002-mood", "ada"],
    ]);
  });

  test.each(["up", "dropHistory"])("tables that going down has taken away are not made anew by opening, before %s", async (way) => {
    const at = await place(kind);
    const schemas = [notes([one], [notesOne])];
    await (await at.open({ schemas })).forUser("ada").table(notesOne).insert({ id: "1", body: "kept" });
    const migrator = at.migrator(schemas);
    await downTo(migrator, "notes/none");
    await expect(at.open({ schemas })).rejects.toMatchObject({
      code: "schema-mismatch",
      message: expect.stringContaining("history() lists: notes (rows: 1)") as string,
    });
    const [kept] = await migrator.history();
    if (way === "up") await migrator.up();
    else await migrator.dropHistory(kept?.name ?? "", { confirm: kept?.confirm ?? "", reason: "no longer wanted" });
    expect(await (await at.open({ schemas })).forUser("ada").table(notesOne).count()).toBe(0);
  });

  test("up and down go to where they are told, and up again goes on", async () => {
    const at = await place(kind);
    const migrator = at.migrator([notes([one, two])]);
    await migrator.up({ to: "notes/0001-notes" });
    expect(await states(at, notes([one, two]))).toEqual(["notes/0001-notes applied", "notes/0002-mood pending"]);
    await migrator.up();
    await downTo(migrator, "notes/none");
    expect(await states(at, notes([one, two]))).toEqual(["notes/0001-notes pending", "notes/0002-mood pending"]);
    await migrator.up();
    await failing(migrator.up({ to: "notes/0009" }), "invalid-option");
    await failing(migrator.plan({ down: "other/none" }), "invalid-option");
  });

  test("a database that was migrated has the same tables as a new one: built from the first migration, altered, there and back", async () => {
    const [migrated, made] = [await place(kind), await place(kind)];
    const schema = notes([one, two, three, four], [notesThree, remarks]);
    const step = migrated.migrator([notes([one, two, three, four])]);
    await step.up({ to: "notes/0002-mood" });
    await add(migrated, "n1", "hello");
    await migrated.run("update notes set mood = 'good'");
    await upConfirmed(migrated.migrator([schema]));
    await made.migrator([schema]).up();
    for (const at of [migrated, made]) {
      expect(await at.migrator([schema]).verify()).toEqual([]);
      expect(await at.migrator([schema]).up()).toMatchObject({ ran: [] });
    }
    expect((await made.migrator([schema]).status()).map(({ how }) => how)).toEqual(["created", "created", "created", "created"]);
    expect(await migrated.run("select title, mood, weight from notes")).toEqual([["hel", "good", null]]);
    await migrated.run("insert into notes (user_id, id, title) values ('ada', 'n2', 'new')");
    await downTo(migrated.migrator([schema]), "notes/0002-mood");
    expect(await migrated.run("select id, body, mood from notes order by id")).toEqual([
      ["n1", "hello", "good"],
      ["n2", "new...", null],
    ]);
    expect(await migrated.migrator([notes([one, two], [notesTwo])]).verify()).toEqual([]);
    await upConfirmed(migrated.migrator([schema]));
    expect(await migrated.migrator([schema]).verify()).toEqual([]);
    expect(await migrated.run("select id, title, mood from notes order by id")).toEqual([
      ["n1", "hel", "good"],
      ["n2", "new", null],
    ]);
  });

  test("a table that is not what its declaration says fails the last migration, and nothing of it is kept", async () => {
    const at = await place(kind);
    await at.migrator([notes([one])]).up();
    const error = await failing(at.migrator([notes([one, two], [notesThree])]).up(), "form-differs");
    expect(error.message).toContain("notes lacks");
    expect(await states(at, notes([one, two]))).toEqual(["notes/0001-notes applied", "notes/0002-mood pending"]);
    await at.migrator([notes([one, two], [notesTwo])]).up();
    await at.run("create index by_hand on notes (body)");
    expect(await at.migrator([notes([one, two], [notesTwo])]).verify()).toEqual([
      { what: "notes", problem: expect.stringMatching(/^has .*by_hand/i) },
    ]);
  });

  test("a host's schema stands on td's: its tables open as a storage, and are its user's alone", async () => {
    const at = await place(kind);
    const schema = notes([one, two], [notesTwo]);
    await at.migrator([storageSchema, notes([one], [notesOne])]).up();
    await (await at.open({ tables: [notesOne] })).forUser("ada").table(notesOne).insert({ id: "n1", body: "hello" });
    await expect(at.open({ tables: [notesTwo] }, false)).rejects.toMatchObject({ code: "schema-mismatch" });
    await expect(at.open({ schemas: [schema] }, false)).rejects.toMatchObject({
      code: "schema-mismatch",
      message: expect.stringContaining("notes/0002-mood"),
    });
    await at.migrator([storageSchema, schema]).up();
    const storage = await at.open({ schemas: [schema] }, false);
    expect(await storage.forUser("ada").table(notesTwo).get({ id: "n1" })).toMatchObject({ body: "hello", mood: null });
    expect(await storage.forUser("bob").table(notesTwo).count()).toBe(0);
  });

  test("a schema that a storage made is on record, and one that must run its migrations is not made by a storage", async () => {
    const [made, seeded] = [await place(kind), await place(kind)];
    await made.open({ schemas: [notes([one, two], [notesTwo])] });
    expect(await made.migrator([storageSchema, notes([one, two], [notesTwo])]).up()).toMatchObject({ ran: [] });
    const seed: Migration = {
      id: "0002-seed",
      up: [sql({ does: "add a note", up: "insert into notes values ('ada', 'n', 'seed')", touches: ["notes"] })],
    };
    await expect(seeded.open({ schemas: [notes([one, seed], [notesOne])] })).rejects.toMatchObject({ code: "schema-mismatch" });
    await seeded.migrator([storageSchema, notes([one, seed], [notesOne])]).up();
    expect(await seeded.run("select body from notes")).toEqual([["seed"]]);
  });

  test("a plan says what would be done and taken away, and its token holds for that alone", async () => {
    const at = await place(kind);
    const schema = notes([one, two]);
    const migrator = at.migrator([schema]);
    await migrator.up();
    await add(at, "n1", "hello");
    const plan = await migrator.plan({ down: "notes/none" });
    expect(plan).toMatchObject({
      direction: "down",
      migrations: [
        { migration: "notes/0002-mood", action: "run", does: ["drop mood of notes"], transaction: true },
        { migration: "notes/0001-notes", does: ["drop the table notes"] },
      ],
      destroys: [
        { migration: "notes/0002-mood", table: "notes", columns: ["mood"], rows: 1 },
        { migration: "notes/0001-notes", table: "notes", columns: null, rows: 1 },
      ],
    });
    expect(await migrator.plan({ down: "notes/none" })).toEqual(plan);
    expect((await failing(migrator.down({ to: "notes/none" }), "not-confirmed")).message).toContain("1 rows of notes");
    await failing(migrator.down({ to: "notes/none", confirm: "YES" }), "not-confirmed");
    const other = await migrator.plan({ down: "notes/0001-notes" });
    await failing(migrator.down({ to: "notes/none", confirm: other.confirm }), "not-confirmed");
    await add(at, "n2", "one more row");
    await failing(migrator.down({ to: "notes/none", confirm: plan.confirm }), "not-confirmed");
    expect(await at.run("select count(*) from notes")).toEqual([["2"]]);
    await downTo(migrator, "notes/none");
  });

  test("a token of before another migration ran is stale", async () => {
    const at = await place(kind);
    await at.migrator([notes([one])]).up();
    const { confirm } = await at.migrator([notes([one, two])]).plan({ down: "notes/none" });
    await at.migrator([notes([one, two])]).up();
    await failing(at.migrator([notes([one, two])]).down({ to: "notes/none", confirm }), "not-confirmed");
  });

  test("up wants a confirmation as soon as it takes something away", async () => {
    const at = await place(kind);
    const drop: Migration = { id: "0002-drop", up: [dropTable(notesOne)] };
    await at.migrator([notes([one])]).up();
    await add(at, "n1", "hello");
    const migrator = at.migrator([notes([one, drop])]);
    await failing(migrator.up(), "not-confirmed");
    const report = await upConfirmed(migrator);
    const [history] = await migrator.history();
    expect(history).toMatchObject({
      migration: "notes/0002-drop",
      direction: "up",
      table: "notes",
      columns: null,
      rows: 1,
      restoredAt: null,
    });
    expect(report.ran).toMatchObject([{ kept: [history?.name] }]);
    expect(await at.run(`select body from "${history?.name}"`)).toEqual([["hello"]]);
    await downTo(migrator, "notes/0001-notes");
    expect(await at.run("select id, body from notes")).toEqual([["n1", "hello"]]);
    expect((await migrator.history())[0]?.restoredAt).not.toBeNull();
  });

  test("a history table goes only by its own confirmation, and that is on record", async () => {
    const at = await place(kind);
    const migrator = at.migrator([notes([one])]);
    await migrator.up();
    await add(at, "n1", "hello");
    await downTo(migrator, "notes/none");
    const [history] = await migrator.history();
    const name = history?.name ?? "";
    await failing(migrator.dropHistory(name, { confirm: "no", reason: "room" }), "not-confirmed");
    await failing(migrator.dropHistory("notes", { confirm: "no", reason: "room" }), "invalid-option");
    await migrator.dropHistory(name, { confirm: history?.confirm ?? "", reason: "room" });
    expect(await migrator.history()).toEqual([]);
    expect((await migrator.events()).at(-1)).toMatchObject({ action: "drop-history", migration: name, reason: "room" });
  });

  test("a rehearsal executes everything and leaves nothing", async () => {
    const at = await place(kind);
    const schema = notes([one, two, three, four], [notesThree, remarks]);
    await at.migrator([notes([one])]).up();
    await add(at, "n1", "hello");
    const before = await at.migrator([schema]).status();
    const report = await at.migrator([schema]).up({ dryRun: true });
    expect(report).toMatchObject({
      dryRun: true,
      untried: [],
      ran: [{ migration: "notes/0002-mood" }, { kept: [expect.stringMatching(/^td_hist_/)] }, {}],
    });
    expect(await at.migrator([schema]).status()).toEqual(before);
    expect(await at.run("select * from notes")).toEqual([["ada", "n1", "hello"]]);
    expect(await at.migrator([notes([one])]).down({ to: "notes/none", dryRun: true })).toMatchObject({
      dryRun: true,
      ran: [{ migration: "notes/0001-notes" }],
    });
    expect(await at.run("select count(*) from notes")).toEqual([["1"]]);
    const broken: Migration = { id: "0002-broken", up: [sql({ does: "fail", up: "insert into nowhere values (1)" })] };
    await failing(at.migrator([notes([one, broken])]).up({ dryRun: true }), "migration-failed");
  });

  test("what cannot be undone says so before anything is undone", async () => {
    const at = await place(kind);
    const once: Migration = {
      id: "0002-once",
      up: [sql({ does: "add a note", up: "insert into notes values ('ada', 'n', 'x')", touches: ["notes"] })],
    };
    const migrator = at.migrator([notes([one, once, { ...two, id: "0003-mood" }])]);
    await migrator.up();
    const error = await failing(migrator.plan({ down: "notes/0001-notes" }), "irreversible");
    expect(error.message).toContain("notes/0002-once");
    await downTo(migrator, "notes/0002-once");
    const never = at.migrator([notes([one, once, { ...two, id: "0003-mood", down: "none" }])]);
    await never.up();
    await failing(never.plan({ down: "notes/0002-once" }), "irreversible");
  });

  test("a down of one's own is taken instead of the reverse", async () => {
    const at = await place(kind);
    const own: Migration = {
      ...two,
      down: [
        sql({ does: "note it", up: "insert into notes (user_id, id, body) values ('ada', 'd', 'down')", touches: ["notes"] }),
        dropColumn("notes", { mood: c.oneOf("good", "bad").nullable() }),
      ],
    };
    const migrator = at.migrator([notes([one, own])]);
    await migrator.up();
    await downTo(migrator, "notes/0001-notes");
    expect(await at.run("select * from notes")).toEqual([["ada", "d", "down"]]);
  });

  test("what SQL of one's own deletes on the way back is kept as well, unless it says that nothing of value is lost", async () => {
    const at = await place(kind);
    const seed = (more: object): Migration => {
      const up = "insert into notes values ('ada', 'n', 'seed')";
      return { id: "0002-seed", up: [sql({ does: "add a note", up, down: "delete from notes", touches: ["notes"], ...more })] };
    };
    const [careful, careless] = [at.migrator([notes([one, seed({})])]), at.migrator([notes([one, seed({ destroys: [] })])])];
    await careful.up();
    await add(at, "own", "mine");
    expect((await careful.plan({ down: "notes/0001-notes" })).destroys).toEqual([
      { migration: "notes/0002-seed", table: "notes", columns: null, rows: 2 },
    ]);
    await downTo(careful, "notes/0001-notes");
    expect(await at.run("select body from td_hist_1_notes order by id")).toEqual([["seed"], ["mine"]]);
    await careless.up();
    await downTo(careless, "notes/0001-notes");
    expect(await careless.history()).toHaveLength(1);
  });

  test("a baseline records what is known to be there, once, with its reason", async () => {
    const at = await place(kind);
    await at.run("create table notes (user_id text not null, id text not null, body text not null, primary key (user_id, id))");
    const migrator = at.migrator([notes([one, { id: "0002-index", up: [createIndex("notes", "by_body", ["userId", "body"])] }])]);
    if (kind === "postgres") await at.run(`alter table notes owner to ${new URL(at.url).username}`);
    await failing(migrator.up(), "migration-failed");
    await failing(migrator.baseline({ at: "notes/0001-notes", reason: " " }), "invalid-option");
    await failing(migrator.baseline({ at: "notes/0001-notes" } as never), "invalid-option");
    await migrator.baseline({ at: "notes/0001-notes", reason: "made by hand in 2024" });
    await failing(migrator.baseline({ at: "notes/0001-notes", reason: "again" }), "invalid-option");
    expect(await migrator.up()).toMatchObject({ ran: [{ migration: "notes/0002-index" }] });
    expect((await migrator.status()).map(({ how }) => how)).toEqual(["baseline", "ran"]);
    expect((await migrator.events())[0]).toMatchObject({
      action: "baseline",
      migration: "notes/0001-notes",
      reason: "made by hand in 2024",
    });
  });

  test("tables without a record are found to be the newest form, or are refused with their differences", async () => {
    const [same, older] = [await place(kind), await place(kind)];
    await same.open({ tables: [notesTwo] });
    expect(await same.migrator([storageSchema, notes([one, two], [notesTwo])]).up()).toMatchObject({
      ran: [{ migration: "notes", action: "record" }],
    });
    expect(await same.migrator([notes([one, two], [notesTwo])]).up()).toMatchObject({ ran: [] });
    expect((await same.migrator([notes([one, two], [notesTwo])]).status()).map(({ how }) => how).slice(0, 2)).toEqual(["found", "found"]);
    await older.open({ tables: [notesOne] });
    const error = await failing(older.migrator([storageSchema, notes([one, two], [notesTwo])]).up(), "unknown-form");
    expect(error.message).toContain("baseline({ at:");
  });

  test("rows can be changed piece by piece without one long transaction, each piece with its record", async () => {
    const at = await place(kind);
    const pieces = ["a%", "b%", "c%"].map((like) => `update notes set mood = 'good' where id like '${like}'`);
    const change = sql({ does: "set the mood", up: pieces, touches: ["notes"], destroys: [] });
    const piecemeal: Migration = { id: "0003-good", transaction: false, down: "none", up: [change] };
    await at.migrator([notes([one, two])]).up();
    for (const id of ["a1", "b1", "c1"]) await add(at, id, "x");
    await at.migrator([notes([one, two, piecemeal])]).up();
    expect(await at.run("select count(*) from notes where mood = 'good'")).toEqual([["3"]]);
  });

  test("a run can be stopped between two migrations, and looking at no database makes none", async () => {
    const at = await place(kind);
    await expect(at.migrator([notes([one, two])]).up({ signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    expect(await states(at, notes([one, two]))).toEqual(["notes/0001-notes pending", "notes/0002-mood pending"]);
    expect(existsSync(at.url.replace("sqlite:", ""))).toBe(false);
  });
});

test("on postgres, SQL that names no table it touches is refused, not run over rows that it does not see", async () => {
  const at = await place("postgres");
  const copy = (touches: readonly string[]): Migration => ({
    id: "0002-copy",
    up: [sql({ does: "copy", up: "create table copy as select * from notes", touches })],
  });
  await at.migrator([notes([one])]).up();
  await add(at, "n1", "hello");
  expect((await failing(at.migrator([notes([one, copy([])])]).up(), "migration-failed")).message).toContain("name that table in touches");
  await at.migrator([notes([one, copy(["notes"])])]).up();
  expect(await at.run("select body from copy")).toEqual([["hello"]]);
  expect(await at.run("select relforcerowsecurity from pg_class where relname = 'notes'")).toEqual([["true"]]);
});

test("on postgres, tables can be in a schema of their own", async () => {
  const at = await place("postgres");
  await at.run(`create schema trading authorization ${new URL(at.url).username}`);
  const migrator = at.migrator([storageSchema, notes([one, two], [notesTwo])], { schema: "trading" });
  await migrator.up();
  expect(await migrator.verify()).toEqual([]);
  expect(await at.run("select count(*) from information_schema.tables where table_schema = 'public'")).toEqual([["0"]]);
  await downTo(migrator, "notes/0001-notes");
  expect(await migrator.up()).toMatchObject({ ran: [{ migration: "notes/0002-mood" }] });
});

test.each([
  ["another URL", () => ["mysql://x", [], {}] as const],
  ["a database in memory", () => ["sqlite::memory:", [], {}] as const],
  ["two schemas of one name", () => ["sqlite:x.db", [notes([]), notes([one])], {}] as const],
  ["an empty actor", () => ["sqlite:x.db", [], { actor: " " }] as const],
  ["a wait below zero", () => ["sqlite:x.db", [], { lockTimeoutMs: -1 }] as const],
  ["a schema that is no name", () => ["postgres://a@b/c", [], { schema: 'a"b' }] as const],
])("a migrator of %s is refused", async (_, given) => {
  const { createMigrator } = await import("@td/migrate");
  const [url, schemas, options] = given();
  expect(() => createMigrator(url, schemas, options)).toThrow(expect.objectContaining({ code: "invalid-option" }));
});
