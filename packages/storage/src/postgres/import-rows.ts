// Writes many rows inside one transaction: arrays of a thousand rows per statement, leaving standing rows alone, and a comparison with
// those that stood. A statement that a row breaks is taken back and its rows are tried in halves. While the server writes one array, the next is
// made: rows that are made as they are asked for cost no time of their own.
import { setImmediate as nextTurn } from "node:timers/promises";
import { StorageError } from "../errors.ts";
import type { Conflict, NewerImportResult, Rejection, RowIssue } from "../repository.ts";
import { encodeRow } from "../table/encode-row.ts";
import type { LayoutColumn } from "../table/layout.ts";
import { standingOf } from "../table/newer.ts";
import type { Compiled, Plan } from "../table/plan.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { AnyTable, InputOf } from "../table/types.ts";
import { compileReplace, compileStanding } from "./compile.ts";
import type { Statements } from "./connection.ts";
import { planOf } from "./plan.ts";
import { keepNumber, lastNumber } from "./sequence.ts";
import { decodeWire, storedOf, storedRow, wireArray } from "./wire.ts";
import type { Wire, WireRow } from "./wire.ts";

/** Rows per statement; larger ones are no faster. */
const CHUNK = 1000;
/** Rows of the first statement when more come behind it: the server has nothing to do while they are made. */
const FIRST_CHUNK = 250;
/** Where a statement of a table with a sequence binds the number of the first row: behind the user. */
const FIRST = 1;
/** Tries to write a row that stood when it was written and was gone when it was compared. */
const MAX_TRIES = 5;

interface Entry<T extends AnyTable> {
  /** Position among the rows given. */
  readonly at: number;
  readonly row: InputOf<T>;
  readonly stored: readonly Stored[];
  readonly key: string;
}

interface Import<T extends AnyTable> {
  readonly connection: Statements;
  readonly plan: Plan;
  readonly table: T;
  readonly userId: string;
  /** The column by which a row may take the place of a standing one; `undefined` when standing rows are kept. */
  readonly newer: LayoutColumn | undefined;
  readonly conflicts: Conflict<T>[];
  readonly rejected: { readonly at: number; readonly rejection: Rejection<T> }[];
  written: number;
  identical: number;
  updated: number;
  older: number;
  /** The number that the next row of a sequence gets. */
  next: number;
}

/** Imports rows of a user into a table. With `newer`, a row that is later by that column takes the place of the standing one. */
export async function importRows<T extends AnyTable>(
  connection: Statements,
  table: T,
  userId: string,
  rows: Iterable<InputOf<T>>,
  newer?: LayoutColumn,
): Promise<NewerImportResult<T>> {
  const plan = planOf(table);
  const numbered = plan.layout.sequence !== undefined;
  const first = numbered ? (await lastNumber(connection, userId, table.name)) + 1 : 1;
  const run: Import<T> = {
    connection,
    plan,
    table,
    userId,
    newer,
    conflicts: [],
    rejected: [],
    written: 0,
    identical: 0,
    updated: 0,
    older: 0,
    next: first,
  };
  await writeAll(run, rows);
  if (numbered && run.next > first) await keepNumber(connection, userId, table.name, run.next - 1);
  const { written, identical, updated, older, conflicts } = run;
  return {
    written,
    identical,
    updated,
    older,
    conflicts,
    rejected: run.rejected.toSorted((a, b) => a.at - b.at).map(({ rejection }) => rejection),
  };
}

/** Writes rows array by array; of two, the second is made while the server has the first. */
async function writeAll<T extends AnyTable>(run: Import<T>, rows: Iterable<InputOf<T>>): Promise<void> {
  let writing: Promise<void> = Promise.resolve();
  let entries: Entry<T>[] = [];
  let at = 0;
  let size = FIRST_CHUNK;
  try {
    for (const row of rows) {
      const entry = encoded(run, row, at++);
      if (entry !== undefined) entries.push(entry);
      if (entries.length < size) continue;
      size = CHUNK;
      const params = paramsOf(run, run.plan.insert(), entries);
      // One behind the other: which number a row gets is known when the rows before it are written.
      await writing;
      writing = writeEntries(run, entries, 1, params);
      writing.catch(() => undefined);
      // What was asked for is sent only now.
      await nextTurn();
      entries = [];
    }
    await writing;
  } catch (error) {
    // A row could not be made: the statement in hand is not left to whoever comes next on the connection.
    await writing.catch(() => undefined);
    throw error;
  }
  if (entries.length > 0) await writeEntries(run, entries, 1);
}

function encoded<T extends AnyTable>(run: Import<T>, row: InputOf<T>, at: number): Entry<T> | undefined {
  const { layout } = run.plan;
  const stored: Stored[] = layout.columns.map(({ property }) => (property === "userId" ? run.userId : null));
  const issues = encodeRow(layout, run.userId, row, stored);
  if (issues === undefined) return { at, row, stored, key: keyText(layout.key.map((column) => stored[column.at] ?? null)) };
  run.rejected.push({ at, rejection: { row, issues } });
  return undefined;
}

function keyText(values: readonly Stored[]): string {
  return values.join("\0");
}

/** Writes rows in their order: of those with one key the first good one stands. */
async function writeEntries<T extends AnyTable>(
  run: Import<T>,
  entries: readonly Entry<T>[],
  tries: number,
  params = paramsOf(run, run.plan.insert(), entries),
): Promise<void> {
  const outcome = await attempt(run, run.plan.insert(), params);
  if (typeof outcome === "number") {
    run.written += outcome;
    if (outcome === entries.length) run.next += outcome;
    if (outcome < entries.length) await compareAll(run, entries, outcome, tries);
  } else if (entries.length === 1) {
    for (const { at, row } of entries) run.rejected.push({ at, rejection: { row, issues: [outcome] } });
  } else {
    const half = Math.ceil(entries.length / 2);
    await writeEntries(run, entries.slice(0, half), tries);
    await writeEntries(run, entries.slice(half), tries);
  }
}

