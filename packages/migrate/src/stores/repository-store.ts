// The rows of a td table as a store, on SQLite and PostgreSQL.
import type { AnyTable, InputOf, RowOf, Scope, WhereOf } from "@td/storage";
import type { DigestRequest } from "../compare/digest-request.ts";
import { compareKeys } from "../core/compare-keys.ts";
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
  /**
   * Which rows belong to the store, when a table holds others too. Default: all of the user's. A row that does not belong is as if it were not there:
   * it is not read and not deleted, and a put over it, or of a row that would not belong, is refused with `record-refused`.
   */
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
 * Throws `invalid-option` for another table, `record-refused` for a row that the table or `where` does not take, and what the database throws.
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
    if (given[column] !== undefined && given[column] !== key) throw refusedKey(table, key, `its ${column} is another`);
    const { userId: _userId, ...row } = { ...emptyColumns(table), ...given, [column]: key };
    return row;
  };
  const wantedOf = (records: readonly StoredRecord<T>[]): readonly AnyRow[] =>
    [...new Map(records.map((record) => [record.key, record])).values()].map(toRow);
  const store: RepositoryStore<T> = {
    name: table.name,
    scope,
    get: async (key) => {
      if (options.where === undefined) {
        const row = await rows(scope).get(keyOf(key));
        return row === null ? undefined : fromRow(row);
      }
      const [row] = (await rows(scope).page({ where: among(options.where, column, [key]), limit: 1 })).rows;
      return row === undefined ? undefined : fromRow(row);
    },
    put: async (records) => {
      if (records.length === 0) return;
      const wanted = wantedOf(records);
      await scope.transaction(async (tx) => replaceRows(rows(tx), table, column, wanted, options.where));
    },
    delete: async (keys) => {
      if (keys.length === 0) return;
      if (options.where === undefined) await rows(scope).deleteMany(keys.map(keyOf));
      else
        await scope.transaction(async (tx) => {
          const own = await ownKeys(rows(tx), options.where as object, column, keys);
          await rows(tx).deleteMany([...own].map(keyOf));
        });
    },
    async *scan(range: ScanRange = {}) {
      const where = inRange(options.where ?? {}, column, range);
      for await (const page of rows(scope).stream({ where }))
        yield page.map((row) => ({ key: String((row as AnyRow)[column]), value: fromRow(row) }));
    },
  };
  const within: Put<T> = (records) => replaceRows(rows(scope), table, column, wantedOf(records), options.where);
  // Every row of the user is a record, so the rows can be digested where they lie.
  if (options.where !== undefined) return withBarePut(store, within);
  const digested =
    options.fromRow === undefined ? { ...store, digest: (request: DigestRequest) => digestRows({ scope, table }, request) } : store;
  keepTable(digested, { scope, table, fromRow: options.fromRow });
  return withBarePut(digested, within);
}

function withBarePut<T>(store: RepositoryStore<T>, within: Put<T>): RepositoryStore<T> {
  bare.set(store, { put: Reflect.get(store, "put"), within });
  return store;
}

type Put<T> = (records: readonly StoredRecord<T>[]) => Promise<void>;

/** By store, its put without a savepoint of its own, and the put that it stands for. */
const bare = new WeakMap<object, { readonly put: unknown; readonly within: Put<never> }>();

/** The put of a store for a caller whose transaction is open and taken back when it fails: a savepoint would have each page copied before it changes. */
export function barePut<T>(store: RecordStore<T>): Put<T> | undefined {
  const found = bare.get(store);
  // A put that somebody has put in its place is the one to be called.
  return found?.put === Reflect.get(store, "put") ? (found?.within as Put<T> | undefined) : undefined;
}

type Rows = ReturnType<Scope["table"]>;
type AnyRow = Readonly<Record<string, unknown>>;

async function replaceRows(
  rows: Rows,
  table: AnyTable,
  column: string,
  wanted: readonly AnyRow[],
  where: object | undefined,
): Promise<void> {
  const { conflicts, rejected } = await rows.importMany(wanted);
  const [refused] = rejected;
  if (refused !== undefined) throw refusedRow(table, column, refused);
  const replaced = conflicts.map(({ row }) => String((row as AnyRow)[column]));
  await refuseForeign(rows, table, column, replaced, where, "a row that is not the store's stands under its key");
  for (const { row } of conflicts) {
    const { [column]: key, ...given } = row as AnyRow;
    const changes: AnyRow = Object.fromEntries(Object.entries(given).filter(([name]) => !OWN.includes(name)));
    await rows.update({ [column]: key }, changes);
  }
  const put = wanted.map((row) => String(row[column]));
  await refuseForeign(rows, table, column, put, where, "it would not be one of the store's, see its `where`");
}

// Asked of the database, so that `where` means the same as in a scan. A user's transactions run one after the other: what was asked still holds.
async function refuseForeign(
  rows: Rows,
  table: AnyTable,
  column: string,
  keys: readonly string[],
  where: object | undefined,
  why: string,
): Promise<void> {
  if (where === undefined || keys.length === 0) return;
  const own = await ownKeys(rows, where, column, keys);
  const foreign = keys.find((key) => !own.has(key));
  if (foreign !== undefined) throw refusedKey(table, foreign, why);
}

/** Those of the keys whose rows stand and belong to the store. */
async function ownKeys(rows: Rows, where: object, column: string, keys: readonly string[]): Promise<ReadonlySet<string>> {
  const own = new Set<string>();
  for (let at = 0; at < keys.length; at += CHUNK)
    for await (const page of rows.stream({ where: among(where, column, keys.slice(at, at + CHUNK)) }))
      for (const row of page) own.add(String((row as AnyRow)[column]));
  return own;
}

/** Keys in one question. */
const CHUNK = 500;

/** The condition of a store with that on the key made narrower: `where` may have one of its own. */
function narrowed(where: object, column: string, narrow: (own: AnyRow) => AnyRow): WhereOf<AnyTable> {
  const given = (where as AnyRow)[column];
  const own = column in where ? (typeof given === "object" && given !== null ? (given as AnyRow) : { eq: given }) : {};
  const condition = narrow(own);
  return Object.keys(condition).length === 0 ? where : { ...where, [column]: condition };
}

function among(where: object, column: string, keys: readonly string[]): WhereOf<AnyTable> {
  return narrowed(where, column, (own) => ({
    ...own,
    in: Array.isArray(own["in"]) ? keys.filter((key) => (own["in"] as unknown[]).includes(key)) : keys,
  }));
}

function inRange(where: object, column: string, { after, through }: ScanRange): WhereOf<AnyTable> {
  const bound = (own: unknown, given: string, order: -1 | 1): string =>
    typeof own === "string" && compareKeys(own, given) * order > 0 ? own : given;
  return narrowed(where, column, (own) => ({
    ...own,
    ...(after === undefined ? {} : { gt: bound(own["gt"], after, 1) }),
    ...(through === undefined ? {} : { lte: bound(own["lte"], through, -1) }),
  }));
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

function refusedKey(table: AnyTable, key: string, why: string): MigrateError {
  return new MigrateError("record-refused", `${table.name} does not take the record "${key}": ${why}. Nothing was changed.`, {
    facts: { store: table.name, key },
  });
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
