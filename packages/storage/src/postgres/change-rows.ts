// Single rows of a user: insert, update, delete.
import { StorageError } from "../errors.ts";
import type { UpdateOptions } from "../repository.ts";
import { changesContent, checkRevision } from "../table/changes.ts";
import type { EncodedChanges } from "../table/changes.ts";
import { encodeKey, refused } from "../table/encode-row.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { AnyTable, InputOf, RowOf } from "../table/types.ts";
import { compileRemove } from "./compile.ts";
import type { Statements } from "./connection.ts";
import { importRows } from "./import-rows.ts";
import { bindWire, planOf } from "./plan.ts";
import { keepNumber, lastNumber } from "./sequence.ts";
import { decodeWire, storedOf, wireArray, wireOf } from "./wire.ts";
import type { Wire, WireRow } from "./wire.ts";

/** Inserts one row and returns it as stored. */
export async function insertRow<T extends AnyTable>(connection: Statements, table: T, userId: string, row: InputOf<T>): Promise<RowOf<T>> {
  const { layout } = planOf(table);
  const { written, rejected } = await importRows(connection, table, userId, [row]);
  const issues = rejected[0]?.issues;
  if (issues !== undefined) throw refused(table, issues);
  if (written === 0)
    throw new StorageError("already-exists", `A row of ${table.name} with this key exists already: use update to change it.`, {
      facts: { table: table.name },
    });
  const key = keyWire(table, encodeKey(table, layout, userId, row));
  return decodeWire(table, (await standing(connection, table, key)) ?? []);
}

/** A key as it travels. */
export function keyWire(table: AnyTable, key: readonly Stored[]): readonly Wire[] {
  return planOf(table).layout.key.map((column, at) => wireOf(column, key[at] ?? null));
}

/** The row of a key. */
export async function standing(connection: Statements, table: AnyTable, key: readonly Wire[]): Promise<WireRow | undefined> {
  const { rows } = await connection.query(planOf(table).get().sql, key);
  return rows[0];
}

/** Updates one row and returns it as stored, or null when there is none. */
export async function updateRow<T extends AnyTable>(
  connection: Statements,
  table: T,
  userId: string,
  key: readonly Wire[],
  changes: EncodedChanges,
  options: UpdateOptions,
): Promise<RowOf<T> | null> {
  const { layout } = planOf(table);
  const before = await standing(connection, table, key);
  if (before === undefined) return null;
  const counted = layout.revision === undefined ? 0 : Number(storedOf(layout.revision, before[layout.revision.at] ?? null));
  const revision = checkRevision(table, counted, options.ifRevision);
  const all = new Map(changes);
  if (layout.revision !== undefined && changesContent(changes)) all.set(layout.revision, revision + 1);
  if (layout.sequence !== undefined) all.set(layout.sequence, await nextNumber(connection, userId, table));
  await writeChanges(connection, table, key, all);
  return decodeWire(table, (await standing(connection, table, key)) ?? before);
}

/** Deletes one row; whether there was one. */
export async function deleteRow(connection: Statements, table: AnyTable, key: readonly Wire[]): Promise<boolean> {
  const { count } = await connection.query(planOf(table).delete().sql, key);
  return count === 1;
}

/** Deletes the rows of keys, in one statement; the places of those that were there. */
export async function deleteRows(
  connection: Statements,
  table: AnyTable,
  userId: string,
  keys: readonly (readonly Stored[])[],
): Promise<ReadonlySet<number>> {
  const { key } = planOf(table).layout;
  const arrays = key.flatMap((column, part) =>
    column.property === "userId"
      ? []
      : [
          wireArray(
            column,
            keys.map((values) => values[part] ?? null),
          ),
        ],
  );
  const { rows } = await connection.query(compileRemove(table).sql, [userId, ...arrays]);
  return new Set(rows.map(([at]) => Number(at) - 1));
}

async function writeChanges(connection: Statements, table: AnyTable, key: readonly Wire[], changes: EncodedChanges): Promise<void> {
  if (changes.size === 0) return;
  const plan = planOf(table);
  const compiled = plan.update([...changes.keys()].toSorted((a, b) => a.at - b.at));
  const values = new Map<string, Wire>(plan.layout.key.map(({ property }, at) => [property, key[at] ?? null]));
  for (const [column, value] of changes) values.set(`set ${column.property}`, wireOf(column, value));
  await connection.query(compiled.sql, bindWire(compiled, values));
}

async function nextNumber(connection: Statements, userId: string, table: AnyTable): Promise<number> {
  const next = (await lastNumber(connection, userId, table.name)) + 1;
  await keepNumber(connection, userId, table.name, next);
  return next;
}
