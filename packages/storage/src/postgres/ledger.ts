// The ledger's way into PostgreSQL. Rows are inserted as arrays; every statement carries the types of its parameters.
import type { LedgerAccess, LedgerReader, LedgerWriter } from "../ledger/ledger-access.ts";
import type { Cell, Cells, CellType, LedgerQuery } from "../ledger/query.ts";
import { postgresViews } from "../ledger/view-dialect.ts";
import { layoutOf } from "../table/layout.ts";
import type { Stored } from "../table/sqlite-codec.ts";
import type { AnyTable } from "../table/types.ts";
import type { Statements, WireResult } from "./connection.ts";
import type { PostgresSession } from "./session.ts";
import { instantText, sortedJson, wireArray, wireType } from "./wire.ts";
import type { Wire, WireRow } from "./wire.ts";

/** The ledger's access over a session. */
export function postgresLedgerAccess(session: PostgresSession): LedgerAccess {
  return {
    userId: session.userId,
    place: session.place,
    get inTransaction() {
      return session.inTransaction;
    },
    all: readerOf(session).all,
    write: (work) => session.transaction((inner) => work(writerOf(inner as PostgresSession))),
  };
}

function readerOf(session: PostgresSession): LedgerReader {
  return {
    all: async (query, params) => {
      const { rows } = await session.read((connection) => ask(connection, query, params));
      return rows.map((row) => cellsOf(query.columns, row));
    },
  };
}

function writerOf(session: PostgresSession): LedgerWriter {
  return {
    ...readerOf(session),
    run: async (query, params) => {
      const { count } = await session.write((connection) => ask(connection, query, params));
      return count;
    },
    insert: async (table, rows) => {
      const columns = layoutOf(table).columns.filter(({ property }) => property !== "userId");
      const arrays = columns.map((column) => wireArray(column, valuesOf(rows, column.at)));
      await session.write((connection) => connection.query(insertSql(table), [session.userId, ...arrays]));
    },
  };
}

function valuesOf(rows: readonly (readonly Stored[])[], at: number): readonly Stored[] {
  return rows.map((row) => row[at] ?? null);
}

const TYPES: Readonly<Record<CellType, string>> = {
  text: "text",
  int: "bigint",
  size: "numeric",
  money: "numeric",
  total: "numeric",
  instant: "timestamptz",
  json: "jsonb",
};

interface Compiled {
  readonly sql: string;
  /** Which parameter each `$N` is. One that stands nowhere is left out: the server could not know its type. */
  readonly places: readonly number[];
}

const compiled = new WeakMap<LedgerQuery, Compiled>();

function compile(query: LedgerQuery): Compiled {
  const places: number[] = [];
  const sql = query.sql(postgresViews).replaceAll(/\?(\d+)/g, (_, text: string) => {
    const place = Number(text) - 1;
    const type = query.params[place];
    if (type === undefined) throw new TypeError(`a statement of the ledger has no parameter ${text}`);
    if (!places.includes(place)) places.push(place);
    return `$${places.indexOf(place) + 1}::${TYPES[type]}`;
  });
  return { sql, places };
}

function ask(connection: Statements, query: LedgerQuery, params: readonly Cell[]): Promise<WireResult> {
  let found = compiled.get(query);
  if (found === undefined) compiled.set(query, (found = compile(query)));
  return connection.query(
    found.sql,
    found.places.map((place) => wireOf(params[place] ?? null)),
  );
}

function wireOf(cell: Cell): Wire {
  return cell === null ? null : String(cell);
}

function cellsOf(types: readonly CellType[], row: WireRow): Cells {
  const cells: Cell[] = [];
  for (let at = 0; at < types.length; at++) cells.push(cellOf(types[at], row[at] ?? null));
  return cells;
}

function cellOf(type: CellType | undefined, text: Wire): Cell {
  if (text === null) return null;
  switch (type) {
    case "int":
      return Number(text);
    case "size":
    case "money":
    case "total":
      return canonicalDecimal(text);
    case "instant":
      return instantText(text);
    case "json":
      return sortedJson(text);
    case "text":
    case undefined:
      return text;
  }
}

// The server writes every digit of the scale.
function canonicalDecimal(text: string): string {
  return text.includes(".") ? text.replace(/\.?0+$/, "") : text;
}

const inserts = new WeakMap<AnyTable, string>();

function insertSql(table: AnyTable): string {
  let sql = inserts.get(table);
  if (sql !== undefined) return sql;
  const columns = layoutOf(table).columns.filter(({ property }) => property !== "userId");
  const names = columns.map(({ name }) => `"${name}"`);
  const arrays = columns.map((column, at) => `$${at + 2}::${wireType(column)}[]`);
  const values = names.map((name) => `u.${name}`);
  sql = `insert into "${table.name}" ("user_id", ${names.join(", ")}) select $1::text, ${values.join(", ")} from unnest(${arrays.join(", ")}) as u(${names.join(", ")})`;
  inserts.set(table, sql);
  return sql;
}
