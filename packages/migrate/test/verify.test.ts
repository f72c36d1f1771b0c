// A verification proves an import, and finds whatever is wrong with it.
import { writeFileSync } from "node:fs";
import {
  defineImport,
  importRejects,
  importRuns,
  importTables,
  jsonFile,
  jsonLines,
  retryRejects,
  rollbackImport,
  runImport,
  verifyImport,
  type KnownFields,
} from "@td/migrate";
import { c, defineTable, type Scope } from "@td/storage";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { tradeRecordImport } from "./spot-bot-job.ts";
import { file, jsonl, KINDS, newName, storageOn, trade, userOn } from "./workbench.ts";

const pairs = defineTable(
  "pairs",
  { userId: c.text(), id: c.text(), part: c.int(), value: c.text() },
  { primaryKey: ["userId", "id", "part"] },
);

describe.each(KINDS)("on %s a verification", (engine) => {
  const user = (): Promise<Scope> => userOn(engine, [...importTables, pairs]);
  const mixed = jsonl(
    ...Array.from({ length: 1200 }, (_, at) =>
      trade(`t${at % 1100}`, at % 13 === 0 ? { size: "x" } : at > 1100 && at % 7 === 0 ? { price: "9" } : {}),
    ),
  );

  test("finds every record of a good import, by equal digests, and notes it", async () => {
    const me = await user(),
      job = tradeRecordImport(jsonLines(file(mixed)));
    const report = await runImport(me, job, { batchSize: 100 });
    const verified = await verifyImport(me, job, { now: () => new Date("2025-06-01T00:00:00Z") });
    expect(verified).toMatchObject({
      runId: report.runId,
      verified: true,
      read: 1200,
      matched: report.written + report.identical,
      kept: report.rejected + report.conflict,
      problems: 0,
      firstProblems: [],
    });
    expect(verified.kept).toBeGreaterThan(90);
    expect(verified.sourceDigest).toBe(verified.targetDigest);
    expect(await me.table(importRuns).get({ runId: report.runId })).toMatchObject({
      status: "completed",
      verification: "passed",
      verifiedAt: "2025-06-01T00:00:00.000000Z",
    });
  });

  test.each<[string, (me: Scope) => Promise<unknown>, object]>([
    ["a row that is gone", (me) => me.fills.delete({ id: "t5" }), { kind: "missing", place: { line: 6 }, standing: null }],
    ["a row with other content", (me) => me.fills.update({ id: "t5" }, { price: "7" }), { kind: "different", place: { line: 6 } }],
    [
      "a reject that is gone",
      async (me) => me.table(importRejects).delete({ runId: await runIdOf(me), line: 14 }),
      { kind: "rejected", place: { line: 14 } },
    ],
    [
      "a reject that is not the record",
      async (me) => me.table(importRejects).update({ runId: await runIdOf(me), line: 14 }, { raw: "{}" }),
      { kind: "not-kept" },
    ],
  ])("finds %s", async (_what, spoil, problem) => {
    const me = await user(),
      job = tradeRecordImport(jsonLines(file(mixed)));
    await runImport(me, job);
    await spoil(me);
    const report = await verifyImport(me, job);
    expect(report).toMatchObject({ verified: false, problems: 1, firstProblems: [problem] });
    expect((await me.table(importRuns).page()).rows).toMatchObject([{ status: "completed", verification: "failed" }]);
  });

  async function runIdOf(me: Scope): Promise<string> {
    return (await me.table(importRuns).page()).rows[0]?.runId ?? "";
  }

  test("that fails before the end takes the right to resume away", async () => {
    const me = await user(),
      job = tradeRecordImport(jsonLines(file(mixed))),
      stop = new AbortController();
    await runImport(me, job, { batchSize: 500, signal: stop.signal, onProgress: () => stop.abort() });
    expect(await verifyImport(me, job)).toMatchObject({ verified: true, read: 500 });
    await me.fills.delete({ id: "t5" });
    expect(await verifyImport(me, job)).toMatchObject({ verified: false, read: 500, problems: 1 });
    await expect(runImport(me, job)).rejects.toMatchObject({
      code: "verification-failed",
      message: expect.stringMatching(/rollbackImport.*restart: true/),
    });
    expect(await runImport(me, job, { restart: true })).toMatchObject({ status: "completed", read: 1200 });
    expect(await verifyImport(me, job)).toMatchObject({ verified: true, read: 1200 });
  });

  test("of a source that changed, of no run and of one that was rolled back is refused", async () => {
    const me = await user(),
      path = file(mixed),
      job = tradeRecordImport(jsonLines(path));
    await expect(verifyImport(me, job)).rejects.toMatchObject({ code: "run-not-found" });
    const { runId } = await runImport(me, job);
    await expect(verifyImport(me, job, { runId: "other" })).rejects.toMatchObject({ code: "run-not-found" });
    await expect(verifyImport(me, job, { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    writeFileSync(path, mixed.replace("t7", "x7"));
    await expect(verifyImport(me, job)).rejects.toMatchObject({ code: "source-changed" });
    await rollbackImport(me, runId);
    await expect(verifyImport(me, job)).rejects.toMatchObject({ code: "run-not-found" });
  });

  test("fails with the error of a storage that is closed meanwhile, and leaves no rejection to nobody, which would end the process", async () => {
    const opened = await storageOn(engine, undefined, [...importTables, pairs]);
    const me = opened.forUser(newName()),
      job = tradeRecordImport(jsonLines(file(mixed)));
    await runImport(me, job);
    const closing = {
      open: async (fields: KnownFields) => {
        const source = await job.source.open(fields);
        await opened.close();
        return source;
      },
    };
    const lost: unknown[] = [];
    const note = (error: unknown): void => void lost.push(error);
    process.on("unhandledRejection", note);
    try {
      await expect(verifyImport(me, { ...job, source: closing })).rejects.toMatchObject({ code: "closed" });
      await new Promise((resolve) => setTimeout(resolve, 20));
    } finally {
      process.off("unhandledRejection", note);
    }
    expect(lost).toEqual([]);
  });

  test("compares all rows of a record, and a retried record by the job that took it", async () => {
    const me = await user();
    const source = jsonFile(file('[{"id":"a","values":["1","2"]},{"id":"b","values":[]},{"id":"c","values":["3"]}]'), "[*]");
    const make = (least: number) =>
      defineImport({
        name: "pairs",
        source,
        schema: z.object({ id: z.string(), values: z.array(z.string()).min(least) }),
        map: ({ id, values }) =>
          values.length === 0 ? { id, part: 0, value: "none" } : values.map((value, part) => ({ id, part, value })),
        into: pairs,
      });
    await runImport(me, make(1));
    expect(await verifyImport(me, make(1))).toMatchObject({ verified: true, matched: 2, kept: 1 });
    expect(await retryRejects(me, make(0))).toMatchObject({ read: 1, written: 1 });
    expect(await verifyImport(me, make(0))).toMatchObject({ verified: true, matched: 3, kept: 0 });
    await me.table(pairs).update({ id: "a", part: 1 }, { value: "x" });
    expect(await verifyImport(me, make(0))).toMatchObject({
      verified: false,
      firstProblems: [{ kind: "different", place: { path: "[0]" } }],
    });
  });
});
