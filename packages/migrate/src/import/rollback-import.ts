// Takes back what a run wrote: exactly those rows, and none that has changed since.
import { type AnyTable, type Scope, StorageError } from "@td/storage";
import { layoutOf, tablesOf } from "@td/storage/internal";
import { setImmediate as nextTurn } from "node:timers/promises";
import { MigrateError } from "../errors.ts";
import { noSuchRun } from "./list-rejects.ts";
import { changeRun } from "./run-state.ts";
import { importRows, importRuns, type ImportRowsRow, type ImportRunRow } from "./tables.ts";
import { keyObject, keysLeft, keysOf, keyText, markOf, type RowKey, standingRows } from "./written-rows.ts";

/** How a rollback is run. */
export interface RollbackOptions {
  /** Stops after the batch in hand; the next call goes on from there. */
  readonly signal?: AbortSignal;
  /** Told after each batch how many rows are done. */
  readonly onProgress?: (progress: { readonly removed: number; readonly gone: number }) => void;
  /** The clock, for times in the run's record. Default the system's. */
  readonly now?: () => Date;
}

/** Why a row of the run was kept: its content has `changed` since, or other rows are `referenced` to it. */
export type KeptReason = "changed" | "referenced";

/** A row that a rollback kept. */
export interface KeptRow {
  /** Its key, without the user. */
  readonly key: Readonly<Record<string, unknown>>;
  /** Why. */
  readonly reason: KeptReason;
}

/** What a rollback did. Every row that the run wrote is in one of three places: `removed + gone + kept` is all of them. */
export interface RollbackReport {
  /** The run. */
  readonly runId: string;
  /** `rolled-back`, or `interrupted` by the signal: call again to go on. */
  readonly status: "rolled-back" | "interrupted";
  /** Rows taken away. */
  readonly removed: number;
  /** Rows that somebody else had deleted before. */
  readonly gone: number;
  /** Rows kept. */
  readonly kept: number;
  /** The first of those, at most {@link FIRST_KEPT}; {@link listKeptRows} gives all. */
  readonly firstKept: readonly KeptRow[];
}

/** Rows that a report shows itself. */
const FIRST_KEPT = 20;

/**
 * Takes back an import: deletes the rows that the run wrote and that are still as it wrote them. Rows that were there before it, rows that changed since and rows
 * that others refer to stay, and the report names them. The run's record and its rejects stay too.
 *
 * Batch by batch, each in one transaction with its account: killed at any moment, it goes on when it is called again. A run that is still being written is
 * stopped (`superseded` over there).
 *
 * Throws `run-not-found`, and `table-missing` when the storage was opened without the table.
 */
export async function rollbackImport(scope: Scope, runId: string, options: RollbackOptions = {}): Promise<RollbackReport> {
  const { now = () => new Date() } = options;
  let run = await begin(scope, runId, now());
  const table = targetOf(scope, run);
  if (run.status === "rolled-back") return reportOf(scope, run, "rolled-back");
  for (;;) {
    if (options.signal?.aborted === true) return reportOf(scope, run, "interrupted");
    const { rows } = await scope
      .table(importRows)
      .page({ where: { runId, undone: false }, orderBy: "by_state", direction: "desc", limit: 1 });
    const [entry] = rows;
    if (entry === undefined) break;
    const before = run;
    run = await scope.transaction((tx) => undo(tx, table, before, entry, now()));
    options.onProgress?.({ removed: run.rowsRemoved, gone: run.rowsGone });
    await nextTurn();
  }
  const last = run;
  run = await scope.transaction((tx) => changeRun(tx, last, { status: "rolled-back", finishedAt: now(), updatedAt: now() }));
  return reportOf(scope, run, "rolled-back");
}

/** All rows that a rollback of the run kept, in constant memory. Throws `run-not-found`. */
export async function* listKeptRows(scope: Scope, runId: string): AsyncGenerator<KeptRow> {
  const run = await scope.table(importRuns).get({ runId });
  if (run === null) throw noSuchRun(runId);
  const table = targetOf(scope, run);
  for await (const entries of scope.table(importRows).stream({ where: { runId, undone: true }, chunk: 1 })) {
    for (const { keys, kept } of entries) {
      for (const [at, key] of keysOf(keys).entries()) yield { key: keyObject(table, key), reason: (kept?.[at] ?? "changed") as KeptReason };
    }
  }
}

