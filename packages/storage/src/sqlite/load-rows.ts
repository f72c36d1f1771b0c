// Writes rows of any user as they are stored: for copies of whole datasets.
import { SYSTEM_MARK } from "../care/explain.ts";
import { layoutOf } from "../table/layout.ts";
import type { StoredRow } from "../table/sqlite-codec.ts";
import type { AnyTable } from "../table/types.ts";
import type { SqliteDatabase } from "./open.ts";
import { forgetTotals, noteClose, writtenCloses } from "./forget-totals.ts";
import { withoutInsertGuard } from "./scoped-views.ts";

/** Writes new rows, all or none, in one transaction. */
export function loadRows(database: SqliteDatabase, table: AnyTable, rows: readonly StoredRow[]): Promise<void> {
  const { columns } = layoutOf(table);
  const names = columns.map(({ name }) => `"${name}"`).join(", ");
  const sql = `${SYSTEM_MARK}insert into "${table.name}" (${names}) values (${columns.map(() => "?").join(", ")})`;
  return database.writer.write(undefined, (connection) =>
    connection.workFor(undefined, () =>
      withoutInsertGuard(connection, table.name, () => {
        const insert = connection.prepare(sql);
        const all = (): void => {
          for (const row of rows) insert.run(row);
        };
        connection.measure(sql, all, () => rows.length);
        const closes = writtenCloses(table);
        if (closes === undefined) return;
        for (const row of rows) noteClose(closes, row);
        forgetTotals(connection, closes);
      }),
    ),
  );
}
