// One JSON document in one column of one row, on either engine: read and replaced inside a transaction.
import { has } from "../core/expect-option.ts";
import { MigrateError } from "../errors.ts";

/** Where a JSON document lies in a database that need not be td's. */
export interface BlobPlace {
  /** `sqlite:PATH` of an existing file, or `postgres://…` of a role that may change the row. */
  readonly database: string;
  /** The table. */
  readonly table: string;
  /** The column: text on SQLite; `text`, `json` or `jsonb` on PostgreSQL. */
  readonly column: string;
  /** What the one row has: `{ id: 1 }`. */
  readonly where: Readonly<Record<string, string | number>>;
}

/** A document inside an open transaction that keeps others from changing it. */
export interface OpenBlob {
  /** The text as it is stored (as the server writes it, for `jsonb`). */
  read(): Promise<string>;
  /** Puts another text in its place. */
  replace(text: string): Promise<void>;
}

/** A database that holds a document. */
export interface BlobDatabase {
  /** Runs `work` in one transaction: committed when it resolves, rolled back when it rejects. */
  transaction<R>(work: (blob: OpenBlob) => Promise<R>): Promise<R>;
  /** Size in bytes of what holds the table: the file, or the relation with its overflow. */
  size(): Promise<number>;
  /** Gives back the room of what was removed. Rewrites the file or the table, which nobody can use meanwhile. */
  vacuum(): Promise<void>;
  /** Ends the connection. */
  close(): Promise<void>;
}

/** Opens the database of a place. Throws `driver-missing`, `source-missing`, `source-unreadable`, `not-a-database`, `invalid-option`. */
export async function openBlob(place: BlobPlace): Promise<BlobDatabase> {
  if (!has(place, "database", "table", "column", "where")) throw invalid("give database, table, column and where");
  if (Object.keys(place.where).length === 0) throw invalid("where names at least one column");
  if (/^postgres(ql)?:/.test(place.database)) return (await import("./blob-postgres.ts")).openPostgresBlob(place);
  const path = /^sqlite:(?:\/\/(?=\/))?(.+)$/.exec(place.database)?.[1];
  if (path === undefined) throw invalid("database is sqlite:PATH or postgres://ROLE:PASSWORD@HOST/DATABASE");
  return (await import("./blob-sqlite.ts")).openSqliteBlob(path, place);
}

/** A name in SQL. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The error for a place that is not one document. */
export function notOneDocument({ table, column }: BlobPlace, how: string): MigrateError {
  return new MigrateError("blob-refused", `${table}.${column}: ${how}. Nothing was changed.`, { facts: { table, column } });
}

function invalid(rule: string): MigrateError {
  return new MigrateError("invalid-option", `This is not the place of a JSON document: ${rule}.`);
}
