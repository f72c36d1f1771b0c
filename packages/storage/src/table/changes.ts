// Changes to one row: checked and encoded, and what td adds to them.
import { StorageError } from "../errors.ts";
import { refused } from "./encode-row.ts";
import type { GivenRow } from "./encode-row.ts";
import { layoutOf } from "./layout.ts";
import type { LayoutColumn } from "./layout.ts";
import { isRefusal } from "./sqlite-codec.ts";
import type { Stored } from "./sqlite-codec.ts";
import type { AnyTable } from "./types.ts";

/** Changes to the columns of a row, encoded. */
export type EncodedChanges = ReadonlyMap<LayoutColumn, Stored>;

/** Encodes changes. Throws `value-rejected`, `bad-request`. */
export function encodeChanges(table: AnyTable, changes: GivenRow): EncodedChanges {
  const layout = layoutOf(table);
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

/** Whether a change is one of what the row is, not only of what td or the source assigned (a credential's `lastReadAt`). */
export function changesContent(changes: EncodedChanges): boolean {
  return changes.size === 0 || [...changes.keys()].some(({ definition }) => !definition.assigned);
}

/** The revision of a row, which must be the expected one. Throws `revision-conflict`, and `bad-request` when the table has no revision. */
export function checkRevision(table: AnyTable, actual: number, expected: number | undefined): number {
  if (expected === undefined) return actual;
  if (layoutOf(table).revision === undefined)
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
