// What has been imported may leave the blob, and nothing else may: neither a digit nor a key.
import { fork } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import Database from "better-sqlite3";
import {
  createMigrator,
  decimalText,
  defineImport,
  importRuns,
  importTables,
  MigrateError,
  planSlim,
  postgresQuery,
  proofOfRun,
  requiredText,
  rollbackImport,
  runImport,
  slimBlob,
  sqliteJsonColumn,
  undoSlim,
  verifyImport,
  type BlobPlace,
  type ImportProof,
  type ImportRunRow,
  type Source,
} from "@td/migrate";
import { fills, openStorage, type Scope } from "@td/storage";
import postgres from "postgres";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { arenaBlob } from "./arena-blob.ts";
import { depth, execute, folder, ownerUrl, user } from "./workbench.ts";

const REMOVE = ["bots[*].orders", "bots[*].botLogs"] as const;

/** A completed run as it is stored. */
function run(sha256: string, read: number, change: Partial<ImportRunRow> = {}): ImportRunRow {
  const row: Partial<ImportRunRow> = {
    userId: "ada",
    runId: randomBytes(4).toString("hex"),
    name: "arena",
    status: "completed",
    sha256,
    recordsRead: read,
    recordsWritten: read - 1,
    recordsIdentical: 1,
    recordsConflict: 0,
    recordsRejected: 0,
    verification: "passed",
    verifiedAt: "2026-01-01T00:00:00.000000Z",
    sourceName: "arena.db arena_state.state",
    sourceKind: "sqlite-json-column",
    sourceBytes: null,
    fingerprint: "",
    target: "fills",
    attempt: 1,
    cursorOffset: 0,
    cursorLine: 1,
    cursorSha256: "",
    byReason: {},
    startedAt: "2026-01-01T00:00:00.000000Z",
    updatedAt: "2026-01-01T00:00:00.000000Z",
    ...change,
  };
  return row as ImportRunRow;
}

const proofFor = (row: ImportRunRow, path: string): ImportProof =>
  proofOfRun({ ...row, sourceName: `arena.db arena_state.state ${path}` }, path);

/** Where the runs are that the proofs are of. */
const BOOKS = join(mkdtempSync(join(tmpdir(), "td-slim-")), "td.db");
const books = await openStorage(`sqlite:${BOOKS}`, { tables: importTables, durability: "normal" });
const imports = ["ada", "bob"].map((name) => books.forUser(name));
afterAll(async () => {
  await books.close();
  rmSync(dirname(BOOKS), { recursive: true, force: true });
});

/** A proof, and the run that it is of. */
async function proved(path: string, sha256: string, read: number, change: Partial<ImportRunRow> = {}): Promise<ImportProof> {
  const { userId, ...row } = { ...run(sha256, read, change), sourceName: `arena.db arena_state.state ${path}` };
  await books.forUser(userId).table(importRuns).insert(row);
  return proofOfRun({ ...row, userId }, path);
}

interface Place extends BlobPlace {
  readonly read: () => Promise<string>;
  readonly write: (text: string) => Promise<void>;
  /** How the place writes a JSON text. */
  readonly spelled: (text: string) => Promise<string>;
}

async function sqlitePlace(text: string): Promise<Place> {
  const path = join(folder(), "arena.db");
  const open = <R>(work: (database: Database.Database) => R): R => {
    const database = new Database(path);
    try {
      return work(database);
    } finally {
      database.close();
    }
  };
  open((database) => {
    database.pragma("journal_mode = wal");
    database.exec("create table arena_state (id integer primary key check (id = 1), state text not null, updated_at timestamp)");
    database.prepare("insert into arena_state values (1, ?, 1762400000000)").run(text);
  });
  return {
    spelled: async (other) => other,
    database: `sqlite:${path}`,
    table: "arena_state",
    column: "state",
    where: { id: 1 },
    read: async () => open((database) => String(database.prepare("select state from arena_state").pluck().get())),
    write: async (other) => void open((database) => database.prepare("update arena_state set state = ?").run(other)),
  };
}

