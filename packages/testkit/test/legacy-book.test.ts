import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DIRTY_COUNTS, RECORDED_BOOKS, writeLegacyBook } from "../src/index.ts";
import type { BookTruth } from "../src/index.ts";

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), "td-book-"));
});
afterAll(() => rmSync(dir, { recursive: true }));

const read = (name: string) => readFileSync(join(dir, name));
const sha256 = (name: string) => createHash("sha256").update(read(name)).digest("hex");

const version = (v: BookTruth["v1"]) => ({
  allocations: v.allocations,
  unmatchedQuantity: v.unmatchedSells.quantity,
  realizedPnl: v.realizedPnl,
  sha256: v.sha256,
});

/** The recorded part of a truth, so that one comparison shows every difference. */
function recordedPart(clean: BookTruth, dirty: BookTruth) {
  return {
    seed: clean.seed,
    trades: clean.trades,
    exchangeOrders: clean.exchangeOrders,
    missingBuys: { insideRetention: clean.missingInsideRetention, lost: clean.missingBuys.length - clean.missingInsideRetention },
    files: clean.files,
    dirtyJsonl: dirty.files["trade_records.jsonl"],
    v1: version(clean.v1),
    v2: version(clean.v2),
  };
}

describe("the book of each recorded seed", () => {
  test.each(RECORDED_BOOKS)("has the recorded bytes and answers (seed $seed)", (recorded) => {
    const dirty = writeLegacyBook(dir, { seed: recorded.seed, scale: 1, dirty: true });
    const clean = writeLegacyBook(dir, { seed: recorded.seed, scale: 1, dirty: false });
    expect(recordedPart(clean, dirty)).toEqual(recorded);
    expect(dirty.dirtyOutcomes).toEqual({ good: recorded.trades.v1, ...DIRTY_COUNTS });
    for (const [name, file] of Object.entries(clean.files)) expect(sha256(name)).toBe(file.sha256);
  });
});

test("a dirty book differs from the clean one in trade_records.jsonl only", () => {
  const clean = writeLegacyBook(dir, { seed: 7, scale: 1, dirty: false });
  const dirty = writeLegacyBook(dir, { seed: 7, scale: 1, dirty: true });
  const names = ["trade_records.csv", "exchange_fills.jsonl"] as const;
  for (const name of names) expect(dirty.files[name]).toEqual(clean.files[name]);
  expect(dirty.files["trade_records.jsonl"].sha256).not.toBe(clean.files["trade_records.jsonl"].sha256);
  expect([dirty.v1, dirty.v2]).toEqual([clean.v1, clean.v2]);
});

test("every dirty line stands where the truth says, and the last one is cut off", () => {
  const { dirty = [] } = writeLegacyBook(dir, { seed: 2, scale: 1, dirty: true });
  const text = read("trade_records.jsonl").toString();
  const lines = text.split("\n");
  const lineOf = (kind: string) => lines[(dirty.find((entry) => entry.kind === kind)?.line ?? 0) - 1];
  expect(lineOf("nan-token")).toContain('"price":NaN');
  expect(lineOf("exponent-json-number")).toContain('"total_fees_usd":1e-8');
  expect(lineOf("hex-number")).toContain('"size":"0x10"');
  expect(lineOf("truncated-last-line")).toHaveLength(97);
  expect(text.endsWith("\n")).toBe(false);
  expect(dirty).toHaveLength(27);
});

test("the allocation files are the bytes that the digests are taken over", () => {
  const truth = writeLegacyBook(dir, { seed: 1, scale: 1, dirty: false, allocations: true });
  expect([sha256("allocations-v1.txt"), sha256("allocations-v2.txt")]).toEqual([truth.v1.sha256, truth.v2.sha256]);
  expect(read("allocations-v2.txt").toString().split("\n")).toHaveLength(truth.v2.allocations.total);
});

test("a larger scale multiplies the rows and the faults", () => {
  const truth = writeLegacyBook(dir, { seed: 1, scale: 3, dirty: true });
  expect(truth.trades).toEqual({ v1: 18_041, v2: 18_074 });
  expect(truth.v1.realizedPnl).toMatch(/^-37905\.07/);
  expect(truth.missingInsideRetention).toBe(33);
});

const book = (seed: number, scale: number) => () => writeLegacyBook(dir, { seed, scale, dirty: false });

test("seeds and scales out of range are refused", () => {
  for (const seed of [-1, 1.5, 1e9, Number.NaN]) expect(book(seed, 1)).toThrow(/seed .* give an integer/);
  for (const scale of [0.5, 1001, Number.NaN]) expect(book(1, scale)).toThrow(/scale .* give a number/);
});
