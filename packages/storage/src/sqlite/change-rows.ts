// Single rows of a user: insert, update, delete.
import { StorageError } from "../errors.ts";
import type { UpdateOptions } from "../repository.ts";
import { isRefusal } from "../table/sqlite-codec.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { LayoutColumn } from "../table/layout.ts";
import type { AnyTable, InputOf, RowOf } from "../table/types.ts";
import type { Connection, StoredRow } from "./connection.ts";
import { decodeRow, refused } from "./encode-row.ts";
import type { GivenRow } from "./encode-row.ts";
import { importRows } from "./import-rows.ts";
import { bind, planOf } from "./plan.ts";
import { keepNumber, lastNumber } from "./sequence.ts";

/** Inserts one row and returns it as stored. */
export function insertRow<T extends AnyTable>(connection: Connection, table: T, userId: string, row: InputOf<T>): RowOf<T> {
  const { layout } = planOf(table);
  const { written, rejected } = importRows(connection, table, userId, [row]);
  const issues = rejected[0]?.issues;
  if (issues !== undefined) throw refused(table, issues);
  if (written === 0)
    throw new StorageError("already-exists", `A row of ${table.name} with this key exists already: use update to change it.`, {
      facts: { table: table.name },
    });
  const given: GivenRow = row;
  const key = layout.key.map(({ property, codec }) => (property === "userId" ? userId : (codec.encode(given[property]) as Stored)));
  return decodeRow<T>(layout, standing(connection, table, key) ?? []);
}

/** The stored row of a key. */
export function standing(connection: Connection, table: AnyTable, key: readonly Stored[]): StoredRow | undefined {
  return connection.get(planOf(table).get().sql, key);
}

/** Changes to the columns of a row, encoded. */
export type EncodedChanges = ReadonlyMap<LayoutColumn, Stored>;

/** Encodes changes. Throws `value-rejected`, `bad-request`. */
export function encodeChanges(table: AnyTable, changes: GivenRow): EncodedChanges {
  const { layout } = planOf(table);
  const encoded = new Map<LayoutColumn, Stored>();
  for (const [property, value] of Object.entries(changes)) {
    const column = layout.byProperty.get(property);
    const fixed = column === undefined || column.definition.sequence || column === layout.revision || layout.key.includes(column);
    if (fixed) throw refused(table, [{ column: property, issue: "unknown-column" }]);
    const stored = value === undefined ? { issue: "missing" as const } : column.codec.encode(value);
    if (isRefusal(stored)) throw refused(table, [{ column: property, issue: stored.issue }]);
    encoded.set(column, stored);
  }
  return encoded;
}

/** Updates one row and returns it as stored, or null when there is none. */
export function updateRow<T extends AnyTable>(
  connection: Connection,
  table: T,
  userId: string,
  key: readonly Stored[],
  changes: EncodedChanges,
  options: UpdateOptions,
): RowOf<T> | null {
  const { layout } = planOf(table);
  const before = standing(connection, table, key);
  if (before === undefined) return null;
  const revision = checkRevision(table, before, options.ifRevision);
  const all = new Map(changes);
  if (layout.revision !== undefined && changesContent(changes)) all.set(layout.revision, revision + 1);
  if (layout.sequence !== undefined) all.set(layout.sequence, nextNumber(connection, userId, table));
  writeChanges(connection, table, key, all);
  return decodeRow<T>(layout, standing(connection, table, key) ?? before);
}

/** Whether a change is one of what the row is, not only of what td or the source assigned (a credential's `lastReadAt`). */
function changesContent(changes: EncodedChanges): boolean {
  return changes.size === 0 || [...changes.keys()].some(({ definition }) => !definition.assigned);
}

/** Deletes one row; whether there was one. */
export function deleteRow(connection: Connection, table: AnyTable, key: readonly Stored[]): boolean {
  return connection.run(planOf(table).delete().sql, key) === 1;
}

function writeChanges(connection: Connection, table: AnyTable, key: readonly Stored[], changes: EncodedChanges): void {
  if (changes.size === 0) return;
  const plan = planOf(table);
  const changed = [...changes.keys()].toSorted((a, b) => a.at - b.at);
  const compiled = plan.update(changed);
  const values = new Map<string, Stored>(plan.layout.key.map(({ property }, at) => [property, key[at] ?? null]));
  for (const [column, value] of changes) values.set(`set ${column.property}`, value);
  connection.run(compiled.sql, bind(compiled, values));
}

function nextNumber(connection: Connection, userId: string, table: AnyTable): number {
  const next = lastNumber(connection, userId, table.name) + 1;
  keepNumber(connection, userId, table.name, next);
  return next;
}

function checkRevision(table: AnyTable, row: StoredRow, expected: number | undefined): number {
  const column = planOf(table).layout.revision;
  const actual = column === undefined ? 0 : Number(row[column.at]);
  if (expected === undefined) return actual;
  if (column === undefined)
    throw new StorageError("bad-request", `${table.name} has no integer column revision, so ifRevision cannot be checked.`, {
      facts: { table: table.name },
    });
  if (expected === actual) return actual;
  throw new StorageError(
    "revision-conflict",
    `The row of ${table.name} has revision ${actual}, not ${expected}: read it again and decide anew.`,
    {
      facts: { table: table.name, expected, actual },
    },
  );
}