const postgresPlace =
  (type: "text" | "jsonb") =>
  async (text: string): Promise<Place> => {
    const table = `arena ${randomBytes(4).toString("hex")}`;
    const database = ownerUrl("postgres");
    const ask = async (query: string, params: readonly string[] = []): Promise<string> => {
      const sql = postgres(database, { max: 1, fetch_types: false });
      const rows = await sql.unsafe(query, [...params]).values();
      await sql.end();
      return String(rows[0]?.[0]);
    };
    await execute(database, `create table "${table}" (id int primary key, state ${type} not null)`);
    const write = async (other: string): Promise<void> =>
      void (await ask(`insert into "${table}" values (1, $1::text::${type}) on conflict (id) do update set state = excluded.state`, [
        other,
      ]));
    await write(text);
    const spelled = (other: string): Promise<string> => ask(`select $1::text::${type}::text`, [other]);
    // With its lock: the server may still be at the last statement of a process that was killed.
    const read = (): Promise<string> => ask(`select state::text from "${table}" for update`);
    return { spelled, database, table, column: "state", where: { id: 1 }, read, write };
  };

const PLACES = [
  ["a SQLite file", sqlitePlace],
  ["a text column of PostgreSQL", postgresPlace("text")],
  ["a jsonb column of PostgreSQL", postgresPlace("jsonb")],
] as const;

async function failure(work: Promise<unknown>, code: string): Promise<string> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(MigrateError);
  expect((error as MigrateError).code).toBe(code);
  return (error as MigrateError).message;
}

/** The plan for a place, and proofs for it. */
async function planned(
  blob: BlobPlace,
): Promise<{ readonly confirm: string; readonly sha256: string; readonly proof: readonly ImportProof[] }> {
  const { confirm, sha256, removed } = await planSlim({ blob, remove: REMOVE });
  return { confirm, sha256, proof: await Promise.all(removed.map(({ path, parts }) => proved(`${path}[*]`, sha256, parts))) };
}

/** One life of a slimming, or of the way back, killed `delayMs` after it began; the milliseconds that it ran. */
function live(way: "out" | "in", options: string, delayMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, "slim-child.ts"), [way, options, BOOKS], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      execArgv: [],
    });
    let began = 0;
    child.on("message", () => {
      began = performance.now();
      if (Number.isFinite(delayMs)) void sleep(delayMs).then(() => child.kill("SIGKILL"));
    });
    child.on("exit", (code, signal) =>
      code === 0 || signal === "SIGKILL" ? resolve(performance.now() - began) : reject(new Error(`slimming ended with ${code ?? signal}`)),
    );
  });
}

const KILLS = depth(3, 100);

