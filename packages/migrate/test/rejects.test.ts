// Records that were not taken: tried again, dismissed, limited.
import { writeFileSync } from "node:fs";
import {
  csvFile,
  decimalText,
  defineImport,
  importRejectsOf,
  importRuns,
  jsonFile,
  jsonLines,
  listRejects,
  requiredText,
  resolveReject,
  retryRejects,
  rollbackImport,
  runImport,
  type ImportReject,
  type Source,
} from "@td/migrate";
import { fills, type Scope } from "@td/storage";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { tradeRecordImport } from "./spot-bot-job.ts";
import { file, fillsDigest, jsonl, KINDS, newName, rejectsOf, storageOn, trade, userOn } from "./workbench.ts";

/** A job whose only field that can fail is the price; `odd` is what it takes besides numbers. */
const job = (source: Source, odd = "none") =>
  defineImport({
    name: "prices",
    source,
    schema: z.object({
      id: requiredText(),
      price: z.union([decimalText(), z.literal(odd).transform(() => "0")], { error: "not-a-number" }),
    }),
    map: (record) => ({ ...record, symbol: "A-B", side: "buy" as const, quantity: "1", executedAt: new Date(0), source: "prices" }),
    into: fills,
  });

const account = async (me: Scope): Promise<unknown> => {
  const [run] = (await me.table(importRuns).page()).rows;
  return run && [run.recordsRead, run.recordsWritten, run.recordsIdentical, run.recordsConflict, run.recordsRejected, run.byReason];
};

async function linesOf(me: Scope, runId: string, resolved: boolean): Promise<readonly unknown[]> {
  const found: ImportReject[] = [];
  for await (const reject of listRejects(me, runId, { resolved })) found.push(reject);
  return found.map(({ place, reason, resolution }) => [place.line, reason, resolution?.as ?? null]);
}

