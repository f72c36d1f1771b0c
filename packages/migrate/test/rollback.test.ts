// A rollback takes back what its run wrote, and nothing else.
import {
  defineImport,
  importRows,
  importRuns,
  importTables,
  jsonLines,
  listKeptRows,
  records,
  requiredText,
  rollbackImport,
  runImport,
  type KeptRow,
} from "@td/migrate";
import { c, defineTable, type InputOf, type Scope } from "@td/storage";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { tradeRecordImport } from "./spot-bot-job.ts";
import { depth, file, fillsDigest, jsonl, KINDS, newName, storageOn, trade, userOn } from "./workbench.ts";

const notes = defineTable(
  "notes",
  { userId: c.text(), day: c.instant(), size: c.decimal(10, 4), part: c.int().default(0), note: c.text() },
  { primaryKey: ["userId", "day", "size", "part"] },
);
const links = defineTable(
  "links",
  { userId: c.text(), id: c.text(), day: c.instant(), size: c.decimal(10, 4), part: c.int() },
  {
    primaryKey: ["userId", "id"],
    foreignKeys: [{ columns: ["userId", "day", "size", "part"], references: "notes", to: ["userId", "day", "size", "part"] }],
  },
);
const note = z.object({ day: requiredText(), size: requiredText(), notes: z.array(z.string()) });
const day = "2025-01-01T00:00:00Z";

function noteImport(items: readonly z.infer<typeof note>[], name = "notes") {
  const rowsOf = ({ notes: texts, ...key }: z.infer<typeof note>): readonly InputOf<typeof notes>[] =>
    texts.map((text, part) => (part === 0 ? { ...key, note: text } : { ...key, part, note: text }));
  const map = (record: z.infer<typeof note>) =>
    record.notes.length === 1 ? { day: record.day, size: record.size, note: record.notes[0] ?? "" } : rowsOf(record);
  return defineImport({ name, source: records(name, items), schema: note, into: notes, map });
}

