// What these tests share: databases of their own on every engine, a table with every kind of column, short spellings of fills.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect } from "vitest";
import { c, defineTable, openStorage, StorageError } from "../src/index.ts";
import type { FillInput, Storage, StorageErrorCode, StorageOptions } from "../src/index.ts";
import { atEnd } from "./at-end.ts";
import { postgresDatabase, systemUrl } from "./postgres-support.ts";

/** How many times deeper the properties look. */
export const DEPTH = process.env["TD_DEPTH"] === "soak" ? 20 : 1;

/** A folder that is removed after the file's tests. */
export function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "td-storage-"));
  atEnd(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A table with a column of every kind, a unique key, a revision and a sequence. */
export const samples = defineTable(
  "samples",
  {
    userId: c.text(),
    id: c.text(),
    label: c.text().nullable(),
    side: c.oneOf("buy", "sell", "it's").default("buy"),
    price: c.decimal(20, 8).default("0"),
    stop: c.decimal(20, 8).nullable(),
    wide: c.decimal(76, 36).nullable(),
    at: c.instant().default("2025-01-01T00:00:00Z"),
    until: c.instant().nullable(),
    count: c.int().default(0),
    live: c.bool().default(true),
    extra: c.json().nullable(),
    seenAt: c.instant().assigned().default("2025-01-01T00:00:00Z"),
    revision: c.int().default(1),
    seq: c.sequence(),
  },
  {
    primaryKey: ["userId", "id"],
    indexes: {
      by_price: ["userId", "price"],
      by_time: ["userId", "at", "id"],
      by_label: ["userId", "label"],
      by_seen: ["userId", "seenAt", "id"],
    },
    unique: { one_label: ["userId", "label"] },
    checks: {
      price_not_negative: { column: "price", is: ">=", value: "0" },
      times_ordered: { column: "at", is: "<=", other: "until" },
      something: { anyPresent: ["label", "count"] },
    },
  },
);

/** What a storage can stand on: a file or the memory on SQLite, or a real PostgreSQL. */
export type Kind = "file" | "memory" | "postgres";

/** Runs the same tests on every engine. */
export function describeStorage(name: string, tests: (kind: Kind) => void): void {
  describe.each<Kind>(["file", "memory", "postgres"])(`${name} on %s`, (kind) => {
    tests(kind);
  });
}

/** An open storage with a database of its own; closed after the file's tests. On PostgreSQL as the role of an application. */
export async function openTemp(kind: Kind = "file", options: StorageOptions = {}): Promise<Storage> {
  const given = { durability: "normal", tables: [samples], ...options } as const;
  const storage = await (kind === "postgres" ? openOnPostgres(given) : openStorage(sqliteUrl(kind), given));
  atEnd(() => storage.close());
  return storage;
}

async function openOnPostgres(options: StorageOptions): Promise<Storage> {
  const url = await postgresDatabase(options.tables ?? []);
  return openStorage(url, { ...options, systemUrl: systemUrl(url) });
}

function sqliteUrl(kind: "file" | "memory"): string {
  return kind === "memory" ? "sqlite::memory:" : `sqlite:${join(tempFolder(), "td.db")}`;
}

/** A fill with the given id; everything else may be changed. */
export function fill(id: string, changes: Partial<FillInput> = {}): FillInput {
  return {
    id,
    symbol: "BTC-USD",
    side: "buy",
    quantity: "1.5",
    price: "100.25",
    executedAt: "2025-03-01T10:00:00.123456Z",
    source: "test",
    ...changes,
  };
}

/** What a rejected promise was rejected with, which must be a StorageError of the given code. */
export async function failure(promise: Promise<unknown>, code: StorageErrorCode): Promise<StorageError> {
  const error: unknown = await promise.then(
    (value) => expect.fail(`expected ${code}, but it resolved to ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof StorageError)) throw error;
  expect(error.code).toBe(code);
  return error;
}

/** Decimal text with at most `whole` digits before the point and `scale` after it, in any spelling that means a plain decimal. */
export function decimalTexts(whole: number, scale: number): fc.Arbitrary<string> {
  const digits = (least: number, most: number): fc.Arbitrary<string> =>
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: least, maxLength: most }).map((list) => list.join(""));
  return fc
    .tuple(fc.constantFrom("", "-"), digits(1, whole), digits(0, scale))
    .map(([sign, integer, fraction]) => `${sign}${integer}${fraction === "" ? "" : "."}${fraction}`);
}

/** How deep a property looks: normally, and `DEPTH` times as deep when soaking. */
export function runs(numRuns: number): { readonly numRuns: number } {
  return { numRuns: numRuns * DEPTH };
}
