// A database that cannot take the rows: one clear error, nothing half done, and the import goes on once there is room.
import { join } from "node:path";
import { importRejects, importRuns, importTables, jsonLines, runImport } from "@td/migrate";
import { openStorage, StorageError, type Scope } from "@td/storage";
import { write } from "@td/storage/internal";
import { describe, expect, test } from "vitest";
import { tradeRecordImport } from "./spot-bot-job.ts";
import { file, fillsDigest, folder, jsonl, rejectsText, storage, trade, user } from "./workbench.ts";

const source = file.bind(
  null,
  jsonl(...Array.from({ length: 3000 }, (_, at) => trade(`t${at}`, at % 100 === 7 ? { size: "x" } : { status: "x".repeat(200) }))),
);

/** Every stored record is accounted for, and nothing beside them is there. */
async function expectWhole(me: Scope): Promise<void> {
  const {
    rows: [run],
  } = await me.table(importRuns).page();
  if (run === undefined) throw new Error("no run");
  expect(run.recordsWritten).toBe(await me.fills.count());
  expect(run.recordsRejected + run.recordsConflict).toBe(await me.table(importRejects).count());
  expect(run.recordsRead).toBe(run.recordsWritten + run.recordsRejected);
}

async function undisturbed(path: string): Promise<readonly string[]> {
  const me = await user();
  await runImport(me, tradeRecordImport(jsonLines(path)));
  return [await fillsDigest(me), await rejectsText(me)];
}

describe("a full disk", () => {
  test("stops the import with the whole batches before it, and the next call goes on", async () => {
    const me = (await storage(join(folder(), "full.db"))).forUser("u"),
      path = source();
    // SQLite's own limit: it gives the same error as the file system does.
    const limit = (pages: number): Promise<void> => write(me, (connection) => connection.exec(`pragma max_page_count = ${pages}`));
    await limit(200);
    const failed: unknown = await runImport(me, tradeRecordImport(jsonLines(path)), { batchSize: 50 }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(StorageError);
    expect(failed).toMatchObject({ code: "disk-full" });
    await expectWhole(me);
    expect(await me.fills.count()).toBeGreaterThan(0);
    await limit(1_000_000);
    expect(await runImport(me, tradeRecordImport(jsonLines(path)), { batchSize: 50 })).toMatchObject({
      status: "completed",
      read: 3000,
      written: 2970,
      identical: 0,
      rejected: 30,
    });
    expect([await fillsDigest(me), await rejectsText(me)]).toEqual(await undisturbed(path));
  });

  test("during a rehearsal leaves nothing behind", async () => {
    const me = (await storage(join(folder(), "full.db"))).forUser("u");
    await write(me, (connection) => connection.exec("pragma max_page_count = 200"));
    await expect(runImport(me, tradeRecordImport(jsonLines(source())), { dryRun: true })).rejects.toMatchObject({ code: "disk-full" });
    expect([await me.fills.count(), await me.table(importRuns).count()]).toEqual([0, 0]);
  });
});

describe("a database that may not be written", () => {
  test("stops the import before anything is read", async () => {
    const me = (await storage(join(folder(), "read-only.db"))).forUser("u");
    await write(me, (connection) => connection.exec("pragma query_only = on"));
    await expect(runImport(me, tradeRecordImport(jsonLines(source())))).rejects.toMatchObject({ code: "read-only" });
    expect(await me.fills.count()).toBe(0);
  });

  test("because there is no folder for it is not opened at all", async () => {
    await expect(openStorage(`sqlite:${join(file("not a folder"), "td.db")}`, { tables: importTables })).rejects.toMatchObject({
      code: "cannot-open",
    });
  });

  test("because it was opened without the import tables says so", async () => {
    const opened = await openStorage("sqlite::memory:");
    await expect(runImport(opened.forUser("u"), tradeRecordImport(jsonLines(source())))).rejects.toMatchObject({
      code: "unknown-table",
      message: expect.stringMatching(/td_import_\w+: pass it to openStorage/),
    });
    await opened.close();
  });
});
