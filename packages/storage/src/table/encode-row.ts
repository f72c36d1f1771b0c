// Between rows as callers see them and rows as SQLite stores them.
import type { RowIssue } from "../repository.ts";
import { explainIssue } from "./refusal.ts";
import { isRefusal } from "./sqlite-codec.ts";
import type { Stored, StoredRow } from "./sqlite-codec.ts";
import type { Layout } from "./layout.ts";
import type { AnyTable, RowOf } from "./types.ts";
import { StorageError } from "../errors.ts";

/** A row as a caller gives it. */
export type GivenRow = Readonly<Record<string, unknown>>;

/**
 * Writes the stored form of a row into `params`, at the positions of the columns; what is wrong with it, or `undefined`.
 * The user and the sequence number are left as they stand in `params`.
 */
export function encodeRow(layout: Layout, userId: string, row: GivenRow, params: Stored[]): readonly RowIssue[] | undefined {
  let issues: RowIssue[] | undefined;
  let found = 0;
  for (const { property, at, codec } of layout.given) {
    const value = row[property];
    if (value !== undefined) found++;
    const stored = value === undefined ? codec.absent : codec.encode(value);
    if (isRefusal(stored)) (issues ??= []).push({ column: property, issue: stored.issue });
    else params[at] = stored;
  }
  let properties = 0;
  for (const _ in row) properties++;
  return properties === found ? issues : withStrangers(layout, userId, row, issues);
}

/** A row with properties beside its columns: its own user and sequence number are fine (it was read from the table), others are not. */
function withStrangers(layout: Layout, userId: string, row: GivenRow, issues: readonly RowIssue[] = []): readonly RowIssue[] | undefined {
  const all = [...issues];
  for (const property in row) {
    if (!layout.byProperty.has(property)) all.push({ column: property, issue: "unknown-column" });
    else if (property === "userId" && row[property] !== userId) all.push({ column: property, issue: "another-user" });
  }
  return all.length === 0 ? undefined : all;
}

/** The row of a stored row. */
export function decodeRow<T extends AnyTable>(layout: Layout, stored: StoredRow): RowOf<T> {
  const row = { ...layout.blank };
  for (const { property, at, codec } of layout.columns) {
    const value = stored[at] ?? null;
    if (value !== null) row[property] = codec.decode(value);
  }
  // The layout and the type are both made from the table's columns.
  return row as RowOf<T>;
}

/** The stored values of a key, in its order, the user first. Throws `value-rejected`. */
export function encodeKey(table: AnyTable, layout: Layout, userId: string, key: GivenRow): readonly Stored[] {
  return layout.key.map(({ property, codec }) => {
    if (property === "userId") return userId;
    const stored = codec.encode(key[property]);
    if (!isRefusal(stored)) return stored;
    throw refused(table, [{ column: property, issue: stored.issue }]);
  });
}

/** The error for a row that was refused. */
export function refused(table: AnyTable, issues: readonly RowIssue[]): StorageError {
  const broken = issues.find(({ issue }) => issue === "constraint-failed");
  if (broken !== undefined) {
    return new StorageError(
      "constraint-failed",
      `${table.name} refused a row: it breaks ${broken.constraint ?? "a condition of the table"}.`,
      {
        facts: { table: table.name, issues, constraint: broken.constraint },
      },
    );
  }
  const text = issues
    .map(({ column, issue }) => `${String(column)}: ${issue === "constraint-failed" ? issue : explainIssue(issue)}`)
    .join("; ");
  return new StorageError("value-rejected", `${table.name} refused a row: ${text}.`, { facts: { table: table.name, issues } });
}
