// Writes single rows from inside the ledger's own transactions.
import { encodeRow, refused } from "../table/encode-row.ts";
import { layoutOf } from "../table/layout.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { AnyTable, InputOf } from "../table/types.ts";
import type { LedgerWriter } from "./ledger-access.ts";

/** Inserts a row of a user; a row that stands under its key is an error. Throws `value-rejected`, `already-exists`. */
export async function insertRow<T extends AnyTable>(db: LedgerWriter, table: T, userId: string, row: InputOf<T>): Promise<void> {
  await db.insert(table, [storedRow(table, userId, row)]);
}

function storedRow(table: AnyTable, userId: string, row: object): readonly Stored[] {
  const params: Stored[] = [userId];
  const issues = encodeRow(layoutOf(table), userId, row as Readonly<Record<string, unknown>>, params);
  if (issues === undefined) return params;
  throw refused(table, issues);
}