describe.each(PLACES)("a blob in %s", (_, place) => {
  it(`is whole, slim or not, whenever it is killed, and what left it is kept: ${KILLS} kills`, { timeout: 900_000 }, async () => {
    const { text } = arenaBlob(20, depth(40, 400));
    const blob = await place(text);
    const before = await blob.read();
    const { proof, confirm } = await planned(blob);
    const archive = folder();
    const options = join(folder(), "options.json");
    const { database, table, column, where } = blob;
    const plain = { blob: { database, table, column, where }, remove: REMOVE, proof, archive, confirm, reclaim: "vacuum" } as const;
    const slim = { ...plain, imports };
    writeFileSync(options, JSON.stringify(plain));
    const undisturbed = await live("out", options, Infinity);
    const after = await blob.read();
    const seen: string[] = [];
    for (let kills = 0; kills < KILLS; kills++) {
      // Now out, now in again, and anywhere from before the first byte to behind the last.
      await live((await blob.read()) === before ? "out" : "in", options, Math.random() * undisturbed * 1.2);
      const found = await blob.read();
      seen.push(found === after || found === before ? "whole" : "neither");
      if (found === before) continue;
      await undoSlim({ blob, archive });
      seen.push((await blob.read()) === before ? "whole" : "lost");
      if (Math.random() < 0.5) await slimBlob(slim);
    }
    expect(new Set(seen)).toEqual(new Set(["whole"]));
    // Whatever was left, the same call gets to the end, and the way back.
    if ((await blob.read()) === before) await slimBlob(slim);
    expect(await blob.read()).toBe(after);
    await undoSlim({ blob, archive });
    expect(await blob.read()).toBe(before);
  });

  it("loses the named parts and nothing else: digits, spaces and keys stay as they were, and it can all be put back", async () => {
    const truth = arenaBlob();
    const blob = await place(truth.text);
    const before = await blob.read();
    const plan = await planSlim({ blob, remove: REMOVE });
    expect(plan.removed).toEqual([
      { path: "bots[*].orders", matches: 3, parts: truth.orders },
      { path: "bots[*].botLogs", matches: 3, parts: truth.logs },
    ]);
    expect(plan.sha256).toBe(
      createHash("sha256")
        .update(await blob.spelled(truth.text))
        .digest("hex"),
    );

    const archive = folder();
    const { proof, confirm } = await planned(blob);
    const report = await slimBlob({ blob, remove: REMOVE, proof, imports, archive, confirm });
    const after = await blob.read();
    expect(after).toBe(await blob.spelled(truth.slim));
    for (const digits of ["10001.500000000000001", "12345678901234567.89", "9500.10"]) expect(after).toContain(digits);
    expect(report).toMatchObject({ sha256: plan.sha256, bytes: Buffer.byteLength(before), bytesAfter: Buffer.byteLength(after) });

    expect(await undoSlim({ blob, archive })).toBe(plan.sha256);
    expect(await blob.read()).toBe(before);
    expect(await undoSlim({ blob, archive })).toBe(plan.sha256);
  });

  it("is not touched without the token of a plan for it as it is now", async () => {
    const blob = await place(arenaBlob().text);
    const { proof, confirm } = await planned(blob);
    const archive = join(folder(), "kept");
    await failure(slimBlob({ blob, remove: REMOVE, proof, imports, archive, confirm: "yes" }), "not-confirmed");
    await failure(slimBlob({ blob, remove: ["bots"], proof, imports, archive, confirm }), "not-confirmed");
    const traded = (await blob.read()).replace("1762401800000", "1762401800001");
    await blob.write(traded);
    await failure(slimBlob({ blob, remove: REMOVE, proof, imports, archive, confirm }), "not-confirmed");
    expect([await blob.read(), existsSync(archive)]).toEqual([traded, false]);
  });

  it("is not touched on a proof that is altered, of another document, unbalanced, or of less than what goes", async () => {
    const { text, orders, logs } = arenaBlob();
    const blob = await place(text);
    const before = await blob.read();
    const { proof, confirm, sha256 } = await planned(blob);
    const archive = join(folder(), "kept");
    const [first, second] = [proof[0], proof[1]] as unknown as readonly [ImportProof, ImportProof];
    const slim = (...proofs: readonly ImportProof[]): Promise<unknown> =>
      slimBlob({ blob, remove: REMOVE, proof: proofs, imports, archive, confirm });
    const refusals = [
      await failure(slim({ ...first, counts: { ...first.counts, read: orders + 1 } }, second), "proof-refused"),
      await failure(slim(await proved("bots[*].orders[*]", "0".repeat(64), orders), second), "proof-refused"),
      await failure(slim(await proved("bots[*].orders[*]", sha256, orders, { recordsWritten: 0 }), second), "proof-refused"),
      await failure(slim(await proved("bots[*].orders[*]", sha256, orders - 1), second), "proof-refused"),
      await failure(slim(first), "proof-refused"),
      await failure(slim(first, first), "proof-refused"),
      await failure(slim(first, await proved("bots[*].orders[*]", sha256, logs)), "proof-refused"),
      await failure(slim(first, await proved("bots[*].botLogs[*].notes[*]", sha256, logs)), "proof-refused"),
      await failure(
        slim(first, await proved("bots[*].botLogs[*]", sha256, logs, { recordsWritten: logs - 2, recordsRejected: 1 })),
        "proof-refused",
      ),
    ];
    expect(refusals.map((message) => message.includes("was not changed"))).toEqual(refusals.map(() => true));
    expect([await blob.read(), existsSync(archive)]).toEqual([before, false]);
  });

  it("takes the proofs of several users together, and rejected records when their number is accepted", async () => {
    const { text, orders, logs } = arenaBlob();
    const blob = await place(text);
    const { confirm, sha256 } = await planned(blob);
    const rejected = { recordsWritten: logs - 2, recordsRejected: 1 };
    const proof = [
      await proved("bots[*].orders[*]", sha256, orders - 3, { userId: "ada" }),
      await proved("bots[*].orders[*]", sha256, 3, { userId: "bob" }),
      await proved("bots[*].botLogs[*]", sha256, logs, rejected),
    ];
    const report = await slimBlob({ blob, remove: REMOVE, proof, imports, archive: folder(), confirm, acceptRejects: 1 });
    expect(report.bytesAfter).toBeLessThan(report.bytes);
  });

  it("gives the room back when asked", async () => {
    const blob = await place(arenaBlob(20, 300).text);
    const { proof, confirm } = await planned(blob);
    const report = await slimBlob({ blob, remove: REMOVE, proof, imports, archive: folder(), confirm, reclaim: "vacuum" });
    expect(report.storedBytesAfter).toBeLessThan(report.storedBytes);
  });
});

