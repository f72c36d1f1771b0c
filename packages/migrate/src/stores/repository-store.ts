// The rows of a td table as a store, on SQLite and PostgreSQL.
import type { AnyTable, InputOf, RowOf, Scope, WhereOf } from "@td/storage";
import type { DigestRequest } from "../compare/digest-request.ts";
import { digestRows, keepTable } from "../compare/table-behind.ts";
import { MigrateError } from "../errors.ts";
import type { RecordStore, ScanRange, StoredRecord } from "./record-store.ts";

/** How values become rows and rows become values. */
export interface RepositoryStoreOptions<T extends object, Table extends AnyTable> {
  /** Makes the row of a value; without the key, which the store fills in: a row with another key is refused. Pure. Default: the value itself. */
  readonly toRow?: (value: T, key: string) => Omit<InputOf<Table>, Table["primaryKey"][number]>;
  /**
   * Makes the value of a row. Pure. Default: the row itself. Two stores with the same function, or none, over tables of one form are compared where they lie.
   */
  readonly fromRow?: (row: RowOf<Table>) => T;
  /** Which rows belong to the store, when a table holds others too. Default: all of the user's. */
  readonly where?: WhereOf<Table>;
}

/** A store over a td table, which says whose rows it holds. */
export interface RepositoryStore<T> extends RecordStore<T> {
  /** The scope it works in: `dualWrite` with the same scope as its `control` writes in one transaction with it. */
  readonly scope: Scope;
}

/**
 * The rows of a table whose key, beside the user, is one text column. A put writes a new row or replaces the one that stands, a delete removes rows;
 * each is one transaction: all or none. Columns that `toRow` leaves out become null or their default. Scans in constant memory.
 *
 * Throws `invalid-option` for another table, `record-refused` for a row that the table does not take, and what the database throws.
 */
export function repositoryStore<Table extends AnyTable, T extends object = RowOf<Table>>(
  scope: Scope,
  table: Table,
  options: RepositoryStoreOptions<T, Table> = {},
): RepositoryStore<T> {
  const column = keyColumn(table);
  const rows = (within: Scope) => within.table<AnyTable>(table);
  const keyOf = (key: string): AnyRow => ({ [column]: key });
  const fromRow = (row: unknown): T => (options.fromRow === undefined ? (row as T) : options.fromRow(row as RowOf<Table>));
  const toRow = ({ key, value }: StoredRecord<T>): AnyRow => {
    const given = (options.toRow?.(value, key) ?? value) as AnyRow;
    if (given[column] !== undefined && given[column] !== key) throw otherKey(table, column, key);
    const { userId: _userId, ...row } = { ...emptyColumns(table), ...given, [column]: key };
    return row;
  };
  const store: RepositoryStore<T> = {
    name: table.name,
    scope,
    get: async (key) => {
      const row = await rows(scope).get(keyOf(key));
      return row === null ? undefined : fromRow(row);
    },
    put: async (records) => {
      if (records.length === 0) return;
      const wanted = [...new Map(records.map((record) => [record.key, record])).values()].map(toRow);
      await scope.transaction(async (tx) => replaceRows(rows(tx), table, column, wanted));
    },
    delete: async (keys) => {
      if (keys.length === 0) return;
      await rows(scope).deleteMany(keys.map(keyOf));
    },
    async *scan(range: ScanRange = {}) {
      const bounds = {
        ...(range.after === undefined ? {} : { gt: range.after }),
        ...(range.through === undefined ? {} : { lte: range.through }),
      };
      const where = {
        ...(options.where as object),
        ...(Object.keys(bounds).length === 0 ? {} : { [column]: bounds }),
      } as WhereOf<AnyTable>;
      for await (const page of rows(scope).stream({ where }))
        yield page.map((row) => ({ key: String((row as AnyRow)[column]), value: fromRow(row) }));
    },
  };
  // Every row of the user is a record, so the rows can be digested where they lie.
  if (options.where !== undefined) return store;
  const digested =
    options.fromRow === undefined ? { ...store, digest: (request: DigestRequest) => digestRows({ scope, table }, request) } : store;
  keepTable(digested, { scope, table, fromRow: options.fromRow });
  return digested;
}

type Rows = ReturnType<Scope["table"]>;
type AnyRow = Readonly<Record<string, unknown>>;

async function replaceRows(rows: Rows, table: AnyTable, column: string, wanted: readonly AnyRow[]): Promise<void> {
  const { conflicts, rejected } = await rows.importMany(wanted);
  const [refused] = rejected;
  if (refused !== undefined) throw refusedRow(table, column, refused);
  for (const { row } of conflicts) {
    const { [column]: key, ...given } = row as AnyRow;
    const changes: AnyRow = Object.fromEntries(Object.entries(given).filter(([name]) => !OWN.includes(name)));
    await rows.update({ [column]: key }, changes);
  }
}

/** What td counts itself. */
const OWN = ["userId", "revision"];

/** What a replaced row gets in the columns that the new one does not have. */
function emptyColumns(table: AnyTable): AnyRow {
  const made: Record<string, unknown> = {};
  for (const [name, { definition }] of Object.entries(table.columns)) {
    if (definition.sequence || definition.assigned || OWN.includes(name)) continue;
    if (definition.fallback !== undefined) made[name] = definition.fallback;
    else if (definition.nullable) made[name] = null;
  }
  return made;
}

function keyColumn(table: AnyTable): string {
  const [user, column, ...more] = table.primaryKey;
  const kind = column === undefined ? undefined : table.columns[column]?.definition.kind;
  if (user === "userId" && column !== undefined && more.length === 0 && kind === "text") return column;
  throw new MigrateError(
    "invalid-option",
    `repositoryStore: the key of ${table.name} is ${table.primaryKey.join(", ")}; it must be the user and one text column.`,
    { facts: { table: table.name } },
  );
}

function otherKey(table: AnyTable, column: string, key: string): MigrateError {
  return new MigrateError(
    "record-refused",
    `${table.name} does not take the record "${key}": its ${column} is another. Nothing was changed.`,
    { facts: { store: table.name, key } },
  );
}

function refusedRow(
  table: AnyTable,
  column: string,
  { row, issues }: { readonly row: object; readonly issues: readonly { readonly column: string | null; readonly issue: string }[] },
): MigrateError {
  const key = String((row as AnyRow)[column]);
  const what = issues.map((issue) => `${issue.column ?? "row"} ${issue.issue}`);
  return new MigrateError("record-refused", `${table.name} does not take the record "${key}": ${what.join(", ")}. Nothing was changed.`, {
    facts: { store: table.name, key, issues: what },
  });
}
