// Writes many rows inside one transaction, without an await: one prepared insert that leaves standing rows alone, and a comparison
// of the stored forms where one stood.
import type { Conflict, NewerImportResult, Rejection, RowIssue } from "../repository.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { AnyTable, InputOf } from "../table/types.ts";
import type { Connection, StoredRow } from "./connection.ts";
import { forgetTotals, noteClose, writtenCloses } from "./forget-totals.ts";
import { withoutInsertGuard } from "./scoped-views.ts";
import { decodeRow, encodeRow } from "../table/encode-row.ts";
import type { LayoutColumn } from "../table/layout.ts";
import { countedRevision, replacedColumns, standingOf } from "../table/newer.ts";
import { constraintName, sqliteCode } from "./errors.ts";
import { planOf } from "./plan.ts";
import type { Plan } from "../table/plan.ts";
import { keepNumber, lastNumber } from "./sequence.ts";

/** Imports rows of a user into a table. With `newer`, a row that is later by that column takes the place of the standing one. */
export function importRows<T extends AnyTable>(
  connection: Connection,
  table: T,
  userId: string,
  rows: Iterable<InputOf<T>>,
  newer?: LayoutColumn,
): NewerImportResult<T> {
  const plan = planOf(table);
  return connection.measure(
    plan.insert().sql,
    () => liftGuard(connection, table, rows, () => importAll<T>(connection, plan, userId, rows, newer)),
    (result) => result.written + result.updated,
  );
}

/** Rows from which on lifting the guard costs less than it saves. */
const MANY = 200;

// The insert names the user itself, so the trigger that would look at each row has nothing to find; it costs more than half of an insert.
function liftGuard<R>(connection: Connection, table: AnyTable, rows: Iterable<unknown>, work: () => R): R {
  const many = Array.isArray(rows) && rows.length >= MANY;
  return many ? withoutInsertGuard(connection, table.name, work) : work();
}

function importAll<T extends AnyTable>(
  connection: Connection,
  plan: Plan,
  userId: string,
  rows: Iterable<InputOf<T>>,
  newer: LayoutColumn | undefined,
): NewerImportResult<T> {
  const { layout, table } = plan;
  const { sequence } = layout;
  const insert = connection.prepare(plan.insert().sql);
  const replace = newer === undefined ? undefined : replacement(connection, plan, newer);
  const params: Stored[] = layout.columns.map(({ property }) => (property === "userId" ? userId : null));
  const conflicts: Conflict<T>[] = [];
  const rejected: Rejection<T>[] = [];
  const closes = writtenCloses(table);
  const first = sequence === undefined ? 0 : lastNumber(connection, userId, table.name) + 1;
  let written = 0;
  let identical = 0;
  let updated = 0;
  let older = 0;
  for (const row of rows) {
    let issues = encodeRow(layout, userId, row, params);
    if (issues === undefined) {
      if (sequence !== undefined) params[sequence.at] = first + written + updated;
      const outcome = attempt(() => insert.run(params).changes);
      if (typeof outcome !== "number") issues = [outcome];
      else if (outcome === 1) {
        written++;
        if (closes !== undefined) noteClose(closes, params);
      } else {
        const existing = standing(connection, plan, params);
        const stands = standingOf(layout, existing, params, newer);
        if (stands === "identical") identical++;
        else if (stands === "older") older++;
        else if (stands === "conflict" || replace === undefined) conflicts.push({ row, existing: decodeRow<T>(layout, existing) });
        else {
          const replaced = attempt(() => replace(existing, params));
          if (typeof replaced === "number") updated++;
          else issues = [replaced];
        }
      }
    }
    if (issues !== undefined) rejected.push({ row, issues });
  }
  if (closes !== undefined) forgetTotals(connection, closes);
  if (sequence !== undefined && written + updated > 0) keepNumber(connection, userId, table.name, first + written + updated - 1);
  return { written, identical, updated, older, conflicts, rejected };
}

/** What puts a newer row in the place of the standing one. */
function replacement(connection: Connection, plan: Plan, newer: LayoutColumn): (existing: StoredRow, given: StoredRow) => number {
  const { layout } = plan;
  const revision = countedRevision(layout, newer);
  const counted = [revision, layout.sequence].filter((column) => column !== undefined);
  const changed = [...replacedColumns(layout, newer), ...counted].toSorted((a, b) => a.at - b.at);
  if (changed.length === 0) return () => 0;
  const compiled = plan.update(changed);
  const places = compiled.names.map((name) => layout.byProperty.get(name.replace(/^set /, ""))?.at ?? -1);
  const update = connection.prepare(compiled.sql);
  return (existing, given) =>
    update.run(places.map((at) => (at === revision?.at ? Number(existing[at]) + 1 : (given[at] ?? null)))).changes;
}

/** The result of an insert, or the condition of the table that the row breaks. */
function attempt(insert: () => number): number | RowIssue {
  try {
    return insert();
  } catch (error) {
    if (!(error instanceof Error) || !sqliteCode(error).startsWith("SQLITE_CONSTRAINT")) throw error;
    return { column: null, issue: "constraint-failed", constraint: constraintName(error.message) ?? error.message };
  }
}

function standing(connection: Connection, plan: Plan, params: readonly Stored[]): StoredRow {
  const key = plan.layout.key.map(({ at }) => params[at] ?? null);
  const row = connection.prepare(plan.get().sql).get(key) as StoredRow | undefined;
  if (row === undefined) throw new TypeError(`${plan.table.name}: an insert was skipped although no row stands under its key`);
  return row;
}
