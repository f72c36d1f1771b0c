// kill -9 at any moment: the import goes on where it was, and in the end nothing shows that it was ever killed.
import { fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { importRejects, importRuns, jsonLines, records, retryRejects, rollbackImport, runImport, verifyImport } from "@td/migrate";
import type { Scope } from "@td/storage";
import { all } from "@td/storage/internal";
import { writeLegacyBook } from "@td/testkit";
import { expect, test } from "vitest";
import { mended, tradeRecordImport } from "./spot-bot-job.ts";
import { depth, fillsDigest, folder, jsonl, KINDS, newName, rejectsText, storageOn, trade, urlOn, user, userOn } from "./workbench.ts";

const KILLS = depth(4, 50);
const BATCH = 40;

/** Runs one life; killed `delayMs` after it has said `batches` times how far it is. Whether it got to its end. */
function live(
  database: string,
  name: string,
  source: string,
  batches: number,
  delayMs: number,
  what: readonly string[] = ["import"],
): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, "kill-child.ts"), [database, name, source, String(BATCH), ...what], {
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
    // The first by its own hand, so that one dies under way however slow this process is to kill; then anywhere, and some get to their end.
    const lives = async (what: string, steps: number): Promise<void> => {
      expect(await live(database, name, source, Infinity, 0, [what, "1"])).toBe(false);
      for (let kills = 1; kills < UNDO_KILLS; kills++)
        await live(database, name, source, Math.floor(Math.random() * steps), Math.random() * 8, [what]);
    };

    await lives("verify", 3);
    expect(await verifyImport(me, tradeRecordImport(jsonLines(source)))).toMatchObject({ verified: true, read: imported.read });
    await lives("rollback", Math.floor(imported.read / BATCH / UNDO_KILLS));
    expect(await rollbackImport(me, imported.runId)).toMatchObject({ removed: imported.written, gone: 0, kept: 0 });
    expect([await fillsDigest(me), await rejectsText(me)]).toEqual([before, rejects]);
    expect(await runImport(me, tradeRecordImport(jsonLines(source)))).toMatchObject({
      written: imported.written,
      rejected: imported.rejected,
    });
    expect(await fillsDigest(me)).toBe(after);
  },
);

const RETRY_KILLS = depth(3, 60);

/** What became of every reject, and the account of the run. */
async function outcome(me: Scope): Promise<string> {
  const { rows } = await me.table(importRuns).page({});
  const told = rows.map((run) => [run.recordsRead, run.recordsWritten, run.recordsIdentical, run.recordsConflict, run.recordsRejected]);
  const rejects: unknown[] = [];
  for await (const some of me.table(importRejects).stream())
    for (const { line, kind, reason, resolution, mended: text } of some) rejects.push([line, kind, reason, resolution, text]);
  return JSON.stringify([told, rejects]);
}

test.each(KINDS)(`on %s a retry of rejects is the same after ${RETRY_KILLS} kills as undisturbed`, { timeout: 900_000 }, async (kind) => {
  const place = folder(),
    database = await urlOn(kind, join(place, "killed.db")),
    name = newName(),
    source = join(place, "trade_records.jsonl");
  // Every third cannot be taken until it is mended; of some of those another stands then.
  const count = depth(600, 6000);
  const line = (at: number): object => trade(`t${at % (count - 50)}`, at % 3 === 0 ? { size: "x", price: String(1 + (at % 7)) } : {});
  writeFileSync(source, jsonl(...Array.from({ length: count }, (_, at) => line(at) as Readonly<Record<string, unknown>>)));
  const job = tradeRecordImport(jsonLines(source));
  const [undisturbed, me] = [await userOn(kind), (await storageOn(kind, join(place, "killed.db"))).forUser(name)];
  for (const one of [undisturbed, me]) await runImport(one, job);
  const empty = await fillsDigest(await user());
  await retryRejects(undisturbed, job, { mend: mended });

  // The first by its own hand within a group, so that one dies there however slow this process is to kill; then anywhere.
  expect(await live(database, name, source, count, 0, ["retry", String(1 + Math.floor(Math.random() * 150))])).toBe(false);
  for (let kills = 1; kills < RETRY_KILLS; kills++) {
    const tens = Math.floor((Math.random() * count) / 3 / 10 / RETRY_KILLS);
    if (await live(database, name, source, tens, Math.random() * 8, ["retry"])) break;
  }
  await retryRejects(me, job, { mend: mended });

  expect([await fillsDigest(me), await outcome(me)]).toEqual([await fillsDigest(undisturbed), await outcome(undisturbed)]);
  const [run] = (await me.table(importRuns).page({})).rows;
  expect(await rollbackImport(me, run?.runId ?? "")).toMatchObject({ removed: run?.recordsWritten, gone: 0, kept: 0 });
  expect(await fillsDigest(me)).toBe(empty);
});
