import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import Database from "better-sqlite3";
import { describe, expect, it } from "vitest";
import { c, defineTable, openStorage, StorageError } from "../src/index.ts";
import { run, write } from "../src/internal.ts";
import { runChild } from "./child.ts";
import { atEnd } from "./at-end.ts";
import { failure, fill, openTemp, samples, tempFolder } from "./support.ts";

describe("openStorage", () => {
  it("makes a new file with td's tables, and finds the rows again", async () => {
    const file = join(tempFolder(), "new.db");
    const storage = await openStorage(`sqlite:${file}`);
    expect([storage.engine, storage.path]).toEqual(["sqlite", file]);
    await storage.forUser("ann").fills.insert(fill("a"));
    await storage.close();
    expect(readdirSync(join(file, ".."))).toEqual(["new.db"]);
    const again = await openStorage(`sqlite://${file}`);
    expect(await again.forUser("ann").fills.count()).toBe(1);
    await again.close();
  });

  it("keeps a commit through a power loss unless told otherwise", async () => {
    const synchronous = async (durability: "full" | "normal"): Promise<unknown> => {
      const storage = await openTemp("file", { durability });
      return write(storage.forUser("ann"), ({ database }) => [
        database.pragma("synchronous", { simple: true }),
        database.pragma("journal_mode", { simple: true }),
      ]);
    };
    expect(await synchronous("full")).toEqual([2, "wal"]);
    expect(await synchronous("normal")).toEqual([1, "wal"]);
  });

  it("loads the driver only to open a database, and says what to install when it is missing", async () => {
    expect(await runChild("driver.child.ts", {})).toEqual(["driver-missing", expect.stringContaining("install better-sqlite3")]);
  });

  it("knows a file by any of its paths", async () => {
    const folder = tempFolder();
    const first = await openStorage(`sqlite:${join(folder, "td.db")}`);
    symlinkSync(join(folder, "td.db"), join(folder, "link.db"));
    const second = await openStorage(`sqlite:${join(folder, "link.db")}`);
    expect(second.path).toBe(first.path);
    await Promise.all([first.close(), second.close()]);
  });

  it.each(["", "td.db", "mysql://root@localhost/td", "sqlite:", "sqlite://host/td.db", "SQLITE:td.db"])(
    "refuses the URL %o",
    async (url) => {
      await failure(openStorage(url), "bad-url");
    },
  );

  it("does not repeat the password of a URL that it refuses", async () => {
    for (const url of [
      "mysql://ann:secret@localhost/td",
      "postgres://ann:secret@localhost",
      "postgres://ann:secret@one,two/td",
      "postgres://ann:secret%pw@localhost/td",
      "postgres://localhost/td",
    ]) {
      const error = await failure(openStorage(url), "bad-url");
      expect(JSON.stringify([error.message, error.facts])).not.toContain("secret");
    }
  });

  it("refuses a folder, a folder that is not there, and a file used as one", async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, "file"), "x");
    await failure(openStorage(`sqlite:${folder}`), "cannot-open");
    expect((await failure(openStorage(`sqlite:${folder}/missing/td.db`), "cannot-open")).message).toContain("create it first");
    await failure(openStorage(`sqlite:${folder}/file/td.db`), "cannot-open");
    expect(readdirSync(folder)).toEqual(["file"]);
  });

  it.each([
    ["text", "this is a trade log, not a database\n".repeat(200)],
    ["one byte", "x"],
    ["a cut-off header", "SQLite format 3"],
    ["a header and nothing else", "SQLite format 3\0"],
    ["zeros", "\0".repeat(8192)],
  ])("refuses a file of %s and leaves it as it was", async (_, content) => {
    const file = join(tempFolder(), "odd.db");
    writeFileSync(file, content);
    await failure(openStorage(`sqlite:${file}`), "not-a-database");
    expect(readFileSync(file, "utf8")).toBe(content);
    expect(readdirSync(join(file, ".."))).toEqual(["odd.db"]);
  });

  it("takes an empty file as a new database", async () => {
    const file = join(tempFolder(), "empty.db");
    writeFileSync(file, "");
    await (await openStorage(`sqlite:${file}`)).close();
    expect(readFileSync(file).length).toBeGreaterThan(0);
  });

  it("refuses a damaged database", async () => {
    const file = join(tempFolder(), "damaged.db");
    const storage = await openStorage(`sqlite:${file}`);
    await storage.forUser("ann").fills.importMany(Array.from({ length: 2000 }, (_, at) => fill(`${at}`)));
    await storage.close();
    const bytes = readFileSync(file);
    bytes.fill(0xa5, 4096);
    writeFileSync(file, bytes);
    await failure(
      openStorage(`sqlite:${file}`).then((opened) => opened.forUser("ann").fills.count()),
      "corrupt",
    );
  });

  it("refuses a folder and a file that it may not write, and makes nothing there", async () => {
    const folder = tempFolder();
    chmodSync(folder, 0o755);
    mkdirSync(join(folder, "closed"), { mode: 0o555 });
    mkdirSync(join(folder, "hidden"), { mode: 0o000 });
    writeFileSync(join(folder, "readonly.db"), "", { mode: 0o444 });
    const files = ["closed/td.db", "readonly.db", "hidden/td.db"].map((file) => join(folder, file));
    expect(await runChild("open.child.ts", { files, unprivileged: true })).toEqual(["cannot-open", "read-only", "cannot-open"]);
    chmodSync(join(folder, "hidden"), 0o755);
    expect(readdirSync(join(folder, "hidden"))).toEqual([]);
    expect(readdirSync(join(folder, "closed"))).toEqual([]);
    expect(readFileSync(join(folder, "readonly.db")).length).toBe(0);
  });

  it("waits a while for a file that another process holds, without holding up the event loop, then says so", async () => {
    const file = join(tempFolder(), "held.db");
    const holder = new Database(file);
    atEnd(() => void holder.close());
    holder.exec("create table x (y); begin exclusive");
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 5);
    const error = await failure(openStorage(`sqlite:${file}`, { busyTimeoutMs: 200 }), "busy");
    clearInterval(ticking);
    expect(error.retryable).toBe(true);
    expect(ticks).toBeGreaterThan(5);
    holder.exec("commit");
    await (await openStorage(`sqlite:${file}`, { busyTimeoutMs: 200 })).close();
  });
});

