// Which of two rows under one key is to stand.
import { StorageError } from "../errors.ts";
import type { ImportResult, NewerImportResult } from "../repository.ts";
import { layoutOf } from "./layout.ts";
import type { Layout, LayoutColumn } from "./layout.ts";
import type { Stored, StoredRow } from "./sqlite-codec.ts";
import type { AnyTable } from "./types.ts";

/** What a given row is to the row that stands under its key. `conflict`: it differs, and neither is newer, or no column says which is. */
export type Standing = "identical" | "newer" | "older" | "conflict";

/** The column that decides for an import, or `undefined` when standing rows are kept. Throws `bad-request`. */
export function newerColumn(table: AnyTable, onConflict: unknown): LayoutColumn | undefined {
  if (onConflict === undefined || onConflict === "keep") return undefined;
  const column = onConflict === "update-if-newer" ? layoutOf(table).byProperty.get(table.newerBy ?? "") : undefined;
  if (column !== undefined) return column;
  throw new StorageError(
    "bad-request",
    onConflict === "update-if-newer"
      ? `${table.name} does not say which of two rows is newer: declare it with newerBy, or import with onConflict "keep".`
      : `importMany knows onConflict "keep" and "update-if-newer" only: standing rows are not replaced otherwise.`,
    { facts: { table: table.name } },
  );
}

/** Compares a row that stands with a given one, both in stored form. `newer` is the column that decides, if any. */
export function standingOf(layout: Layout, existing: StoredRow, given: StoredRow, newer: LayoutColumn | undefined): Standing {
  if (compared(layout, newer).every(({ at }) => (existing[at] ?? null) === (given[at] ?? null))) return "identical";
  if (newer === undefined) return "conflict";
  const [was, is] = [existing[newer.at] ?? null, given[newer.at] ?? null];
  return was === is ? "conflict" : isLater(is, was) ? "newer" : "older";
}

// How often a row was updated here says nothing about a row from elsewhere.
function compared(layout: Layout, newer: LayoutColumn | undefined): readonly LayoutColumn[] {
  if (newer === undefined || newer === layout.revision) return layout.content;
  return layout.content.filter((column) => column !== layout.revision);
}

function isLater(a: Stored, b: Stored): boolean {
  return a !== null && (b === null || a > b);
}

/** The columns that a newer row brings: all but its key and what td counts itself. */
export function replacedColumns(layout: Layout, newer: LayoutColumn): readonly LayoutColumn[] {
  return layout.given.filter((column) => !layout.key.includes(column) && (column !== layout.revision || column === newer));
}

/** The revision column when an update is to count it up. */
export function countedRevision(layout: Layout, newer: LayoutColumn): LayoutColumn | undefined {
  return layout.revision === newer ? undefined : layout.revision;
}

/** What `importMany` gives: the counts of updates only when they were asked for. */
export function importResult<T extends AnyTable>(result: NewerImportResult<T>, newer: LayoutColumn | undefined): ImportResult<T> {
  if (newer !== undefined) return result;
  const { written, identical, conflicts, rejected } = result;
  return { written, identical, conflicts, rejected };
}
