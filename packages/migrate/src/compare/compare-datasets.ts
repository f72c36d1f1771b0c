// Compares all rows of all users of two databases, table by table, where they lie.
import type { AnyTable, Storage } from "@td/storage";
import { bulkOf, columnsOf, layoutOf, type Bulk, type Extent, type KeyRange, type StoredRow } from "@td/storage/internal";
import { compareKeys } from "../core/compare-keys.ts";
import { compareStored } from "../core/table-order.ts";
import { MigrateError } from "../errors.ts";
import type { FieldDifference } from "./compare-stores.ts";
import { bulkRanges } from "./unequal-ranges.ts";

/** How datasets are compared. */
export interface CompareDatasetsOptions {
  /** The tables. Default: all that both storages were opened with and that are part of a dataset digest. */
  readonly tables?: readonly AnyTable[];
  /** `content` (default): what rows are. `all`: how they arrived as well, such as sequence numbers and revisions. */
  readonly columns?: Extent;
  /** Differences that are listed, 0 to 100,000; all are counted. Default 1000. */
  readonly limit?: number;
  /** Rows per bucket, 100 to 100,000. Default 5000. */
  readonly bucketSize?: number;
  /** Stops between two buckets with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Told after each bucket. */
  readonly onProgress?: (progress: { readonly table: string; readonly rows: number }) => void;
  /** Who asks, for the record of `storage.system`. Default `@td/migrate`. */
  readonly actor?: string;
}

/** One row that differs. */
export interface RowDifference {
  /** The table. */
  readonly table: string;
  /** The user. */
  readonly userId: string;
  /** The primary key without the user, as canonical values. */
  readonly key: Readonly<Record<string, unknown>>;
  /** `missing`: the second database lacks it; `extra`: only the second has it; `different`: both have it, with other columns. */
  readonly kind: "missing" | "extra" | "different";
  /** The columns that differ, as canonical values, for `different`. */
  readonly fields: readonly FieldDifference[];
}

/** What became of one table: `rows = equal + missing + extra + different`. */
export interface TableComparison {
  /** The table. */
  readonly table: string;
  /** Rows on either side. */
  readonly rows: number;
  /** Rows that are equal. */
  readonly equal: number;
  /** Rows that the second database lacks. */
  readonly missing: number;
  /** Rows that only the second database has. */
  readonly extra: number;
  /** Rows with other columns. */
  readonly different: number;
}

/** What a comparison of datasets found. */
export interface DatasetComparison {
  /** Whether every row is equal. */
  readonly clean: boolean;
  /** The tables. */
  readonly tables: readonly TableComparison[];
  /** The first differences. */
  readonly differences: readonly RowDifference[];
}

/**
 * Compares all rows of all users of two databases in constant memory: on two SQLite files SQLite joins them, on two PostgreSQL databases hashes are
 * made in them, across engines digests over one text per row; only buckets that differ are read. Both openings are put on record. For databases at
 * rest: rows that are written meanwhile may be called different.
 *
 * Throws `not-allowed` on PostgreSQL without `systemUrl`, `table-unknown`, `invalid-option`.
 */
export async function compareDatasets(a: Storage, b: Storage, options: CompareDatasetsOptions = {}): Promise<DatasetComparison> {
  const { actor = "@td/migrate", columns = "content" } = options;
  const limit = whole("limit", options.limit ?? 1000, 0, 100_000);
  const bucketSize = whole("bucketSize", options.bucketSize ?? 5000, 100, 100_000);
  for (const [one, other] of [[a, b] as const, [b, a] as const])
    await one.system.open({ actor, action: "compareDatasets", reason: `compare ${one.path} with ${other.path}`.slice(0, 2000) });
  const [first, second] = [bulkOf(a), bulkOf(b)];
  const tables: TableComparison[] = [];
  const differences: RowDifference[] = [];
  for (const table of options.tables ?? sharedTables(first, second)) {
    const totals = { table: table.name, rows: 0, equal: 0, missing: 0, extra: 0, different: 0 };
    for await (const { equal, found } of compareTable(first, second, table, columns, bucketSize)) {
      options.signal?.throwIfAborted();
      totals.equal += equal;
      totals.rows += equal + found.length;
      for (const difference of found) totals[difference.kind]++;
      differences.push(...found.slice(0, Math.max(0, limit - differences.length)));
      options.onProgress?.({ table: table.name, rows: totals.rows });
    }
    tables.push(totals);
  }
  return { clean: tables.every(({ rows, equal }) => rows === equal), tables, differences };
}

function whole(option: string, value: number, from: number, to: number): number {
  if (Number.isSafeInteger(value) && value >= from && value <= to) return value;
  throw new MigrateError("invalid-option", `compareDatasets: ${option} must be a whole number from ${from} to ${to}, not ${value}.`, {
    facts: { option, value },
  });
}