/** Puts newer rows, of which no two have one key, in the place of the standing ones. */
async function replaceAll<T extends AnyTable>(run: Import<T>, entries: readonly Entry<T>[], newer: LayoutColumn): Promise<void> {
  if (entries.length === 0) return;
  const replace = compileReplace(run.table, newer);
  const outcome = await attempt(run, replace, paramsOf(run, replace, entries));
  if (typeof outcome === "number") {
    run.updated += outcome;
    run.next += entries.length;
  } else if (entries.length === 1) {
    for (const { at, row } of entries) run.rejected.push({ at, rejection: { row, issues: [outcome] } });
  } else {
    const half = Math.ceil(entries.length / 2);
    await replaceAll(run, entries.slice(0, half), newer);
    await replaceAll(run, entries.slice(half), newer);
  }
}

function paramsOf<T extends AnyTable>({ plan, userId }: Import<T>, compiled: Compiled, entries: readonly Entry<T>[]): readonly Wire[] {
  return arrayParams(
    compiled,
    plan,
    userId,
    0,
    entries.map(({ stored }) => stored),
  );
}

/** Runs a statement over arrays of rows; how many it wrote, or the condition that one of them breaks, and then nothing is written. */
async function attempt<T extends AnyTable>(run: Import<T>, { sql }: Compiled, arrays: readonly Wire[]): Promise<number | RowIssue> {
  const { connection, plan, next } = run;
  const params = plan.layout.sequence === undefined ? arrays : arrays.with(FIRST, String(next));
  const saved = connection.command("savepoint td_rows");
  const inserted = connection.query(sql, params);
  const [, result] = await Promise.allSettled([saved, inserted]);
  if (result.status === "fulfilled") {
    connection.command("release td_rows").catch(() => undefined);
    return result.value.count;
  }
  const broken = brokenCondition(result.reason);
  if (broken === undefined) throw result.reason;
  await connection.command("rollback to td_rows; release td_rows");
  return broken;
}

/** What a statement over arrays of rows binds: the user, the number of the first row, then each given column of all rows. */
export function arrayParams(
  { names }: Compiled,
  { layout }: Plan,
  userId: string,
  first: number,
  rows: readonly (readonly Stored[])[],
): readonly Wire[] {
  return names.map((name): Wire => {
    if (name === "userId") return userId;
    if (name === "first" && layout.sequence !== undefined) return String(first);
    const column = layout.byProperty.get(name);
    return column === undefined
      ? null
      : wireArray(
          column,
          rows.map((stored) => stored[column.at] ?? null),
        );
  });
}

/** The condition that a row breaks, when that is why the database refused it. */
export function brokenCondition(error: unknown): RowIssue | undefined {
  const broken = error instanceof StorageError && (error.code === "constraint-failed" || error.code === "already-exists");
  if (!broken) return undefined;
  const constraint = error.facts["constraint"];
  return { column: null, issue: "constraint-failed", constraint: typeof constraint === "string" ? constraint : error.message };
}

/** Tells the rows that stood already from those that stand otherwise. */
async function compareAll<T extends AnyTable>(run: Import<T>, entries: readonly Entry<T>[], written: number, tries: number): Promise<void> {
  const standing = await standingRows(run, entries);
  const { sequence } = run.plan.layout;
  const gone: Entry<T>[] = [];
  const later: Entry<T>[] = [];
  const replacing = new Map<string, Entry<T>>();
  let same = 0;
  for (const entry of entries) {
    const existing = standing.get(entry.key);
    // The rows just written have the highest numbers.
    if (existing !== undefined && sequence !== undefined) run.next = Math.max(run.next, Number(existing[sequence.at]) + 1);
    if (existing === undefined) gone.push(entry);
    else if (replacing.has(entry.key)) later.push(entry);
    else {
      const stands = standingOf(run.plan.layout, storedRow(run.table, existing), entry.stored, run.newer);
      if (stands === "identical") same++;
      else if (stands === "older") run.older++;
      else if (stands === "newer") replacing.set(entry.key, entry);
      else run.conflicts.push({ row: entry.row, existing: decodeWire(run.table, existing) });
    }
  }
  run.identical += same - written;
  if (run.newer !== undefined) await replaceAll(run, [...replacing.values()], run.newer);
  // What came behind a newer row under the same key is compared with that one.
  if (later.length > 0) await compareAll(run, later, 0, tries);
  if (gone.length === 0) return;
  if (tries < MAX_TRIES) return writeEntries(run, gone, tries + 1);
  throw new StorageError("busy", `Rows of ${run.table.name} were deleted again and again while they were imported: try again.`, {
    facts: { table: run.table.name },
    retryable: true,
  });
}

async function standingRows<T extends AnyTable>(run: Import<T>, entries: readonly Entry<T>[]): Promise<ReadonlyMap<string, WireRow>> {
  const { layout } = run.plan;
  const compiled = compileStanding(run.table);
  const params = compiled.names.map((name): Wire => {
    const column = layout.byProperty.get(name);
    return name === "userId" || column === undefined
      ? run.userId
      : wireArray(
          column,
          entries.map(({ stored }) => stored[column.at] ?? null),
        );
  });
  const { rows } = await run.connection.query(compiled.sql, params);
  return new Map(rows.map((row) => [keyText(layout.key.map((column) => storedOf(column, row[column.at] ?? null))), row]));
}