describe.each(KINDS)("on %s a rollback", (engine) => {
  const user = (): Promise<Scope> => userOn(engine, [...importTables, notes, links]);
  const trades = (count: number, change: Readonly<Record<string, unknown>> = {}): string =>
    jsonl(...Array.from({ length: count }, (_, at) => trade(`t${at}`, change)));

  test("restores the digest of before, in several batches, and what was there before stays", async () => {
    const me = await user();
    await runImport(me, tradeRecordImport(jsonLines(file(trades(30)))));
    const before = await fillsDigest(me);
    const mixed = jsonl(
      ...Array.from({ length: 2600 }, (_, at) =>
        trade(`t${at % 1300}`, at % 9 === 0 ? { price: "7" } : at % 11 === 0 ? { size: "x" } : {}),
      ),
    );
    const report = await runImport(me, tradeRecordImport(jsonLines(file(mixed)), "second"), { batchSize: 700 });
    expect(report.written).toBeGreaterThan(1000);
    expect(report.identical).toBeGreaterThan(500);
    const undone = await rollbackImport(me, report.runId);
    expect(undone).toEqual({ runId: report.runId, status: "rolled-back", removed: report.written, gone: 0, kept: 0, firstKept: [] });
    expect(await fillsDigest(me)).toBe(before);
    expect(await me.table(importRuns).get({ runId: report.runId })).toMatchObject({
      status: "rolled-back",
      recordsRejected: report.rejected,
    });
    expect(await me.table(importRows).count({ runId: report.runId })).toBe(0);
    expect(await rollbackImport(me, report.runId)).toEqual(undone);
    expect(await runImport(me, tradeRecordImport(jsonLines(file(mixed)), "second"), { batchSize: 700 })).toMatchObject({
      written: report.written,
    });
  });

  test("keeps a row that changed since, tells which, and counts one that is gone", async () => {
    const me = await user();
    const { runId } = await runImport(me, tradeRecordImport(jsonLines(file(trades(10)))));
    await me.fills.update({ id: "t3" }, { price: "5" });
    await me.fills.delete({ id: "t4" });
    await me.fills.delete({ id: "t5" });
    await me.fills.insert({
      id: "t5",
      symbol: "BTC-USD",
      side: "buy",
      quantity: "1",
      price: "1",
      executedAt: new Date(0),
      source: "by hand",
    });
    const report = await rollbackImport(me, runId);
    expect(report).toMatchObject({ removed: 7, gone: 1, kept: 2 });
    expect(report.firstKept.toSorted((a, b) => (String(a.key["id"]) < String(b.key["id"]) ? -1 : 1))).toEqual([
      { key: { id: "t3" }, reason: "changed" },
      { key: { id: "t5" }, reason: "changed" },
    ]);
    expect(await rollbackImport(me, runId)).toEqual(report);
    expect((await me.fills.page()).rows.map(({ id }) => id)).toEqual(["t3", "t5"]);
  });

  test("of a table without a sequence tells a changed row by its content", async () => {
    const me = await user();
    await me.table(notes).insert({ day, size: "1", note: "mine" });
    const items = [
      { day, size: "1.0", notes: ["mine"] },
      { day, size: "2", notes: ["x"] },
      { day: "2025-01-01T05:30:00+05:30", size: "3", notes: ["a", "b", "c"] },
      { day, size: "2.00", notes: ["x"] },
      { day, size: "4", notes: ["y"] },
      { day, size: "4", notes: ["y", "more"] },
    ];
    const report = await runImport(me, noteImport(items));
    expect(report).toMatchObject({ read: 6, written: 4, identical: 2 });
    await me.table(notes).update({ day, size: "3", part: 1 }, { note: "changed" });
    await me.table(notes).update({ day, size: "3", part: 2 }, { note: "and" });
    await me.table(notes).update({ day, size: "3", part: 2 }, { note: "c" });
    expect(await rollbackImport(me, report.runId)).toEqual({
      runId: report.runId,
      status: "rolled-back",
      removed: 5,
      gone: 0,
      kept: 1,
      firstKept: [{ key: { day: "2025-01-01T00:00:00.000000Z", size: "3", part: 1 }, reason: "changed" }],
    });
    expect((await me.table(notes).page()).rows.map(({ note: text }) => text)).toEqual(["mine", "changed"]);
  });

  test("keeps a row that others refer to", async () => {
    const me = await user();
    const report = await runImport(me, noteImport([1, 2, 3].map((size) => ({ day, size: String(size), notes: ["x"] }))));
    await me.table(links).insert({ id: "l", day, size: "2", part: 0 });
    const { removed, kept, firstKept } = await rollbackImport(me, report.runId);
    expect({ removed, kept, firstKept }).toMatchObject({ removed: 2, kept: 1, firstKept: [{ key: { size: "2" }, reason: "referenced" }] });
  });

  test("that was stopped goes on, and the import waits for it", async () => {
    const me = await user(),
      job = tradeRecordImport(jsonLines(file(trades(10)))),
      stop = new AbortController();
    const { runId } = await runImport(me, job, { batchSize: 3 });
    await me.fills.update({ id: "t9" }, { price: "5" });
    const first = await rollbackImport(me, runId, { signal: stop.signal, onProgress: () => stop.abort() });
    expect(first).toMatchObject({ status: "interrupted", removed: 0, kept: 1 });
    await expect(runImport(me, job)).rejects.toMatchObject({ code: "rollback-unfinished", message: expect.stringContaining(runId) });
    await expect(runImport(me, job, { restart: true })).rejects.toMatchObject({ code: "rollback-unfinished" });
    const kept: KeptRow[] = [];
    expect(await rollbackImport(me, runId)).toMatchObject({ status: "rolled-back", removed: 9, kept: 1 });
    for await (const row of listKeptRows(me, runId)) kept.push(row);
    expect(kept).toEqual([{ key: { id: "t9" }, reason: "changed" }]);
    expect(await runImport(me, job)).toMatchObject({ written: 9, conflict: 1 });
  });

  test("of an import that is still running stops it there", async () => {
    const me = await user();
    const [run] = await Promise.all([
      runImport(me, tradeRecordImport(jsonLines(file(trades(10)))), {
        batchSize: 4,
        onProgress: ({ read }) => {
          if (read === 4) started();
        },
      }).catch((error: unknown) => error),
      rolledBack(me),
    ]);
    expect(run).toMatchObject({ code: "superseded" });
    expect(await me.fills.count()).toBe(0);
  });

  let started = (): void => undefined;
  async function rolledBack(me: Scope): Promise<void> {
    await new Promise<void>((resolve) => (started = resolve));
    const [run] = (await me.table(importRuns).page()).rows;
    await rollbackImport(me, run?.runId ?? "");
  }

  test("of a run that this user does not have is an error", async () => {
    const opened = await storageOn(engine);
    const { runId } = await runImport(opened.forUser(newName()), tradeRecordImport(jsonLines(file(trades(1)))));
    await expect(rollbackImport(opened.forUser(newName()), runId)).rejects.toMatchObject({ code: "run-not-found" });
    await expect(listKeptRows(opened.forUser(newName()), runId).next()).rejects.toMatchObject({ code: "run-not-found" });
  });

  test("of any import over any rows restores them", async () => {
    const opened = await storageOn(engine);
    const anyTrades = fc.array(
      fc
        .record({ id: fc.integer({ min: 0, max: 12 }), price: fc.constantFrom("1", "2"), size: fc.constantFrom("1", "1.0", "x") })
        .map(({ id, ...rest }) => trade(`t${id}`, rest)),
      { minLength: 1, maxLength: 15 },
    );
    await fc.assert(
      fc.asyncProperty(anyTrades, anyTrades, fc.integer({ min: 1, max: 6 }), async (first, second, batchSize) => {
        const me = opened.forUser(newName());
        await runImport(me, tradeRecordImport(records("first", first)), { batchSize });
        const before = await fillsDigest(me);
        const { runId, written } = await runImport(me, tradeRecordImport(records("second", second), "second"), { batchSize });
        expect(await rollbackImport(me, runId)).toMatchObject({ removed: written, gone: 0, kept: 0 });
        expect(await fillsDigest(me)).toBe(before);
      }),
      { numRuns: depth(engine === "sqlite" ? 40 : 8, 1000) },
    );
  });
});
