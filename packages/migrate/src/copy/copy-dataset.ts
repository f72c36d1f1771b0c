// Copies all rows of all users from one database to another, as they are stored, and proves that they arrived.
import type { AnyTable, Storage, SystemScope } from "@td/storage";
import { bulkOf, layoutOf, type Bulk, type StoredKey } from "@td/storage/internal";
import { compareTable, tableNamed } from "../compare/compare-datasets.ts";
import { bulkRanges } from "../compare/unequal-ranges.ts";
import { dependencyOrder } from "../core/table-order.ts";
import { MigrateError } from "../errors.ts";

/** How a dataset is copied. */
export interface CopyOptions {
  /** Rows per transaction, 1 to 50,000. Default 5000. A kill costs at most one batch, which is copied again. */
  readonly batchSize?: number;
  /** Stops after the batch in hand with the signal's reason; the same call goes on from there. */
  readonly signal?: AbortSignal;
  /** Told after each batch, and after each part of the final comparison. */
  readonly onProgress?: (progress: CopyProgress) => void;
  /** Who asks, for the record of `storage.system` on both sides. Default `@td/migrate`. */
  readonly actor?: string;
}

/** How far a copy is. */
export interface CopyProgress {
  /** `check`: what an earlier call has copied; `copy`; `verify`: all of it, at the end. */
  readonly step: "check" | "copy" | "verify";
  /** The table. */
  readonly table: string;
  /** Rows of this table so far, in this step. */
  readonly rows: number;
  /** Rows of this table at the source when the copy began. */
  readonly of: number;
}

/** One table that was copied. */
export interface CopiedTable {
  /** Its name. */
  readonly table: string;
  /** Rows on both sides. */
  readonly rows: number;
  /** How many of them this call has copied; the others were there from an earlier one. */
  readonly copied: number;
}

/** What became of a copy. */
export interface CopyReport {
  /** Rows on both sides. */
  readonly rows: number;
  /** How many of them this call has copied. */
  readonly copied: number;
  /** Whether an earlier call had begun. */
  readonly resumed: boolean;
  /** The tables in the order of copying. */
  readonly tables: readonly CopiedTable[];
}

/**
 * Copies every table that `from` was opened with, rows as they are stored: ledger versions, sequence numbers, revisions and sealed credentials
 * included (they open with the same keyring). Not copied: the record of `storage.system`, which stays with the database that it is about. Tables
 * follow those that they refer to; rows go in the order of their keys, a batch per transaction, so that what has arrived is the cursor: killed at any
 * moment, the same call checks what is there against the source and goes on. At the end all columns of all rows are compared, in the databases.
 *
 * Stop what writes to `from` first: rows that change on the way make the copy fail, never wrong. `to` must be empty, or hold the beginning of this copy.
 *
 * Throws `table-unknown`, `target-not-empty`, `copy-differs`, `not-allowed` on PostgreSQL without `systemUrl`, `invalid-option`, and what the
 * databases throw.
 */
export async function copyDataset(from: Storage, to: Storage, options: CopyOptions = {}): Promise<CopyReport> {
  const batchSize = checkedBatch(options.batchSize ?? 5000);
  const actor = options.actor ?? "@td/migrate";
  const open = (storage: Storage): Promise<SystemScope> =>
    storage.system.open({ actor, action: "copyDataset", reason: `copy ${from.path} to ${to.path}`.slice(0, 2000) });
  const system = await open(from);
  await open(to);
  const run: Run = { from: bulkOf(from), to: bulkOf(to), batchSize, options, system };
  const tables = dependencyOrder(run.from.tables);
  const there = await checkTarget(run, tables);
  const copied: CopiedTable[] = [];
  for (const table of tables) copied.push(await copyTable(run, table, there.get(table.name)));
  for (const table of tables) await verifyTable(run, table);
  const sum = (of: "rows" | "copied"): number => copied.reduce((all, table) => all + table[of], 0);
  return { rows: sum("rows"), copied: sum("copied"), resumed: there.size > 0, tables: copied };
}

interface Run {
  readonly from: Bulk;
  readonly to: Bulk;
  readonly batchSize: number;
  readonly options: CopyOptions;
  readonly system: SystemScope;
}

/** How far an earlier call got in a table. */
interface Arrived {
  readonly last: StoredKey;
  readonly rows: number;
}

/** Rows per digest, where what is there is compared. */
const BUCKET = 5000;

