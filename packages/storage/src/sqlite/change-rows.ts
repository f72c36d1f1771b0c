// Single rows of a user: insert, update, delete.
import { StorageError } from "../errors.ts";
import type { UpdateOptions } from "../repository.ts";
import { changesContent, checkRevision } from "../table/changes.ts";
import type { EncodedChanges } from "../table/changes.ts";
import { bind } from "../table/plan.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { AnyTable, InputOf, RowOf } from "../table/types.ts";
import type { Connection, StoredRow } from "./connection.ts";
import { decodeRow, refused } from "../table/encode-row.ts";
import type { GivenRow } from "../table/encode-row.ts";
import { importRows } from "./import-rows.ts";
import { planOf } from "./plan.ts";
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
  const revision = checkRevision(table, Number(before[layout.revision?.at ?? -1] ?? 0), options.ifRevision);
  const all = new Map(changes);
  if (layout.revision !== undefined && changesContent(changes)) all.set(layout.revision, revision + 1);
  if (layout.sequence !== undefined) all.set(layout.sequence, nextNumber(connection, userId, table));
  writeChanges(connection, table, key, all);
  return decodeRow<T>(layout, standing(connection, table, key) ?? before);
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
