// Many rows at once, for td's own packages: digests made where the rows lie, rows by key, and rows written as they are stored. Of one user, or of
// all of them through the system.
import { createHash } from "node:crypto";
import { SYSTEM_MARK } from "../care/explain.ts";
import { storedOf, wireOf } from "../postgres/wire.ts";
import type { Wire } from "../postgres/wire.ts";
import { layoutOf } from "../table/layout.ts";
import type { LayoutColumn } from "../table/layout.ts";
import type { Stored, StoredRow } from "../table/sqlite-codec.ts";
import type { AnyTable, Engine } from "../table/types.ts";
import { rowTextSql } from "./row-text.ts";

/** A stored primary key, the user first. */
export type StoredKey = readonly Stored[];

/** Rows of consecutive keys. */
export interface KeyRange {
  /** Behind this key; default from the first. */
  readonly after?: StoredKey;
  /** Up to this key, itself included; default to the last. */
  readonly through?: StoredKey;
}

/** Which columns count: those that are a row's content without the user, or all of them. */
export type Extent = "content" | "all";

/**
 * How rows are digested. `text`: SHA-256 over one text per row, the same on both engines. `hash`: PostgreSQL's own hashes of whole rows, two of 64 bits,
 * added up; on PostgreSQL only, five times as fast.
 */
export type DigestForm = "text" | "hash";

/** The digest of a range of rows. */
export interface RangeDigest {
  /** How many rows. */
  readonly rows: number;
  /** The same for the same rows, in the same form and extent. */
  readonly digest: string;
}

/** The way to many rows of a database: of one user, or of all. */
export interface Bulk {
  /** The engine. */
  readonly engine: Engine;
  /** The SQLite file, `:memory:`, or the PostgreSQL database; empty where rows are seen that are in none. */
  readonly path: string;
  /** The tables that the storage was opened with. */
  readonly tables: readonly AnyTable[];
  /** Whose rows; `undefined` for those of all users. */
  readonly userId: string | undefined;
  /** The key of the row with `offset` rows of the range before it; `undefined` when the range has fewer. */
  keyAt(table: AnyTable, range: KeyRange, offset: number): Promise<StoredKey | undefined>;
  /** The last key; `undefined` without rows. */
  lastKey(table: AnyTable): Promise<StoredKey | undefined>;
  /** The digest of a range, made in the database. */
  digest(table: AnyTable, range: KeyRange, extent: Extent, form: DigestForm): Promise<RangeDigest>;
  /** Up to `limit` stored rows of a range by key. */
  rows(table: AnyTable, range: KeyRange, limit: number): Promise<readonly StoredRow[]>;
  /** Writes new rows as they are stored, sequence numbers and revisions included; all or none. Throws `already-exists`, `constraint-failed`, `not-allowed` for one user. */
  load(table: AnyTable, rows: readonly StoredRow[]): Promise<void>;
}

/** Runs a query whose parameters are `?`: stored forms on SQLite, the server's texts on PostgreSQL. */
export type Ask = (sql: string, params: readonly Stored[]) => Promise<readonly StoredRow[]>;

/** What a {@link Bulk} is made of. */
export interface BulkParts extends Pick<Bulk, "engine" | "path" | "tables" | "userId" | "load"> {
  /** Runs a query. */
  readonly ask: Ask;
}

/** The way to many rows through a query runner. */
export function createBulk({ ask, ...parts }: BulkParts): Bulk {
  const { engine, userId } = parts;
  const mark = userId === undefined ? SYSTEM_MARK : "";
  const keyOf = (table: AnyTable, row: StoredRow | undefined): StoredKey | undefined =>
    row === undefined ? undefined : layoutOf(table).key.map((column, at) => storedValue(engine, column, row[at] ?? null));
  const keyColumns = (table: AnyTable): string => list(layoutOf(table).key);
  return Object.freeze({
    ...parts,
    keyAt: async (table: AnyTable, range: KeyRange, offset: number) => {
      const { where, params } = condition(engine, table, userId, range);
      const columns = keyColumns(table);
      const sql = `${mark}select ${columns} from "${table.name}" where ${where} order by ${columns} limit 1 offset ?`;
      return keyOf(table, (await ask(sql, [...params, offset]))[0]);
    },
    lastKey: async (table: AnyTable) => {
      const { where, params } = condition(engine, table, userId, {});
      const order = layoutOf(table)
        .key.map(({ name }) => `"${name}" desc`)
        .join(", ");
      return keyOf(
        table,
        (await ask(`${mark}select ${keyColumns(table)} from "${table.name}" where ${where} order by ${order} limit 1`, params))[0],
      );
    },
    digest: async (table: AnyTable, range: KeyRange, extent: Extent, form: DigestForm) => {
      const { where, params } = condition(engine, table, userId, range);
      const columns = columnsOf(table, extent);
      const [row] = await ask(mark + (form === "hash" ? hashSql(table, columns, where) : textSql(engine, table, columns, where)), params);
      const [rows, ...digests] = row ?? [];
      return {
        rows: Number(rows ?? 0),
        digest: createHash("sha256")
          .update(JSON.stringify([form, ...digests.map(String)]))
          .digest("hex"),
      };
    },
    rows: async (table: AnyTable, range: KeyRange, limit: number) => {
      const { where, params } = condition(engine, table, userId, range);
      const { columns } = layoutOf(table);
      const sql = `${mark}select ${list(columns)} from "${table.name}" where ${where} order by ${keyColumns(table)} limit ?`;
      const rows = await ask(sql, [...params, limit]);
      return engine === "sqlite" ? rows : rows.map((row) => columns.map((column, at) => storedValue(engine, column, row[at] ?? null)));
    },
  });
}