describe.each(KINDS)("on %s rejects", (engine) => {
  const user = (): Promise<Scope> => userOn(engine);
  const records = [
    { id: "a", price: 1 },
    { id: "b", price: "n/a" },
    { id: "c", price: "?" },
    { id: "a", price: 2 },
    { id: "a", price: "n/a" },
    { id: "b", price: "n/a" },
  ];

  test("keep the gate of a dual write shut until each is retried with success or dismissed", async () => {
    const me = await user(),
      source = jsonLines(file(jsonl(...records.slice(0, 3)))),
      open = (...names: readonly string[]): Promise<number> => me.transaction((tx) => importRejectsOf(...names)(tx));
    expect(await open("prices")).toBe(1); // it never ran
    const { runId } = await runImport(me, job(source));
    expect(await open("prices", "another")).toBe(3);
    await retryRejects(me, job(source, "n/a"));
    expect(await open("prices")).toBe(1);
    await resolveReject(me, runId, 3, { reason: "a test order" });
    expect(await open("prices")).toBe(0);
  });

  test("are taken by a mended job, each where it belongs, and the account balances", async () => {
    const me = await user(),
      source = jsonLines(file(jsonl(...records)));
    const { runId } = await runImport(me, job(source));
    expect(await account(me)).toEqual([6, 1, 0, 1, 4, { "not-a-number": 4 }]);
    const report = await retryRejects(me, job(source, "n/a"), { by: "ada", now: () => new Date("2025-06-01T00:00:00Z") });
    expect(report).toEqual({ runId, read: 5, written: 1, identical: 1, conflict: 2, rejected: 1, byReason: { "not-a-number": 1 } });
    expect(await account(me)).toEqual([6, 2, 1, 2, 1, { "not-a-number": 1 }]);
    expect(await linesOf(me, runId, false)).toEqual([
      [3, "not-a-number", null],
      [4, "conflict", null],
      [5, "conflict", null],
    ]);
    expect(await linesOf(me, runId, true)).toContainEqual([2, "not-a-number", "retried"]);
    expect((await me.fills.get({ id: "b" }))?.price.toFixed()).toBe("0");
    expect(await retryRejects(me, job(source, "n/a"))).toMatchObject({ read: 3, written: 0, conflict: 2, rejected: 1 });
    expect(await account(me)).toEqual([6, 2, 1, 2, 1, { "not-a-number": 1 }]);
    expect(await rollbackImport(me, runId)).toMatchObject({ removed: 2 });
    expect(await me.fills.count()).toBe(0);
  });

  test("are taken with a text in their place, which is kept beside the record as it was", async () => {
    const me = await user(),
      source = jsonLines(file(jsonl(...records)));
    const { runId } = await runImport(me, job(source));
    const mend = ({ text, place }: ImportReject): string | null => (place.line === 3 ? (text ?? "").replace("?", "7") : null);
    expect(await retryRejects(me, job(source), { mend })).toMatchObject({ read: 1, written: 1 });
    expect((await me.fills.get({ id: "c" }))?.price.toFixed()).toBe("7");
    const all: ImportReject[] = [];
    for await (const reject of listRejects(me, runId, { resolved: true })) all.push(reject);
    expect(all.find(({ place }) => place.line === 3)).toMatchObject({
      text: '{"id":"c","price":"?"}',
      resolution: { as: "retried", mended: '{"id":"c","price":"7"}' },
    });
  });

  test("of CSV are read by the header of their file, those of a document with what they take over", async () => {
    const me = await user(),
      path = file("id;price\na;x\nb;2\n");
    await runImport(me, job(csvFile(path, { delimiter: ";" })));
    expect(await retryRejects(me, job(csvFile(path, { delimiter: ";" }), "x"))).toMatchObject({ written: 1 });
    const other = await user(),
      document = jsonFile(file('{"bots":{"a":{"prices":[{"price":"x"},5]}}}'), "bots.*.prices[*]", { carry: { id: "bots.*~" } });
    const { runId } = await runImport(other, job(document));
    expect(await retryRejects(other, job(document, "x"))).toMatchObject({ read: 2, written: 1, rejected: 1 });
    expect(await other.fills.get({ id: "a" })).not.toBeNull();
    expect(await linesOf(other, runId, false)).toEqual([[2, "not-an-object", null]]);
  });

  test("that are no records, or not text, stay what they are", async () => {
    const me = await user();
    const document = jsonFile(file('{"bots":[{"prices":"none"},{"prices":[{"id":"a","price":1}]}]}'), "bots[*].prices[*]");
    await runImport(me, job(document));
    expect(await retryRejects(me, job(document))).toMatchObject({ read: 1, rejected: 1, byReason: { "not-a-list-or-object": 1 } });
    const bytes = Buffer.concat([Buffer.from('{"id":"'), Buffer.from([0xff]), Buffer.from('"}\n')]);
    const lines = jsonLines(file(bytes));
    const other = await user();
    await runImport(other, job(lines));
    expect(await retryRejects(other, job(lines))).toMatchObject({ read: 1, rejected: 1, byReason: { "invalid-utf8": 1 } });
    expect(await retryRejects(other, job(lines), { mend: () => '{"id":"b","price":1}' })).toMatchObject({ written: 1 });
  });

  test("are tried before the end too, and the import goes on behind them", async () => {
    const me = await user(),
      source = jsonLines(file(jsonl(...records))),
      stop = new AbortController();
    await runImport(me, job(source), { batchSize: 3, signal: stop.signal, onProgress: () => stop.abort() });
    expect(await retryRejects(me, job(source, "n/a"))).toMatchObject({ read: 2, written: 1, rejected: 1 });
    expect(await runImport(me, job(source, "n/a"))).toMatchObject({
      status: "completed",
      read: 6,
      written: 2,
      identical: 1,
      conflict: 2,
      rejected: 1,
    });
  });

  test("are not tried with another source, and not after a rollback", async () => {
    const me = await user(),
      path = file(jsonl(...records)),
      source = jsonLines(path);
    const { runId } = await runImport(me, job(source));
    await expect(retryRejects(me, job(source), { runId: "none" })).rejects.toMatchObject({ code: "run-not-found" });
    writeFileSync(path, jsonl(...records, { id: "new", price: 1 }));
    await expect(retryRejects(me, job(source))).rejects.toMatchObject({ code: "source-changed" });
    await rollbackImport(me, runId);
    await expect(retryRejects(me, job(source))).rejects.toMatchObject({ code: "run-not-found" });
  });

  test("are dismissed with a reason, once, and stay in the account", async () => {
    const opened = await storageOn(engine),
      me = opened.forUser(newName()),
      source = jsonLines(file(jsonl(...records)));
    const { runId } = await runImport(me, job(source));
    const at = new Date("2025-06-01T00:00:00Z");
    const dismissed = await resolveReject(me, runId, 3, { reason: "a test order", by: "ada", now: () => at });
    expect(dismissed.resolution).toEqual({
      as: "dismissed",
      at: "2025-06-01T00:00:00.000000Z",
      by: "ada",
      reason: "a test order",
      mended: null,
    });
    expect(await account(me)).toEqual([6, 1, 0, 1, 4, { "not-a-number": 4 }]);
    expect((await rejectsOf(me, { runId })).map(({ place }) => place.line)).toEqual([2, 4, 5, 6]);
    await expect(resolveReject(me, runId, 3, { reason: "again" })).rejects.toMatchObject({ code: "already-resolved" });
    await expect(resolveReject(me, runId, 1, { reason: "x" })).rejects.toMatchObject({ code: "reject-not-found" });
    await expect(resolveReject(me, runId, 2, { reason: " " })).rejects.toMatchObject({ code: "invalid-option" });
    await expect(resolveReject(opened.forUser(newName()), runId, 2, { reason: "x" })).rejects.toMatchObject({ code: "run-not-found" });
    expect(await retryRejects(me, job(source, "n/a"))).toMatchObject({ read: 4, rejected: 0 });
    expect(await account(me)).toEqual([6, 2, 1, 2, 1, { "not-a-number": 1 }]);
  });

  test("have a limit that is a share of what was read", async () => {
    const me = await user();
    const bad = (count: number): string =>
      jsonl(...Array.from({ length: 40 }, (_, at) => trade(`t${at}`, at < count ? { size: "x" } : {})));
    const limited = (text: string, maxRejects: { readonly share: number; readonly after?: number }) =>
      runImport(me, tradeRecordImport(jsonLines(file(text))), { batchSize: 10, maxRejects, restart: true });
    expect(await limited(bad(4), { share: 0.1 })).toMatchObject({ rejected: 4, status: "completed" });
    await expect(limited(bad(5), { share: 0.1 })).rejects.toMatchObject({
      code: "too-many-rejects",
      facts: { read: 40, rejected: 5, maxRejects: 0.1 },
    });
    await expect(limited(bad(4), { share: 0.1, after: 10 })).rejects.toMatchObject({ code: "too-many-rejects", facts: { read: 10 } });
    for (const maxRejects of [{ share: -1 }, { share: 1.5 }, { share: Number.NaN }, { share: 0.5, after: -1 }])
      await expect(limited(bad(0), maxRejects)).rejects.toMatchObject({ code: "invalid-option" });
    expect(await fillsDigest(me)).toMatch(/^36 /);
  });
});
