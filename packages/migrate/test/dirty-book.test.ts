// Every way in which the seeded legacy book is dirty, on a real file and a real database.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { csvFile, importTables, jsonLines, runImport, type ImportReject, type ImportReport } from "@td/migrate";
import { openStorage, type FillRow, type Scope, type Storage } from "@td/storage";
import { DIRTY_COUNTS, writeLegacyBook, type BookTruth, type DirtyLine } from "@td/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { tradeRecordImport } from "./spot-bot-job.ts";
import { fillsDigest, rejectsOf } from "./workbench.ts";

const path = mkdtempSync(join(tmpdir(), "td-dirty-"));
const source = join(path, "trade_records.jsonl");
let truth: BookTruth, opened: Storage, me: Scope, report: ImportReport;
let rejects: ReadonlyMap<number, ImportReject>, lines: readonly Buffer[];

beforeAll(async () => {
  truth = writeLegacyBook(path, { seed: 1, scale: 1, dirty: true });
  opened = await openStorage("sqlite::memory:", { tables: importTables });
  me = opened.forUser("u");
  report = await runImport(me, tradeRecordImport(jsonLines(source)));
  rejects = new Map((await rejectsOf(me, report)).map((reject) => [reject.place.line, reject]));
  lines = linesOf(readFileSync(source));
});

afterAll(async () => {
  await opened.close();
  rmSync(path, { recursive: true });
});

function linesOf(bytes: Buffer): readonly Buffer[] {
  const found: Buffer[] = [];
  let from = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
    found.push(bytes.subarray(from, end));
    from = end + 1;
  }
  return [...found, bytes.subarray(from)];
}

const numbersOf = (row: FillRow | null): unknown =>
  row && { size: row.quantity.toFixed(), price: row.price.toFixed(), total_fees_usd: row.fee.toFixed() };

/** What became of a line, in the words of the book. */
async function outcomeOf({ line, orderId, normalised }: DirtyLine): Promise<unknown> {
  const reject = rejects.get(line),
    row = orderId === undefined ? null : await me.fills.get({ id: orderId });
  return {
    kept: reject && { kind: reject.kind, reason: reject.reason, raw: Buffer.from(reject.raw).toString("base64") },
    stands: row !== null,
    normalised: normalised && numbersOf(row),
  };
}

function expectedOf({ line, outcome, reason, orderId, normalised }: DirtyLine): unknown {
  const kind = outcome === "reject" ? "rejected" : outcome === "conflict" ? "conflict" : undefined;
  const raw = lines[line - 1]?.toString("base64");
  return { kept: kind && { kind, reason: reason ?? "conflict", raw }, stands: orderId !== undefined, normalised };
}

const KINDS = [
  "exponent-notation",
  "exponent-json-number",
  "exponent-upper-case",
  "exponent-size",
  "json-numbers",
  "malformed-json",
  "nan-token",
  "nan",
  "infinity",
  "empty-number",
  "hex-number",
  "thousands-separator",
  "negative-size",
  "zero-size",
  "unknown-side",
  "identical-duplicate",
  "duplicate-other-spelling",
  "same-id-other-price",
  "same-id-other-microsecond",
  "missing-symbol",
  "null-symbol",
  "400-digit-decimal",
  "time-without-zone",
  "impossible-date",
  "invalid-utf8",
  "far-future",
  "truncated-last-line",
];

describe("a dirty trade log", () => {
  test.each(KINDS)("has the stated outcome for %s, with the raw bytes kept when it is not taken", async (kind) => {
    const dirty = truth.dirty?.find((line) => line.kind === kind);
    if (dirty === undefined) throw new Error(`the book has no ${kind}`);
    expect(await outcomeOf(dirty)).toEqual(expectedOf(dirty));
  });

  test("has no other kind of dirt than those", () => {
    expect(truth.dirty?.map(({ kind }) => kind).toSorted()).toEqual(KINDS.toSorted());
  });

  test("is accounted for to the last line", () => {
    const { reject, duplicateSkipped, conflict } = DIRTY_COUNTS;
    const { v1 } = truth.trades;
    expect(report).toMatchObject({
      read: v1 + reject + duplicateSkipped + conflict,
      written: v1,
      identical: duplicateSkipped,
      conflict,
      rejected: reject,
      balanced: true,
    });
    expect(report.source).toMatchObject({
      kind: "json-lines",
      bytes: readFileSync(source).length,
      sha256: truth.files["trade_records.jsonl"].sha256,
    });
    expect(rejects.size).toBe(reject + conflict);
    expect(Object.values(report.byReason).reduce((sum, count) => sum + count, 0)).toBe(reject);
  });

  test("keeps the standing row of a conflict and shows both sides", async () => {
    const dirty = truth.dirty?.find((line) => line.kind === "same-id-other-price");
    const reject = rejects.get(dirty?.line ?? 0);
    if (reject?.kind !== "conflict") throw new Error("no conflict");
    const [{ incoming, existing } = { incoming: {}, existing: {} }] = reject.rows;
    expect(incoming["price"]).toBe("9" + String(existing["price"]));
    expect((await me.fills.get({ id: String(existing["id"]) }))?.price.toFixed()).toBe(existing["price"]);
  });

  test("is all identical the second time, and equal to the clean CSV of the same trades", async () => {
    const before = await fillsDigest(me);
    const again = await runImport(me, tradeRecordImport(jsonLines(source)));
    expect(again).toMatchObject({
      written: 0,
      identical: report.written + report.identical,
      conflict: report.conflict,
      rejected: report.rejected,
      byReason: report.byReason,
    });
    const csv = await runImport(me, tradeRecordImport(csvFile(join(path, "trade_records.csv"))));
    expect(csv).toMatchObject({ read: report.written, written: 0, identical: report.written, conflict: 0, rejected: 0 });
    expect(await fillsDigest(me)).toBe(before);
  });
});