it("is not slimmed when its parts cannot be kept first, and not over the archive of something else", async () => {
  const blob = await sqlitePlace(arenaBlob().text);
  const before = await blob.read();
  const { proof, confirm } = await planned(blob);
  const notAFolder = join(folder(), "file");
  writeFileSync(notAFolder, "");
  await expect(slimBlob({ blob, remove: REMOVE, proof, imports, archive: notAFolder, confirm })).rejects.toThrow(/ENOTDIR|EEXIST/);
  const taken = folder();
  writeFileSync(join(taken, "manifest.json"), "{}");
  await failure(slimBlob({ blob, remove: REMOVE, proof, imports, archive: taken, confirm }), "archive-conflict");
  expect(await blob.read()).toBe(before);
});

it("can be slimmed again into the same archive after a kill between archive and commit", async () => {
  const blob = await sqlitePlace(arenaBlob().text);
  const { proof, confirm } = await planned(blob);
  const archive = folder();
  const before = await blob.read();
  const { sha256After } = await slimBlob({ blob, remove: REMOVE, proof, imports, archive, confirm });
  await blob.write(before); // what the kill leaves: the archive there, the transaction rolled back
  expect((await slimBlob({ blob, remove: REMOVE, proof, imports, archive, confirm })).sha256After).toBe(sha256After);
  await undoSlim({ blob, archive });
  expect(await blob.read()).toBe(before);
});

it("is not put back over a document that has changed since, nor from an archive that was altered", async () => {
  const blob = await sqlitePlace(arenaBlob().text);
  const { proof, confirm } = await planned(blob);
  const archive = folder();
  await slimBlob({ blob, remove: REMOVE, proof, imports, archive, confirm });
  const slim = await blob.read();
  await blob.write(`${slim} `);
  await failure(undoSlim({ blob, archive }), "archive-conflict");
  await blob.write(slim);
  const parts = join(archive, "removed.json");
  writeFileSync(parts, readFileSync(parts, "utf8").replace("500.10", "500.11"));
  await failure(undoSlim({ blob, archive }), "archive-mismatch");
  expect(await blob.read()).toBe(slim);
  await failure(undoSlim({ blob, archive: folder() }), "not-an-archive");
});

it("stays as it is when the database makes something else of what is written", async () => {
  const blob = await sqlitePlace(arenaBlob().text);
  const database = new Database(blob.database.slice("sqlite:".length));
  database.exec("create trigger t after update on arena_state begin update arena_state set state = '{}' where id = 1; end");
  database.close();
  const before = await blob.read();
  const { proof, confirm } = await planned(blob);
  await failure(slimBlob({ blob, remove: REMOVE, proof, imports, archive: folder(), confirm }), "blob-refused");
  expect(await blob.read()).toBe(before);
});

it("is refused when it is no single JSON text, and paths that cannot go are named", async () => {
  const blob = await sqlitePlace("not json");
  await failure(planSlim({ blob, remove: ["a"] }), "blob-refused");
  await failure(planSlim({ blob: { ...blob, where: { id: 2 } }, remove: ["a"] }), "blob-refused");
  await failure(planSlim({ blob: { ...blob, column: "updated_at" }, remove: ["a"] }), "blob-refused");
  await failure(planSlim({ blob: { ...blob, where: {} }, remove: ["a"] }), "invalid-option");
  await failure(planSlim({ blob: { ...blob, database: "sqlite:/none.db" }, remove: ["a"] }), "source-missing");
  await failure(planSlim({ blob: { ...blob, database: "mysql://x" }, remove: ["a"] }), "invalid-option");
  for (const path of ["", "$", "a~", "a..b"]) await failure(planSlim({ blob, remove: [path] }), "invalid-option");
  await failure(planSlim({ blob, remove: [] }), "invalid-option");
  const bytes = new Database(blob.database.slice("sqlite:".length));
  bytes.exec(`update arena_state set state = cast(x'7b22c3223a317d' as text)`);
  bytes.close();
  await failure(planSlim({ blob, remove: ["a"] }), "blob-refused");
});

