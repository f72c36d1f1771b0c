// Single rows of a user: insert, update, delete.
import { StorageError } from "../errors.ts";
import type { UpdateOptions } from "../repository.ts";
import { changesContent, checkRevision } from "../table/changes.ts";
import type { EncodedChanges } from "../table/changes.ts";
import { encodeRow, refused } from "../table/encode-row.ts";
import type { Layout } from "../table/layout.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { AnyTable, InputOf, RowOf } from "../table/types.ts";
import { compileRemove } from "./compile.ts";
import type { Statements } from "./connection.ts";
import { arrayParams, brokenCondition } from "./import-rows.ts";
import { bindWire, planOf } from "./plan.ts";
import { takeNumber } from "./sequence.ts";
import { decodeWire, storedOf, wireArray, wireOf } from "./wire.ts";
import type { Wire, WireRow } from "./wire.ts";

/** Inserts one row and returns it as stored. */
export async function insertRow<T extends AnyTable>(connection: Statements, table: T, userId: string, row: InputOf<T>): Promise<RowOf<T>> {
  const plan = planOf(table);
  const { columns, sequence } = plan.layout;
  const stored: Stored[] = columns.map(({ property }) => (property === "userId" ? userId : null));
  const issues = encodeRow(plan.layout, userId, row, stored);
  if (issues !== undefined) throw refused(table, issues);
  const number = sequence === undefined ? 1 : await takeNumber(connection, userId, table.name);
  const insert = plan.insert();
  const { rows } = await connection
    .query(`${insert.sql} ${returning(plan.layout)}`, arrayParams(insert, plan, userId, number, [stored]))
    .catch((error: unknown): never => {
      const broken = brokenCondition(error);
      throw broken === undefined ? error : refused(table, [broken]);
    });
  if (rows[0] !== undefined) return decodeWire(table, rows[0]);
  throw new StorageError("already-exists", `A row of ${table.name} with this key exists already: use update to change it.`, {
    facts: { table: table.name },
  });
}

/** Has a statement answer with the rows as they are stored now, in the order of the columns. */
function returning({ columns }: Layout): string {
  return `returning ${columns.map(({ name }) => `"${name}"`).join(", ")}`;
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
  const { revision } = layout;
  const { ifRevision } = options;
  const counts = revision !== undefined && changesContent(changes);
  const all = new Map(changes);
  // Where the expected revision stands, as it mostly does, the row need not be read before.
  if (counts && Number.isSafeInteger(ifRevision) && ifRevision !== undefined && layout.sequence === undefined) {
    const changed = await writeChanges(connection, table, key, all.set(revision, ifRevision + 1), ifRevision);
    if (changed !== undefined) return decodeWire(table, changed);
  }
  const before = await standing(connection, table, key);
  if (before === undefined) return null;
  const stands = revision === undefined ? 0 : Number(storedOf(revision, before[revision.at] ?? null));
  const counted = checkRevision(table, stands, ifRevision);
  if (counts) all.set(revision, counted + 1);
  if (layout.sequence !== undefined) all.set(layout.sequence, await takeNumber(connection, userId, table.name));
  return decodeWire(table, (await writeChanges(connection, table, key, all)) ?? before);
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

/** The row as it stands after the changes, or nothing when there is none, or none of the revision that is asked for. */
async function writeChanges(
  connection: Statements,
  table: AnyTable,
  key: readonly Wire[],
  changes: EncodedChanges,
  ifRevision?: number,
): Promise<WireRow | undefined> {
  if (changes.size === 0) return undefined;
  const plan = planOf(table);
  const { layout } = plan;
  const compiled = plan.update([...changes.keys()].toSorted((a, b) => a.at - b.at));
  const values = new Map<string, Wire>(layout.key.map(({ property }, at) => [property, key[at] ?? null]));
  for (const [column, value] of changes) values.set(`set ${column.property}`, wireOf(column, value));
  const bound = bindWire(compiled, values);
  const only = ifRevision === undefined ? "" : ` and "revision" = $${bound.length + 1}`;
  const { rows } = await connection.query(`${compiled.sql}${only} ${returning(layout)}`, [
    ...bound,
    ...(ifRevision === undefined ? [] : [String(ifRevision)]),
  ]);
  return rows[0];
}
