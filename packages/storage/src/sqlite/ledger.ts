// The ledger's way into SQLite.
import { readInstant, writeInstant } from "@td/fifo/values";
import type { LedgerAccess, LedgerReader, LedgerWriter } from "../ledger/ledger-access.ts";
import { numbered } from "../ledger/numbered.ts";
import type { NumberedSql } from "../ledger/numbered.ts";
import type { Cell, Cells, CellType, LedgerQuery } from "../ledger/query.ts";
import { moneyCodec, sizeCodec, totalCodec } from "../ledger/stored.ts";
import { sqliteViews } from "../ledger/view-dialect.ts";
import { layoutOf } from "../table/layout.ts";
import { isRefusal } from "../table/sqlite-codec.ts";
import type { Refusal } from "../table/refusal.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { AnyTable } from "../table/types.ts";
import type { SqliteSession } from "./session.ts";

/** The ledger's access over a session. */
export function sqliteLedgerAccess(session: SqliteSession): LedgerAccess {
  return {
    userId: session.userId,
    place: session.place,
    get inTransaction() {
      return session.inTransaction;
    },
    all: readerOf(session).all,
    write: (work) => session.transaction((inner) => work(writerOf(inner as SqliteSession))),
  };
}

function readerOf(session: SqliteSession): LedgerReader {
  return {
    all: (query, params) => {
      const [sql, values] = bound(query, params);
      return session.read((connection) => connection.all(sql, values).map((row) => cellsOf(query.columns, row)));
    },
  };
}

function writerOf(session: SqliteSession): LedgerWriter {
  return {
    ...readerOf(session),
    run: (query, params) => {
      const [sql, values] = bound(query, params);
      return session.write((connection) => connection.run(sql, values));
    },
    insert: (table, rows) => {
      const sql = insertSql(table);
      return session.write((connection) => {
        for (const row of rows) connection.run(sql, row);
      });
    },
  };
}

const compiled = new WeakMap<LedgerQuery, NumberedSql>();

function bound(query: LedgerQuery, params: readonly Cell[]): [sql: string, params: readonly Stored[]] {
  let sql = compiled.get(query);
  if (sql === undefined) compiled.set(query, (sql = numbered(query.sql(sqliteViews))));
  return sql(...params.map((cell, at) => storedOf(query.params[at], cell)));
}

function storedOf(type: CellType | undefined, cell: Cell): Stored {
  if (cell === null) return null;
  if (type === "instant") return Number(readInstant(String(cell)));
  if (type === "size") return fitting(sizeCodec.encode(cell));
  if (type === "total") return fitting(totalCodec.encode(cell));
  return type === "money" ? fitting(moneyCodec.encode(cell)) : cell;
}

function fitting(stored: string | Refusal): string {
  if (!isRefusal(stored)) return stored;
  throw new TypeError("a parameter of the ledger does not fit its column");
}

function cellsOf(types: readonly CellType[], row: readonly Stored[]): Cells {
  const cells: Cell[] = [];
  for (let at = 0; at < types.length; at++) cells.push(cellOf(types[at], row[at] ?? null));
  return cells;
}

function cellOf(type: CellType | undefined, stored: Stored): Cell {
  if (stored === null) return null;
  switch (type) {
    case "size":
      return sizeCodec.decodeText(String(stored));
    case "money":
      return moneyCodec.decodeText(String(stored));
    case "total":
      return totalCodec.decodeText(String(stored));
    case "instant":
      return writeInstant(Number(stored));
    case "text":
    case "int":
    case "json":
    case undefined:
      return stored;
  }
}

const inserts = new WeakMap<AnyTable, string>();

function insertSql(table: AnyTable): string {
  let sql = inserts.get(table);
  if (sql !== undefined) return sql;
  const names = layoutOf(table).columns.map(({ name }) => `"${name}"`);
  sql = `insert into "${table.name}" (${names.join(", ")}) values (${names.map(() => "?").join(", ")})`;
  inserts.set(table, sql);
  return sql;
}