it("is refused with an error of td, and without the password of its URL, when its database cannot be opened", async () => {
  const blob = await sqlitePlace("{}");
  const expectRefusal = async (place: BlobPlace, code: string): Promise<MigrateError> => {
    const error: unknown = await planSlim({ blob: place, remove: ["a"] }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: "MigrateError", code });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("hunter2");
    return error as MigrateError;
  };
  for (const url of ["postgres://ann:hunter2@host:port/db", "postgres://ann:hunter2%pw@host/db", "postgres://ann:hunter2@[host/db"]) {
    await expectRefusal({ ...blob, database: url }, "invalid-option");
    const code = "invalid-option";
    expect(() => postgresQuery(url, "select 1")).toThrow(expect.objectContaining({ code }));
    expect(() => createMigrator(url, [])).toThrow(expect.objectContaining({ code }));
  }
  const away = await expectRefusal({ ...blob, database: "postgres://ann:hunter2@127.0.0.1:1/db" }, "source-unreadable");
  expect([away.retryable, away.facts["errno"]]).toEqual([true, "ECONNREFUSED"]);
  const refused = await expectRefusal({ ...blob, database: ownerUrl("postgres"), table: "nowhere" }, "source-unreadable");
  expect([refused.retryable, refused.facts["errno"]]).toEqual([false, "42P01"]);
  await expectRefusal({ ...blob, table: "nowhere" }, "source-unreadable");
  const text = join(folder(), "text.db");
  writeFileSync(text, "no database ".repeat(200));
  await expectRefusal({ ...blob, database: `sqlite:${text}` }, "not-a-database");
});

it("loses what two real imports have taken from it and verified", async () => {
  const truth = arenaBlob();
  const blob = await sqlitePlace(truth.text);
  const path = blob.database.slice("sqlite:".length);
  const me = await user();
  const source = (at: string): Source => sqliteJsonColumn(path, { table: "arena_state", column: "state", where: { id: 1 }, path: at });
  const orders = defineImport({
    name: "orders",
    source: source("bots[*].orders[*]"),
    schema: z.looseObject({ id: requiredText(), symbol: requiredText(), size: decimalText(), entryPrice: decimalText() }),
    map: ({ id, symbol, size, entryPrice }) => ({
      id,
      symbol,
      side: "buy" as const,
      quantity: size,
      price: entryPrice,
      executedAt: new Date(0),
      source: "blob",
    }),
    into: fills,
  });
  const logs = defineImport({
    name: "logs",
    source: source("bots[*].botLogs[*]"),
    schema: z.looseObject({ timestamp: requiredText() }),
    map: ({ timestamp }) => ({
      id: `log ${timestamp}`,
      symbol: "-",
      side: "buy" as const,
      quantity: "1",
      price: "0",
      executedAt: new Date(0),
      source: "blob",
    }),
    into: fills,
  });
  const proof: ImportProof[] = [];
  for (const [job, at] of [[orders, "bots[*].orders[*]"] as const, [logs, "bots[*].botLogs[*]"] as const]) {
    const { runId } = await runImport(me, job as never);
    const row = async (): Promise<ImportRunRow> => (await me.table(importRuns).get({ runId })) ?? run("", 0);
    expect(() => proofOfRun({ ...run("", 1), verification: null }, at)).toThrow(/verified/);
    expect((await verifyImport(me, job as never)).verified).toBe(true);
    proof.push(proofOfRun(await row(), at));
  }
  expect(proof.map(({ counts }) => counts.read)).toEqual([truth.orders, truth.logs]);
  const { confirm } = await planSlim({ blob, remove: REMOVE });
  await slimBlob({ blob, remove: REMOVE, proof, imports: me, archive: folder(), confirm });
  expect(await blob.read()).toBe(truth.slim);
});

