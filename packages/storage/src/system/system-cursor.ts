// Cursors over the rows of all users: a place in the primary key, the user first.
import { StorageError } from "../errors.ts";
import { layoutOf } from "../table/layout.ts";
import { isRefusal } from "../table/sqlite-codec.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { AnyTable } from "../table/types.ts";

const MARK = "td:system:1";

/** The cursor behind a stored key. */
export function writeSystemCursor(table: AnyTable, key: readonly Stored[]): string {
  const values = layoutOf(table).key.map((column, at) => column.codec.canonical(key[at] ?? null));
  return Buffer.from(`[${[JSON.stringify(MARK), JSON.stringify(table.name), ...values].join(",")}]`).toString("base64url");
}

/** The stored key of a cursor. Throws `bad-cursor`. */
export function readSystemCursor(table: AnyTable, cursor: string): readonly Stored[] {
  const { key } = layoutOf(table);
  const [mark, name, ...values] = parse(cursor);
  if (mark !== MARK || name !== table.name || values.length !== key.length) throw badCursor(table);
  return key.map((column, at) => {
    const stored = column.codec.encode(values[at]);
    if (isRefusal(stored)) throw badCursor(table);
    return stored;
  });
}

function parse(cursor: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    return Array.isArray(parsed) ? (parsed as readonly unknown[]) : [];
  } catch {
    return [];
  }
}

function badCursor(table: AnyTable): StorageError {
  return new StorageError("bad-cursor", `This is not a cursor over all rows of ${table.name}: start again from the first page.`, {
    facts: { table: table.name },
  });
}
