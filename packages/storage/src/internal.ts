// For td's own packages, not for hosts: SQL and stored rows inside a scope. Every statement must name user_id itself.
import { StorageError } from "./errors.ts";
import type { Statements, WireResult } from "./postgres/connection.ts";
import type { PostgresSession } from "./postgres/session.ts";
import type { StreamRequest } from "./repository.ts";
import { sessionOf } from "./scope.ts";
import type { Scope } from "./scope.ts";
import type { Connection, StoredRow } from "./sqlite/connection.ts";
import type { SqliteSession } from "./sqlite/session.ts";
import type { Stored } from "./table/sqlite-codec.ts";
import type { AnyTable } from "./table/types.ts";

export type { Bulk, DigestForm, Extent, KeyRange, RangeDigest, StoredKey } from "./bulk/bulk.ts";
export { columnsOf } from "./bulk/bulk.ts";
export { bulkOf, bulkOfScope } from "./bulk/bulk-of.ts";
export { canJoin, openJoined } from "./bulk/joined.ts";
export type { Joined, JoinedCounts } from "./bulk/joined.ts";
export { isStructural } from "./migrations/define-schema.ts";
export { canonicalMigration, canonicalSteps, migrationChecksum } from "./migrations/checksum.ts";
export { HISTORY_TABLE, LEDGER_TABLE, ledgerInsert, ledgerTable } from "./migrations/ledger.ts";
export type { LedgerHow } from "./migrations/ledger.ts";
export { sqlTokens } from "./migrations/sql-text.ts";
export { isWider, unfilled } from "./migrations/steps.ts";
export { connectOnce } from "./postgres/open.ts";
export { grants, provisionLock, systemGrants } from "./postgres/provision.ts";
export { makeSchema } from "./postgres/schema.ts";
export { makeScopeWall, standsScopeWall } from "./postgres/scope-wall.ts";
export type { Connection as PostgresConnection } from "./postgres/connection.ts";
export { protect, SCOPE_USER, SYSTEM_POLICY } from "./postgres/policy.ts";
export { engineOf } from "./scope.ts";
export { openSqliteOwner, scratchSqlite } from "./sqlite/owner.ts";
export type { SqliteOwner } from "./sqlite/owner.ts";
export { ensureSchema } from "./sqlite/schema.ts";
export { textLiteral } from "./table/checks.ts";
export { DERIVED_TABLES, TOTALS_TRIGGER } from "./tables/trades-totals.ts";
export { checkLines, columnSql, foreignKeySql, postgresCheck, postgresType } from "./table/ddl.ts";
export { fingerprint } from "./table/schema.ts";
export type { Schema } from "./table/schema.ts";
export { decimalCodec } from "./table/decimal-codec.ts";
export type { DecimalCodec } from "./table/decimal-codec.ts";
export { canonicalJson, isStorableText } from "./table/json-codec.ts";
export { columnName, layoutColumns, layoutOf } from "./table/layout.ts";
export type { Layout, LayoutColumn } from "./table/layout.ts";
export { explainIssue } from "./table/refusal.ts";
export type { Refusal } from "./table/refusal.ts";
export { isRefusal } from "./table/sqlite-codec.ts";
export type { ColumnCodec, Stored } from "./table/sqlite-codec.ts";
export type { Connection, StoredRow } from "./sqlite/connection.ts";

/** The tables that the storage of a scope was opened with. */
export function tablesOf(scope: Scope): readonly AnyTable[] {
  return sessionOf(scope).tables;
}

/** The session of a scope on SQLite. Throws `engine-not-available` on another engine. */
function sqliteOf(scope: Scope): SqliteSession {
  const session = sessionOf(scope);
  if (session.engine === "sqlite") return session as SqliteSession;
  throw new StorageError("engine-not-available", "This call is synchronous, so it runs on SQLite only: use run, all or streamStored.");
}

/** The session of a scope on PostgreSQL, or `undefined`. */
function postgresOf(scope: Scope): PostgresSession | undefined {
  const session = sessionOf(scope);
  return session.engine === "postgres" ? (session as PostgresSession) : undefined;
}