describe("on the proof of an import that does not stand any more, a blob", () => {
  const remove = ["orders"];
  async function imported(): Promise<{
    readonly me: Scope;
    readonly again: () => Promise<string>;
    readonly slim: (runId: string) => Promise<unknown>;
  }> {
    const blob = await sqlitePlace('{"orders":[{"id":"a"},{"id":"b"},{"no":"order"}]}');
    const me = await user();
    const job = defineImport({
      name: "orders",
      source: sqliteJsonColumn(blob.database.slice("sqlite:".length), {
        table: "arena_state",
        column: "state",
        where: { id: 1 },
        path: "orders[*]",
      }),
      schema: z.object({ id: requiredText() }),
      map: ({ id }) => ({ id, symbol: "-", side: "buy" as const, quantity: "1", price: "0", executedAt: new Date(0), source: "blob" }),
      into: fills,
    });
    const again = async (): Promise<string> => {
      const { runId } = await runImport(me, job);
      expect((await verifyImport(me, job)).verified).toBe(true);
      const row = await me.table(importRuns).get({ runId });
      if (row !== null) proofs.set(runId, proofOfRun(row, "orders[*]"));
      return runId;
    };
    const proofs = new Map<string, ImportProof>();
    const slim = async (runId: string): Promise<unknown> => {
      const before = await blob.read();
      const { confirm } = await planSlim({ blob, remove });
      const proof = proofs.get(runId) ?? [];
      const done = slimBlob({ blob, remove, proof, imports: me, acceptRejects: 1, archive: join(folder(), "kept"), confirm });
      const failed = await done.then(
        () => false,
        () => true,
      );
      expect((await blob.read()) === before).toBe(failed);
      return done;
    };
    return { me, again, slim };
  }
  const refused = { code: "proof-refused" };

  it("is slimmed while it does, also when it was verified once more", async () => {
    const { again, slim } = await imported();
    const first = await again();
    const second = await again();
    expect(second).not.toBe(first);
    await slim(second);
  });

  it("is not touched once it was rolled back", async () => {
    const { me, again, slim } = await imported();
    const runId = await again();
    await rollbackImport(me, runId);
    await expect(slim(runId)).rejects.toMatchObject(refused);
  });

  it("is not touched once the earlier import was rolled back whose rows it had found identical", async () => {
    const { me, again, slim } = await imported();
    const first = await again();
    const second = await again();
    await rollbackImport(me, first);
    expect(await me.fills.count()).toBe(0);
    await expect(slim(second)).rejects.toMatchObject(refused);
  });

  it("is not touched when the run's record is gone, when its verification failed since, or on the run of another user", async () => {
    const { me, again, slim } = await imported();
    const runId = await again();
    await me.table(importRuns).update({ runId }, { verification: "failed" });
    await expect(slim(runId)).rejects.toMatchObject(refused);
    await me.table(importRuns).delete({ runId });
    await expect(slim(runId)).rejects.toMatchObject(refused);
    const { text, orders } = arenaBlob();
    const blob = await sqlitePlace(text);
    const { sha256, confirm } = await planSlim({ blob, remove: ["bots[*].orders"] });
    const proof = await proved("bots[*].orders[*]", sha256, orders);
    await failure(slimBlob({ blob, remove: ["bots[*].orders"], proof, imports: me, archive: folder(), confirm }), "proof-refused");
  });
});

it.each([Number.NaN, -1, 0.5, Infinity, "2"])(
  "does not take %s for a number of rejected records that may stay behind",
  async (acceptRejects) => {
    const blob = await sqlitePlace(arenaBlob().text);
    const { proof, confirm } = await planned(blob);
    const options = { blob, remove: REMOVE, proof, imports, archive: folder(), confirm };
    await failure(slimBlob({ ...options, acceptRejects: acceptRejects as number }), "invalid-option");
    await failure(slimBlob({ ...options, imports: undefined as never }), "invalid-option");
  },
);

it("has no proof in a run that is not completed and verified, or that read something else", () => {
  const sha256 = "0".repeat(64);
  expect(() => proofFor(run(sha256, 1, { status: "failed" }), "a[*]")).toThrow(/failed, not completed/);
  expect(() => proofFor(run(sha256, 1, { sha256: null }), "a[*]")).toThrow(/not completed/);
  expect(() => proofFor(run(sha256, 1, { verification: null }), "a[*]")).toThrow(/call verifyImport/);
  expect(() => proofFor(run(sha256, 1, { verification: "failed" }), "a[*]")).toThrow(/verification failed/);
  expect(() => proofOfRun(run(sha256, 1, { sourceName: "arena.db arena_state.state b[*]" }), "a[*]")).toThrow(/did not read/);
});