/** The table of a name on a database. Throws `table-unknown`. */
export function tableNamed(bulk: Bulk, { name }: AnyTable): AnyTable {
  const found = bulk.tables.find((table) => table.name === name);
  if (found !== undefined) return found;
  throw new MigrateError("table-unknown", `${bulk.path} was opened without the table ${name}: pass it to openStorage in tables.`, {
    facts: { table: name },
  });
}

function sharedTables(a: Bulk, b: Bulk): readonly AnyTable[] {
  const names = new Set(b.tables.map(({ name }) => name));
  return a.tables.filter(({ name, digested }) => digested && names.has(name));
}

interface ComparedRows {
  readonly equal: number;
  readonly found: readonly RowDifference[];
}

/** Compares one table in parts. */
export async function* compareTable(a: Bulk, b: Bulk, table: AnyTable, extent: Extent, size: number): AsyncGenerator<ComparedRows> {
  const tables = [tableNamed(a, table), tableNamed(b, table)] as const;
  for await (const { range, equal } of bulkRanges(a, b, tables, extent, size)) {
    if (equal === undefined) yield* readRange(a, b, tables, range, extent);
    else yield { equal, found: [] };
  }
}

/** Rows read at once. */
const CHUNK = 1000;

/** Reads a range on both sides, side by side. */
async function* readRange(
  a: Bulk,
  b: Bulk,
  [tableA, tableB]: readonly [AnyTable, AnyTable],
  range: KeyRange,
  extent: Extent,
): AsyncGenerator<ComparedRows> {
  const [left, right] = [new Rows(a, tableA, range), new Rows(b, tableB, range)];
  const key = layoutOf(tableA).key.map(({ at }) => at);
  const keyOf = (row: StoredRow): StoredRow => key.map((at) => row[at] ?? null);
  let found: RowDifference[] = [];
  let equal = 0;
  for (;;) {
    const [one, other] = [left.current ?? (await left.next()), right.current ?? (await right.next())];
    if (one === undefined && other === undefined) break;
    const order = one === undefined ? 1 : other === undefined ? -1 : compareStored(keyOf(one), keyOf(other), compareKeys);
    const difference = order < 0 ? "missing" : order > 0 ? "extra" : undefined;
    const fields = difference === undefined ? differingColumns(tableA, extent, one ?? [], other ?? []) : [];
    if (difference === undefined && fields.length === 0) equal++;
    else found.push(rowDifference(tableA, (order <= 0 ? one : other) ?? [], difference ?? "different", fields));
    if (order <= 0) left.skip();
    if (order >= 0) right.skip();
    if (equal + found.length < CHUNK) continue;
    yield { equal, found };
    [equal, found] = [0, []];
  }
  yield { equal, found };
}

/** The rows of a range one by one, read in arrays. */
class Rows {
  readonly #bulk: Bulk;
  readonly #table: AnyTable;
  #range: KeyRange | undefined;
  #rows: readonly StoredRow[] = [];
  #at = 0;

  constructor(bulk: Bulk, table: AnyTable, range: KeyRange) {
    this.#bulk = bulk;
    this.#table = table;
    this.#range = range;
  }

  /** The row that is next, when it has been read. */
  get current(): StoredRow | undefined {
    return this.#rows[this.#at];
  }

  /** Reads on; `undefined` at the end. */
  async next(): Promise<StoredRow | undefined> {
    if (this.#range === undefined) return undefined;
    this.#rows = await this.#bulk.rows(this.#table, this.#range, CHUNK);
    this.#at = 0;
    const last = this.#rows.at(-1);
    const after = layoutOf(this.#table).key.map(({ at }) => last?.[at] ?? null);
    this.#range = last === undefined || this.#rows.length < CHUNK ? undefined : { ...this.#range, after };
    return this.current;
  }

  skip(): void {
    this.#at++;
  }
}

function differingColumns(table: AnyTable, extent: Extent, a: StoredRow, b: StoredRow): readonly FieldDifference[] {
  return columnsOf(table, extent).flatMap(({ property, at, codec }) => {
    const [one, other] = [codec.canonical(a[at] ?? null), codec.canonical(b[at] ?? null)];
    return one === other ? [] : [{ field: property, a: JSON.parse(one) as unknown, b: JSON.parse(other) as unknown }];
  });
}

function rowDifference(table: AnyTable, row: StoredRow, kind: RowDifference["kind"], fields: readonly FieldDifference[]): RowDifference {
  const [user, ...rest] = layoutOf(table).key;
  const key = rest.map(({ property, at, codec }) => [property, JSON.parse(codec.canonical(row[at] ?? null)) as unknown] as const);
  return { table: table.name, userId: String(row[user?.at ?? 0]), key: Object.fromEntries(key), kind, fields };
}