async function begin(scope: Scope, runId: string, now: Date): Promise<ImportRunRow> {
  return scope.transaction(async (tx) => {
    const runs = tx.table(importRuns);
    const run = await runs.get({ runId });
    if (run === null) throw noSuchRun(runId);
    if (run.status === "rolled-back") return run;
    // The higher number stops whoever is still writing this run.
    return (await runs.update({ runId }, { status: "rolling-back", attempt: run.attempt + 1, updatedAt: now })) ?? run;
  });
}

/** The table that a run wrote to. Throws `table-missing`. */
function targetOf(scope: Scope, { runId, target }: ImportRunRow): AnyTable {
  const table = tablesOf(scope).find(({ name }) => name === target);
  if (table !== undefined) return table;
  throw new MigrateError(
    "table-missing",
    `The run ${runId} wrote to ${target}: open the storage with that table, openStorage(url, { tables }).`,
    {
      facts: { runId, target },
    },
  );
}

/** Takes back what one batch wrote. */
async function undo(tx: Scope, table: AnyTable, run: ImportRunRow, entry: ImportRowsRow, now: Date): Promise<ImportRunRow> {
  const keys = keysOf(entry.keys);
  const standing = await standingRows(tx, table, keys);
  const asWritten = unchangedIn(table, entry, standing);
  const there = keys.filter((key) => standing.has(keyText(key)));
  const same = new Set(keys.filter((key, at) => asWritten(key, at)).map(keyText));
  const referenced = new Set(
    (
      await removeAll(
        tx,
        table,
        there.filter((key) => same.has(keyText(key))),
      )
    ).map(keyText),
  );
  const kept = there.filter((key) => !same.has(keyText(key)) || referenced.has(keyText(key)));
  const reasons = kept.map((key): KeptReason => (referenced.has(keyText(key)) ? "referenced" : "changed"));
  const entries = tx.table(importRows);
  const id = { runId: run.runId, part: entry.part };
  if (kept.length === 0) await entries.delete(id);
  else await entries.update(id, { keys: keysLeft(table, kept), marks: null, undone: true, kept: reasons });
  return changeRun(tx, run, {
    rowsRemoved: run.rowsRemoved + there.length - kept.length,
    rowsGone: run.rowsGone + keys.length - there.length,
    updatedAt: now,
  });
}

function unchangedIn(
  table: AnyTable,
  { upTo, marks }: ImportRowsRow,
  standing: ReadonlyMap<string, object>,
): (key: RowKey, at: number) => boolean {
  const sequence = layoutOf(table).sequence?.property;
  const expected = marks === null ? [] : (JSON.parse(marks) as readonly string[]);
  return (key, at) => {
    const row = standing.get(keyText(key)) as Readonly<Record<string, unknown>> | undefined;
    if (row === undefined) return false;
    return sequence !== undefined && upTo !== null ? Number(row[sequence]) <= upTo : markOf(table, row) === expected[at];
  };
}

/** Rows deleted at once; when another row refers to one of them, each is tried by itself. */
const TOGETHER = 200;

/** Deletes rows; the keys of those that others refer to. */
async function removeAll(tx: Scope, table: AnyTable, keys: readonly RowKey[]): Promise<readonly RowKey[]> {
  const kept: RowKey[] = [];
  for (let at = 0; at < keys.length; at += TOGETHER) {
    const some = keys.slice(at, at + TOGETHER);
    if (await removed(tx, table, some)) continue;
    for (const key of some) if (!(await removed(tx, table, [key]))) kept.push(key);
  }
  return kept;
}

/** Whether the rows could all be deleted; none is when one cannot be. */
async function removed(tx: Scope, table: AnyTable, keys: readonly RowKey[]): Promise<boolean> {
  try {
    await tx.transaction((inner) => inner.table(table).deleteMany(keys.map((key) => keyObject(table, key))));
    return true;
  } catch (error) {
    if (error instanceof StorageError && error.code === "constraint-failed") return false;
    throw error;
  }
}

async function reportOf(scope: Scope, run: ImportRunRow, status: RollbackReport["status"]): Promise<RollbackReport> {
  const firstKept: KeptRow[] = [];
  let kept = 0;
  for await (const row of listKeptRows(scope, run.runId)) {
    kept++;
    if (firstKept.length < FIRST_KEPT) firstKept.push(row);
  }
  return { runId: run.runId, status, removed: run.rowsRemoved, gone: run.rowsGone, kept, firstKept };
}
