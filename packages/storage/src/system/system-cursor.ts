// Cursors over the rows of all users: a place in the primary key, the user first.
import { StorageError } from "../errors.ts";
import { decodeCursor, encodeCursor } from "../table/cursor.ts";
import type { CursorHead } from "../table/cursor.ts";
import { layoutOf } from "../table/layout.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { AnyTable } from "../table/types.ts";

const headOf = ({ name }: AnyTable): CursorHead => ["td:system:1", name];

/** The cursor behind a stored key. */
export function writeSystemCursor(table: AnyTable, key: readonly Stored[]): string {
  return encodeCursor(headOf(table), layoutOf(table).key, (_, at) => key[at] ?? null);
}

/** The stored key of a cursor. Throws `bad-cursor`. */
export function readSystemCursor(table: AnyTable, cursor: string): readonly Stored[] {
  const key = decodeCursor(headOf(table), layoutOf(table).key, cursor);
  if (key !== undefined) return key;
  throw new StorageError("bad-cursor", `This is not a cursor over all rows of ${table.name}: start again from the first page.`, {
    facts: { table: table.name },
  });
}