/** What an earlier call has copied, by table. Anything else in the target is refused before a row is written. */
async function checkTarget(run: Run, tables: readonly AnyTable[]): Promise<ReadonlyMap<string, Arrived>> {
  const there = new Map<string, Arrived>();
  for (const table of tables) {
    if ((await run.from.lastKey(table)) !== undefined) refuseOtherShape(run, table);
    if (!run.to.tables.some(({ name }) => name === table.name)) continue;
    const last = await run.to.lastKey(tableNamed(run.to, table));
    if (last !== undefined) there.set(table.name, { last, rows: await arrivedRows(run, table, last) });
  }
  const strange = run.to.tables.filter(({ name }) => !tables.some((table) => table.name === name));
  for (const table of strange) if ((await run.to.lastKey(table)) !== undefined) throw notEmpty(run, table.name);
  return there;
}

async function arrivedRows(run: Run, table: AnyTable, last: StoredKey): Promise<number> {
  let rows = 0;
  const of = await run.system.count(table);
  for await (const { equal } of bulkRanges(run.from, run.to, [table, tableNamed(run.to, table)], "all", BUCKET, last)) {
    run.options.signal?.throwIfAborted();
    if (equal === undefined) throw notEmpty(run, table.name);
    rows += equal;
    run.options.onProgress?.({ step: "check", table: table.name, rows, of });
  }
  return rows;
}

async function copyTable(run: Run, table: AnyTable, arrived: Arrived | undefined): Promise<CopiedTable> {
  const { from, to, batchSize, options } = run;
  const of = await run.system.count(table);
  const key = layoutOf(table).key.map(({ at }) => at);
  let after = arrived?.last;
  let rows = arrived?.rows ?? 0;
  // A table without rows need not exist over there.
  if (of === 0) return { table: table.name, rows, copied: 0 };
  for (;;) {
    options.signal?.throwIfAborted();
    const batch = await from.rows(table, after === undefined ? {} : { after }, batchSize);
    const last = batch.at(-1);
    if (last === undefined) break;
    await to.load(tableNamed(to, table), batch);
    after = key.map((at) => last[at] ?? null);
    rows += batch.length;
    options.onProgress?.({ step: "copy", table: table.name, rows, of });
  }
  return { table: table.name, rows, copied: rows - (arrived?.rows ?? 0) };
}

async function verifyTable({ from, to, options, system }: Run, table: AnyTable): Promise<void> {
  const of = await system.count(table);
  if (of === 0 && !to.tables.some(({ name }) => name === table.name)) return;
  let rows = 0;
  for await (const { equal, found } of compareTable(from, to, table, "all", BUCKET)) {
    options.signal?.throwIfAborted();
    const [first] = found;
    if (first !== undefined) throw differs(to, table.name, first.kind, JSON.stringify([first.userId, first.key]));
    rows += equal;
    options.onProgress?.({ step: "verify", table: table.name, rows, of });
  }
}

function refuseOtherShape({ from, to }: Run, table: AnyTable): void {
  const other = tableNamed(to, table);
  const shape = (one: AnyTable): string =>
    JSON.stringify(layoutOf(one).columns.map(({ name, definition }) => [name, { ...definition, fallback: null }]));
  if (shape(table) === shape(other)) return;
  throw new MigrateError(
    "table-unknown",
    `${table.name} has other columns on ${to.path} than on ${from.path}: open both with the same declaration.`,
    {
      facts: { table: table.name },
    },
  );
}

function notEmpty({ to }: Run, table: string): MigrateError {
  return new MigrateError(
    "target-not-empty",
    `${to.path} holds rows of ${table} that are not the beginning of this copy, or the source has changed since: nothing more was written. Copy into an empty database.`,
    { facts: { table, path: to.path } },
  );
}

function differs(to: Bulk, table: string, kind: string, key: string): MigrateError {
  return new MigrateError(
    "copy-differs",
    `The copy on ${to.path} is not equal: in ${table} the row ${key} is ${kind}. The source was written to meanwhile: stop its writers, and copy into an empty database.`,
    { facts: { table, kind, key } },
  );
}

function checkedBatch(size: number): number {
  if (Number.isSafeInteger(size) && size >= 1 && size <= 50_000) return size;
  throw new MigrateError("invalid-option", `copyDataset: batchSize must be a whole number from 1 to 50000, not ${size}.`, {
    facts: { size },
  });
}