/** The columns of an extent. The user is not content: rows of two users can be compared. */
export function columnsOf(table: AnyTable, extent: Extent): readonly LayoutColumn[] {
  const { columns, content } = layoutOf(table);
  return extent === "all" ? columns : content.filter(({ property }) => property !== "userId");
}

function list(columns: readonly LayoutColumn[]): string {
  return columns.map(({ name }) => `"${name}"`).join(", ");
}

function storedValue(engine: Engine, column: LayoutColumn, value: Stored): Stored {
  return engine === "sqlite" ? value : storedOf(column, value as Wire);
}

interface RangeCondition {
  readonly where: string;
  readonly params: readonly Stored[];
}

/** The condition of a range. With a user fixed, the comparison leaves the user out: only so does SQLite walk the key from it. */
export function condition(engine: Engine, table: AnyTable, userId: string | undefined, range: KeyRange, alias = ""): RangeCondition {
  const { key } = layoutOf(table);
  const skip = userId === undefined ? 0 : 1;
  const compared = key.slice(skip);
  const bound = (operator: string, values: StoredKey | undefined): RangeCondition | undefined => {
    if (values === undefined) return undefined;
    // A table of one row per user has nothing behind it.
    if (compared.length === 0) return operator === ">" ? { where: "1 = 0", params: [] } : undefined;
    const params = compared.map((column, at) => boundValue(engine, column, values[at + skip] ?? null));
    const names = compared.map(({ name }) => `${alias}"${name}"`).join(", ");
    return { where: `(${names}) ${operator} (${compared.map(() => "?").join(", ")})`, params };
  };
  const user = userId === undefined ? undefined : { where: `${alias}"user_id" = ?`, params: [userId] };
  const parts = [user, bound(">", range.after), bound("<=", range.through)].filter((part) => part !== undefined);
  return {
    where: parts.length === 0 ? "1 = 1" : parts.map(({ where }) => where).join(" and "),
    params: parts.flatMap(({ params }) => params),
  };
}

function boundValue(engine: Engine, column: LayoutColumn, value: Stored): Stored {
  return engine === "sqlite" ? value : wireOf(column, value);
}

// SQLite keeps the order of a subquery that has a limit.
function textSql(engine: Engine, table: AnyTable, columns: readonly LayoutColumn[], where: string): string {
  const order = list(layoutOf(table).key);
  const line = `select ${rowTextSql(engine, columns)} || '\n' as line from "${table.name}" where ${where} order by ${order}`;
  return engine === "sqlite"
    ? `select count(*), td_sha256(group_concat(line, '')) from (${line} limit -1)`
    : `select count(*), encode(sha256(convert_to(coalesce(string_agg(line, ''), ''), 'UTF8')), 'hex') from (${line}) as s`;
}

// PostgreSQL's hash of a number does not know its sign: that of a decimal is hashed beside it, and JSON is hashed as text.
function hashSql(table: AnyTable, columns: readonly LayoutColumn[], where: string): string {
  const parts = columns.flatMap(({ name, definition: { kind } }) => {
    if (kind === "json") return [`"${name}"::text`];
    return kind === "decimal" ? [`"${name}"`, `"${name}" < 0`] : [`"${name}"`];
  });
  const row = `row(${parts.join(", ")})`;
  const sum = (seed: number): string => `coalesce(sum(hash_record_extended(${row}, ${seed})), 0)`;
  return `select count(*), ${sum(1)}, ${sum(7464)} from "${table.name}" where ${where}`;
}