describe("a database that another process writes", () => {
  it("is waited for, then refused as busy, and can still be read", async () => {
    const storage = await openTemp("file", { busyTimeoutMs: 150 });
    const me = storage.forUser("ann");
    await me.fills.insert(fill("a"));
    const other = new Database(storage.path);
    other.exec("begin immediate");
    let ticks = 0;
    const ticking = setInterval(() => ticks++, 5);
    const error = await failure(me.fills.insert(fill("b")), "busy");
    clearInterval(ticking);
    expect([error.retryable, ticks > 4]).toEqual([true, true]);
    expect(await me.fills.count()).toBe(1);
    const waiting = me.fills.insert(fill("c"));
    other.exec("rollback");
    expect((await waiting).ingestSeq).toBe(2);
    other.close();
  });

  it("is written again when that process is killed in the middle of its transaction, without what it had written", async () => {
    const storage = await openTemp("file", { busyTimeoutMs: 100 });
    const me = storage.forUser("ann");
    await me.fills.insert(fill("a"));
    const program = fileURLToPath(new URL("lock.child.ts", import.meta.url));
    const child = spawn(process.execPath, [program, JSON.stringify({ file: storage.path })], { stdio: ["pipe", "pipe", "inherit"] });
    atEnd(() => void child.kill("SIGKILL"));
    await once(child.stdout, "data");
    const error = await failure(me.fills.insert(fill("b")), "busy");
    expect(error.retryable).toBe(true);
    expect(await me.fills.count()).toBe(1);
    await failure(
      me.transaction((tx) => tx.fills.insert(fill("b"))),
      "busy",
    );
    child.kill("SIGKILL");
    await once(child, "close");
    expect((await me.fills.insert(fill("c"))).ingestSeq).toBe(2);
    expect((await storage.forUser("child").sql("select value from td_counters")).length).toBe(0);
  });
});

