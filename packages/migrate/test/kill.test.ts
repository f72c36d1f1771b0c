// kill -9 at any moment: the import goes on where it was, and in the end nothing shows that it was ever killed.
import { fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { importRuns, jsonLines, records, rollbackImport, runImport, verifyImport } from "@td/migrate";
import { all } from "@td/storage/internal";
import { writeLegacyBook } from "@td/testkit";
import { expect, test } from "vitest";
import { tradeRecordImport } from "./spot-bot-job.ts";
import { depth, fillsDigest, folder, jsonl, KINDS, newName, rejectsText, storageOn, trade, urlOn, user } from "./workbench.ts";

const KILLS = depth(4, 50);
const BATCH = 40;

/** Runs one life; killed `delayMs` after it has said `batches` times how far it is. Whether it got to its end. */
function live(database: string, name: string, source: string, batches: number, delayMs: number, what = "import"): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, "kill-child.ts"), [database, name, source, String(BATCH), what], {
      stdio: ["ignore", "ignore", "inherit", "ipc"],
      execArgv: [],
    });
    let said = 0;
    child.on("message", () => {
      if (said++ === batches) void sleep(delayMs).then(() => child.kill("SIGKILL"));
    });
    child.on("exit", (code, signal) =>
      code === 0 || signal === "SIGKILL" ? resolve(code === 0) : reject(new Error(`the import ended with ${code ?? signal}`)),
    );
  });
}

test.each(KINDS)(`on %s is the same after ${KILLS} kills as undisturbed`, { timeout: 600_000 }, async (kind) => {
  const place = folder(),
    database = await urlOn(kind, join(place, "killed.db")),
    name = newName(),
    source = join(place, "trade_records.jsonl");
  const truth = writeLegacyBook(place, { seed: 2, scale: 1, dirty: true });
  const undisturbed = await user(),
    expected = await runImport(undisturbed, tradeRecordImport(jsonLines(source)));
  const perLife = Math.floor(expected.read / BATCH / KILLS);

  let kills = 0;
  while (kills < KILLS) {
    // Anywhere from before the first batch to a few after, and anywhere within one.
    if (await live(database, name, source, Math.floor(Math.random() * perLife), Math.random() * 8)) break;
    kills++;
  }
  const me = (await storageOn(kind, join(place, "killed.db"))).forUser(name);
  const last = await runImport(me, tradeRecordImport(jsonLines(source)));

  expect(kills).toBe(KILLS);
  expect(last).toMatchObject({
    status: "completed",
    read: expected.read,
    written: truth.trades.v1,
    identical: expected.identical,
    conflict: expected.conflict,
    rejected: expected.rejected,
    byReason: expected.byReason,
  });
  expect(last.source.sha256).toBe(expected.source.sha256);
  expect([await fillsDigest(me), await rejectsText(me)]).toEqual([await fillsDigest(undisturbed), await rejectsText(undisturbed)]);
  expect(last.resumedFrom).not.toBeNull();
  expect(await me.table(importRuns).count()).toBe(1);
  expect(kind === "sqlite" ? await all(me, "pragma integrity_check") : [["ok"]]).toEqual([["ok"]]);
});

const UNDO_KILLS = depth(3, 60);

test.each(KINDS)(
  `on %s a verification and a rollback are the same after ${UNDO_KILLS} kills each as undisturbed`,
  { timeout: 900_000 },
  async (kind) => {
    const place = folder(),
      database = await urlOn(kind, join(place, "killed.db")),
      name = newName(),
      source = join(place, "trade_records.jsonl");
    const odd = (at: number): object => (at % 9 === 0 ? { size: "x" } : at % 11 === 0 ? { price: "7" } : {});
    writeFileSync(source, jsonl(...Array.from({ length: depth(600, 6000) }, (_, at) => trade(`t${at % 500}`, { ...odd(at) }))));
    const me = (await storageOn(kind, join(place, "killed.db"))).forUser(name);
    await runImport(me, tradeRecordImport(records("before", [trade("mine"), trade("other")]), "before"));
    const before = await fillsDigest(me);
    const imported = await runImport(me, tradeRecordImport(jsonLines(source)), { batchSize: BATCH });
    const [after, rejects] = [await fillsDigest(me), await rejectsText(me)];
    const lives = async (what: string, steps: number): Promise<number> => {
      let kills = 0;
      while (kills < UNDO_KILLS && !(await live(database, name, source, Math.floor(Math.random() * steps), Math.random() * 8, what)))
        kills++;
      return kills;
    };

    expect(await lives("verify", 3)).toBe(UNDO_KILLS);
    expect(await verifyImport(me, tradeRecordImport(jsonLines(source)))).toMatchObject({ verified: true, read: imported.read });
    expect(await lives("rollback", Math.floor(imported.read / BATCH / UNDO_KILLS))).toBe(UNDO_KILLS);
    expect(await rollbackImport(me, imported.runId)).toMatchObject({ removed: imported.written, gone: 0, kept: 0 });
    expect([await fillsDigest(me), await rejectsText(me)]).toEqual([before, rejects]);
    expect(await runImport(me, tradeRecordImport(jsonLines(source)))).toMatchObject({
      written: imported.written,
      rejected: imported.rejected,
    });
    expect(await fillsDigest(me)).toBe(after);
  },
);
