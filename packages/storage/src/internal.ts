// For td's own packages, not for hosts: SQL and stored rows inside a scope. Every statement must name user_id itself.
import { StorageError } from "./errors.ts";
import type { StreamRequest } from "./repository.ts";
import { sessionOf } from "./scope.ts";
import type { Scope } from "./scope.ts";
import type { Connection, StoredRow } from "./sqlite/connection.ts";
import { streamStored as streamStoredRows } from "./sqlite/repository.ts";
import { SqliteSession } from "./sqlite/session.ts";
import type { Stored } from "./table/sqlite-codec.ts";
import type { AnyTable } from "./table/types.ts";

export { decimalCodec } from "./table/decimal-codec.ts";
export type { DecimalCodec } from "./table/decimal-codec.ts";
export { canonicalJson } from "./table/json-codec.ts";
export { layoutOf } from "./table/layout.ts";
export type { Layout, LayoutColumn } from "./table/layout.ts";
export { explainIssue } from "./table/refusal.ts";
export type { Refusal } from "./table/refusal.ts";
export { isRefusal } from "./table/sqlite-codec.ts";
export type { ColumnCodec, Stored } from "./table/sqlite-codec.ts";
export type { Connection, StoredRow } from "./sqlite/connection.ts";

function sqliteOf(scope: Scope): SqliteSession {
  const session = sessionOf(scope);
  if (session instanceof SqliteSession) return session;
  throw new StorageError("engine-not-available", "This call runs on SQLite only.");
}

/**
 * Runs a synchronous piece of work on the writing connection, kept whole or not at all: in the transaction that is open, else in one of its own.
 * The fastest way to many statements: no await between them.
 */
export function write<R>(scope: Scope, work: (connection: Connection) => R): Promise<R> {
  return sqliteOf(scope).write(work);
}

/** Runs a synchronous read: in the transaction that is open, else on the reading connection. */
export function read<R>(scope: Scope, work: (connection: Connection) => R): Promise<R> {
  return sqliteOf(scope).read(work);
}

/** Runs one statement that changes rows; how many it changed. */
export function run(scope: Scope, sql: string, params: readonly Stored[] = []): Promise<number> {
  return write(scope, (connection) => connection.run(sql, params));
}

/** All rows of one query as arrays of stored values. */
export function all(scope: Scope, sql: string, params: readonly Stored[] = []): Promise<readonly StoredRow[]> {
  return read(scope, (connection) => connection.all(sql, params));
}

/** The stored rows of a selection in arrays, constant memory, one query per array; writing between them is fine. Columns in the order of the declaration. */
export function streamStored<T extends AnyTable>(
  scope: Scope,
  table: T,
  request: StreamRequest<T> = {},
): AsyncIterable<readonly StoredRow[]> {
  return streamStoredRows(sqliteOf(scope), table, request);
}