describe("a full disk", () => {
  it("takes back the whole call, says so, and does not harm what comes after", async () => {
    const storage = await openTemp();
    const me = storage.forUser("ann");
    await me.fills.importMany([fill("before")]);
    const limit = (pages: number): Promise<unknown> => write(me, ({ database }) => database.pragma(`max_page_count = ${pages}`));
    await limit(120); // or what the file has already, when that is more
    const many = Array.from({ length: 5000 }, (_, at) => fill(`${at}`));
    const error = await failure(me.fills.importMany(many), "disk-full");
    expect([error.retryable, error.message]).toEqual([true, expect.stringContaining("Free some space")]);
    expect(await me.fills.count()).toBe(1);
    const inTransaction = me.transaction(async (tx) => {
      await tx.fills.insert(fill("inside"));
      await failure(
        tx.transaction((inner) => inner.fills.importMany(many)),
        "disk-full",
      );
      await tx.fills.insert(fill("after"));
    });
    // SQLite takes back the statement, and then the savepoint is rolled back and the rest goes on; or all of the transaction, and then it is over.
    const outcome = await inTransaction.catch((over: unknown) => (over instanceof StorageError ? over.code : over));
    expect([undefined, "transaction-over"]).toContain(outcome);
    expect(await me.fills.count()).toBe(outcome === undefined ? 3 : 1);
    await limit(1_000_000);
    expect((await me.fills.importMany(many)).written).toBe(5000);
  });
});

describe("the schema", () => {
  const notes = (extra: object): ReturnType<typeof defineNotes> => defineNotes(extra);
  function defineNotes(extra: object) {
    return defineTable("notes", { userId: c.text(), id: c.text(), ...extra }, { primaryKey: ["userId", "id"] });
  }

  it("grows by tables that are new", async () => {
    const first = await openTemp("file", { tables: [] });
    await first.forUser("ann").fills.insert(fill("a"));
    await first.close();
    const second = await openStorage(`sqlite:${first.path}`, { tables: [samples, notes({})] });
    await second.forUser("ann").table(samples).insert({ id: "x" });
    expect(await second.forUser("ann").fills.count()).toBe(1);
    await second.close();
  });

  it("is not changed behind anyone's back: a table of another form is refused, and nothing is made", async () => {
    const first = await openTemp("file", { tables: [notes({})] });
    await first.close();
    const error = await failure(openStorage(`sqlite:${first.path}`, { tables: [samples, notes({ body: c.text() })] }), "schema-mismatch");
    expect(error.facts).toMatchObject({ table: "notes" });
    const raw = new Database(first.path);
    expect(raw.prepare("select count(*) from sqlite_schema where name like 'samples%'").pluck().get()).toBe(0);
    raw.close();
    await (await openStorage(`sqlite:${first.path}`, { tables: [notes({})] })).close();
  });

  it("does not take over a table or a view that td did not make", async () => {
    for (const made of ["create table fills (id text)", "create view fills as select 1", "create table v_pnl_by_symbol (id text)"]) {
      const file = join(tempFolder(), "host.db");
      const raw = new Database(file);
      raw.exec(made);
      raw.close();
      expect((await failure(openStorage(`sqlite:${file}`), "schema-mismatch")).message).toContain("was not made by td");
    }
  });

  it("notices a table that was dropped by hand", async () => {
    const storage = await openTemp();
    await run(storage.forUser("ann"), "drop table samples");
    await storage.close();
    await failure(openStorage(`sqlite:${storage.path}`, { tables: [samples] }), "schema-mismatch");
  });

  it("makes a view anew when its SQL has changed", async () => {
    const storage = await openTemp();
    await run(storage.forUser("ann"), "drop view v_pnl_by_symbol");
    await storage.close();
    await (await openStorage(`sqlite:${storage.path}`, { tables: [samples] })).close();
    const raw = new Database(storage.path);
    expect(raw.prepare("select count(*) from v_pnl_by_symbol").pluck().get()).toBe(0);
    raw.close();
  });

  it("leaves no file behind that it made when its tables cannot be", async () => {
    const folder = tempFolder();
    const clash = (name: string, index: string) =>
      defineTable(name, { userId: c.text(), id: c.text() }, { primaryKey: ["userId", "id"], indexes: { [index]: ["userId"] } });
    const tables = [clash("a", "b_c"), clash("a_b", "c")];
    await failure(openStorage(`sqlite:${folder}/new.db`, { tables }), "database-failed");
    expect(readdirSync(folder)).toEqual([]);
    const standing = await openTemp();
    await standing.forUser("ann").fills.insert(fill("a"));
    await failure(openStorage(`sqlite:${standing.path}`, { tables }), "database-failed");
    expect(await standing.forUser("ann").fills.count()).toBe(1);
  });

  it("has one table per name", async () => {
    const file = join(tempFolder(), "td.db");
    await failure(openStorage(`sqlite:${file}`, { tables: [notes({}), notes({ body: c.text() })] }), "table-definition");
    expect(existsSync(file)).toBe(false);
  });
});
