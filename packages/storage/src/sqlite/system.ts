// The rows of all users on SQLite, for storage.system.
import { decodeRow } from "../table/encode-row.ts";
import { layoutOf } from "../table/layout.ts";
import type { AnyTable } from "../table/types.ts";
import type { SystemEngine, SystemValue } from "../system/system-engine.ts";
import { maintainSqlite } from "./care.ts";
import { digestEveryUser, scanChunk } from "./digest-rows.ts";
import { loadRows } from "./load-rows.ts";
import type { SqliteDatabase } from "./open.ts";

/** The engine of storage.system over an open database. All its transactions run one at a time, so users need no lock of their own. */
export function sqliteSystem(database: SqliteDatabase, tables: readonly AnyTable[]): SystemEngine {
  return {
    engine: "sqlite",
    tables,
    get inTransaction() {
      return database.writer.frameOf(undefined) !== undefined;
    },
    page: async (table, from, limit) => {
      const rows = await scanChunk(database, table, from, limit);
      return rows.map((stored) => ({ row: decodeRow<typeof table>(layoutOf(table), stored), stored }));
    },
    digest: (table) => digestEveryUser(database, table),
    all: (sql, params) => {
      const bound = positional(sql, params);
      return database.read((connection) => connection.all(bound.sql, bound.params));
    },
    load: (table, rows) => loadRows(database, table, rows),
    transaction: (_, work) =>
      database.writer.transaction(undefined, (frame) =>
        work({
          all: (sql, params) => {
            const bound = positional(sql, params);
            return database.writer.write(frame, (connection) =>
              connection.workFor(undefined, () => connection.all(bound.sql, bound.params)),
            );
          },
          run: (sql, params) => {
            const bound = positional(sql, params);
            return database.writer.write(frame, (connection) =>
              connection.workFor(undefined, () => connection.run(bound.sql, bound.params)),
            );
          },
        }),
      ),
    maintain: (options) => maintainSqlite(database, tables, options),
    close: async () => undefined,
  };
}

/** The driver binds by position: `?2 .. ?1` becomes `? .. ?` with the parameters in that order. */
function positional(sql: string, params: readonly SystemValue[] = []): { readonly sql: string; readonly params: readonly SystemValue[] } {
  const order: SystemValue[] = [];
  const text = sql.replaceAll(/\?(\d+)/g, (_, place: string) => {
    order.push(params[Number(place) - 1] ?? null);
    return "?";
  });
  return { sql: text, params: order };
}
