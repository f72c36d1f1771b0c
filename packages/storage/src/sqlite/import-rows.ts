// Writes many rows inside one transaction, without an await: one prepared insert that leaves standing rows alone, and a comparison
// of the stored forms where one stood.
import type { Conflict, ImportResult, Rejection, RowIssue } from "../repository.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { AnyTable, InputOf } from "../table/types.ts";
import type { Connection, StoredRow } from "./connection.ts";
import { decodeRow, encodeRow, sameContent } from "../table/encode-row.ts";
import { constraintName, sqliteCode } from "./errors.ts";
import { planOf } from "./plan.ts";
import type { Plan } from "../table/plan.ts";
import { keepNumber, lastNumber } from "./sequence.ts";

/** Imports rows of a user into a table. */
export function importRows<T extends AnyTable>(
  connection: Connection,
  table: T,
  userId: string,
  rows: Iterable<InputOf<T>>,
): ImportResult<T> {
  const plan = planOf(table);
  return connection.measure(
    plan.insert().sql,
    () => importAll<T>(connection, plan, userId, rows),
    (result) => result.written,
  );
}

function importAll<T extends AnyTable>(connection: Connection, plan: Plan, userId: string, rows: Iterable<InputOf<T>>): ImportResult<T> {
  const { layout, table } = plan;
  const { sequence } = layout;
  const insert = connection.prepare(plan.insert().sql);
  const params: Stored[] = layout.columns.map(({ property }) => (property === "userId" ? userId : null));
  const conflicts: Conflict<T>[] = [];
  const rejected: Rejection<T>[] = [];
  const first = sequence === undefined ? 0 : lastNumber(connection, userId, table.name) + 1;
  let written = 0;
  let identical = 0;
  for (const row of rows) {
    let issues = encodeRow(layout, userId, row, params);
    if (issues === undefined) {
      if (sequence !== undefined) params[sequence.at] = first + written;
      const outcome = attempt(() => insert.run(params).changes);
      if (typeof outcome !== "number") issues = [outcome];
      else if (outcome === 1) written++;
      else {
        const existing = standing(connection, plan, params);
        if (sameContent(layout, existing, params)) identical++;
        else conflicts.push({ row, existing: decodeRow<T>(layout, existing) });
      }
    }
    if (issues !== undefined) rejected.push({ row, issues });
  }
  if (sequence !== undefined && written > 0) keepNumber(connection, userId, table.name, first + written - 1);
  return { written, identical, conflicts, rejected };
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