/**
 * Runs a synchronous piece of work on the writing connection of SQLite, kept whole or not at all: in the transaction that is open, else in one
 * of its own. The fastest way to many statements: no await between them. Throws `engine-not-available` on PostgreSQL.
 */
export function write<R>(scope: Scope, work: (connection: Connection) => R): Promise<R> {
  return sqliteOf(scope).write(work);
}

/** Runs a synchronous read on SQLite: in the transaction that is open, else on the reading connection. Throws `engine-not-available` on PostgreSQL. */
export function read<R>(scope: Scope, work: (connection: Connection) => R): Promise<R> {
  return sqliteOf(scope).read(work);
}

/** Whether a transaction is open around the caller on the scope's storage. */
export function inTransaction(scope: Scope): boolean {
  return (postgresOf(scope) ?? sqliteOf(scope)).inTransaction;
}

/** Runs one statement that changes rows; how many it changed. Parameters are `?` on both engines. */
export async function run(scope: Scope, sql: string, params: readonly Stored[] = []): Promise<number> {
  const postgres = postgresOf(scope);
  if (postgres === undefined) return write(scope, (connection) => connection.run(sql, params));
  return (await postgres.write((connection) => ask(connection, sql, params))).count;
}

/** One statement of a piece of work. Parameters are `?` on both engines. */
export interface Step {
  /** The statement. */
  readonly sql: string;
  /** What it binds. */
  readonly params: readonly Stored[];
}

/** What a statement did: the rows that it returned, and how many it returned or changed. */
export interface StepResult {
  /** The rows as arrays: of stored values on SQLite, of the server's texts on PostgreSQL. */
  readonly rows: readonly StoredRow[];
  /** How many. */
  readonly count: number;
}

/** Runs statements of which each may depend on what those before it did: on SQLite without a pause between them, which costs more than most of them. */
export async function steps<R>(scope: Scope, work: () => Generator<Step, R, StepResult>): Promise<R> {
  const postgres = postgresOf(scope);
  if (postgres === undefined) return write(scope, (connection) => stepByStep(connection, work()));
  const running = work();
  let step = running.next();
  while (step.done !== true) {
    const { sql, params } = step.value;
    step = running.next(await postgres.write((connection) => ask(connection, sql, params)));
  }
  return step.value;
}

function stepByStep<R>(connection: Connection, running: Generator<Step, R, StepResult>): R {
  let step = running.next();
  while (step.done !== true) {
    const { sql, params } = step.value;
    const rows = connection.prepare(sql).reader ? connection.all(sql, params) : undefined;
    step = running.next(rows === undefined ? { rows: [], count: connection.run(sql, params) } : { rows, count: rows.length });
  }
  return step.value;
}

/** All rows of one query as arrays: of stored values on SQLite, of the server's texts on PostgreSQL. Parameters are `?` on both engines. */
export async function all(scope: Scope, sql: string, params: readonly Stored[] = []): Promise<readonly StoredRow[]> {
  const postgres = postgresOf(scope);
  if (postgres === undefined) return read(scope, (connection) => connection.all(sql, params));
  return (await postgres.read((connection) => ask(connection, sql, params))).rows;
}

function ask(connection: Statements, sql: string, params: readonly Stored[]): Promise<WireResult> {
  let place = 0;
  const numbered = sql.replaceAll("?", () => `$${++place}`);
  return connection.query(
    numbered,
    params.map((param) => (param === null ? null : String(param))),
  );
}

/**
 * The stored rows of a selection in arrays, constant memory, one query per array; writing between them is fine. Columns in the order of the
 * declaration; the same values on both engines.
 */
export async function* streamStored<T extends AnyTable>(
  scope: Scope,
  table: T,
  request: StreamRequest<T> = {},
): AsyncGenerator<readonly StoredRow[]> {
  for await (const rows of sessionOf(scope).streamStored(table, request)) yield rows;
}
