// The way to the rows of all users, for jobs of the host. Never the default: each opening says who, what and why, and is put on record.
import { randomUUID } from "node:crypto";
import { writeInstant } from "@td/fifo/values";
import { SYSTEM_MARK } from "../care/explain.ts";
import { combineDigests } from "../digest.ts";
import type { DatasetDigest } from "../digest.ts";
import { StorageError } from "../errors.ts";
import type { Scope } from "../scope.ts";
import { leaderboard } from "../stats/leaderboard.ts";
import type { LeaderboardRequest, LeaderboardRow } from "../stats/leaderboard.ts";
import { reassign } from "./reassign.ts";
import type { ReassignReport, ReassignRequest } from "./reassign.ts";
import { readSystemCursor, writeSystemCursor } from "./system-cursor.ts";
import { layoutOf } from "../table/layout.ts";
import type { AnyTable, RowOf } from "../table/types.ts";
import { AUDIT_INSERT, AUDIT_READ, auditEntry, auditParams, checkedRequest } from "./audit.ts";
import type { SystemAuditEntry, SystemRequest } from "./audit.ts";
import { forEachUser } from "./each-user.ts";
import type { EachUserOptions, EachUserReport } from "./each-user.ts";
import type { SystemEngine } from "./system-engine.ts";
import { usersOf } from "./users.ts";

/** Which page of all users' rows is asked for. */
export interface SystemPageRequest {
  /** Rows after this cursor; default from the beginning. */
  readonly after?: string;
  /** Rows at most, 1 to 1000; default 50. */
  readonly limit?: number;
}

/** One page of all users' rows. */
export interface SystemPage<T extends AnyTable> {
  /** The rows by primary key, the user first. */
  readonly rows: readonly RowOf<T>[];
  /** The cursor for the page that follows, or null when this is the last. */
  readonly next: string | null;
}

/** What a job may do across users, after an opening that was recorded. */
export interface SystemScope {
  /** The users that have rows in any table, or in one of those given; sorted by code point. */
  users(tables?: readonly AnyTable[]): Promise<readonly string[]>;
  /**
   * Runs a job for each user in that user's own scope: isolation holds inside it, and a user whose job fails is reported and changes nothing
   * for the others. Throws `bad-request`, and `not-allowed` inside a transaction.
   */
  forEachUser(job: (me: Scope) => Promise<unknown>, options?: EachUserOptions): Promise<EachUserReport>;
  /** One page of a table's rows of all users. Throws `bad-cursor`, `bad-request`, `unknown-table`. */
  page<T extends AnyTable>(table: T, request?: SystemPageRequest): Promise<SystemPage<T>>;
  /**
   * Gives all that one user has to another, in one transaction: rows keep their ids, and when one of them stands in the way of another of `to`'s
   * nothing moves and they are reported. Profile and credentials stay. Put on record once more, with both users. Rows get new numbers of a sequence, so
   * the next `ledger.compute()` computes anew. Throws `bad-request`, `bad-user`, and `not-allowed` inside a transaction.
   */
  reassign(request: ReassignRequest): Promise<ReassignReport>;
  /**
   * The users with the highest profit over their CLOSE trades, the highest first. What {@link Storage.maintain} has added up is not read again; with a
   * symbol all closes are. Throws `bad-request`, `value-rejected`.
   */
  leaderboard(request?: LeaderboardRequest): Promise<readonly LeaderboardRow[]>;
  /** How many rows a table has, of all users. */
  count(table: AnyTable): Promise<number>;
  /** The digest of all rows of all users. While others write, the parts may be of different moments. */
  digest(): Promise<DatasetDigest>;
}

/** The way to the rows of all users. */
export interface StorageSystem {
  /**
   * Opens access to the rows of all users, after a row in `td_system_audit` has been committed. On PostgreSQL it works through the role of
   * `systemUrl`.
   *
   * Throws `bad-request`, `not-allowed` inside a transaction or without `systemUrl`, and what a write may throw (`busy`, `disk-full`).
   */
  open(request: SystemRequest): Promise<SystemScope>;
  /** The openings on record, the latest first; `limit` 1 to 1000, default 50. */
  audit(limit?: number): Promise<readonly SystemAuditEntry[]>;
}

/** Puts an opening on record, in a transaction of its own. */
export async function recordOpening(engine: SystemEngine, request: SystemRequest): Promise<void> {
  const entry = { ...checkedRequest(request), id: randomUUID(), at: nextInstant() };
  refuseInside(engine);
  await engine.transaction([], (statements) => statements.run(AUDIT_INSERT, auditParams(entry)));
}

let lastInstant = 0;

/** The present; later, by a microsecond at least, than what this process was given before, so that the record keeps the order. */
function nextInstant(): string {
  lastInstant = Math.max(lastInstant + 1, Date.now() * 1000);
  return writeInstant(lastInstant);
}

/** The system of a storage. `engine` throws `not-allowed` when the storage has none. */
export function createStorageSystem(engine: () => SystemEngine, scopeOf: (userId: string) => Scope): StorageSystem {
  return Object.freeze({
    open: async (request: SystemRequest) => {
      await recordOpening(engine(), request);
      return createSystemScope(engine(), scopeOf, request);
    },
    audit: async (limit = 50) => (await engine().all(AUDIT_READ, [checkedLimit(limit)])).map(auditEntry),
  });
}

function createSystemScope(engine: SystemEngine, scopeOf: (userId: string) => Scope, opened: SystemRequest): SystemScope {
  const known = (table: AnyTable): AnyTable => {
    if (engine.tables.includes(table)) return table;
    throw new StorageError("unknown-table", `The storage was opened without the table ${table.name}: pass it to openStorage in tables.`, {
      facts: { table: table.name },
    });
  };
  return Object.freeze({
    users: async (tables: readonly AnyTable[] = engine.tables) => usersOf(engine, tables.map(known)),
    forEachUser: async (job: (me: Scope) => Promise<unknown>, options: EachUserOptions = {}) => {
      refuseInside(engine);
      return forEachUser(options.users === undefined ? await usersOf(engine, engine.tables) : [...options.users], scopeOf, job, options);
    },
    page: async <T extends AnyTable>(table: T, request: SystemPageRequest = {}) => {
      known(table);
      return pageOf(engine, table, request);
    },
    reassign: async ({ from, to }: ReassignRequest) => {
      refuseInside(engine);
      for (const userId of [from, to]) scopeOf(userId);
      await recordOpening(engine, { ...opened, reason: `reassign ${from} to ${to}: ${opened.reason}`.slice(0, 2000).toWellFormed() });
      return reassign(scopeOf, engine.tables, { from, to });
    },
    leaderboard: async (request: LeaderboardRequest = {}) => leaderboard(engine.engine, (sql, params) => engine.all(sql, params), request),
    count: async (table: AnyTable) => Number((await engine.all(`${SYSTEM_MARK}select count(*) from "${known(table).name}"`))[0]?.[0]),
    digest: () => digestAll(engine),
  });
}

/** The digest of all rows of all users. */
export async function digestAll(engine: SystemEngine): Promise<DatasetDigest> {
  const digests = [];
  for (const table of engine.tables) if (table.digested) digests.push(await engine.digest(table));
  return combineDigests(digests);
}

async function pageOf<T extends AnyTable>(engine: SystemEngine, table: T, request: SystemPageRequest): Promise<SystemPage<T>> {
  const limit = checkedLimit(request.limit ?? 50);
  const from = request.after === undefined ? undefined : readSystemCursor(table, request.after);
  const found = await engine.page(table, from, limit + 1);
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  const key = layoutOf(table).key.map(({ at }) => last?.stored[at] ?? null);
  return { rows: shown.map(({ row }) => row), next: found.length > limit ? writeSystemCursor(table, key) : null };
}

function checkedLimit(limit: number): number {
  if (Number.isInteger(limit) && limit >= 1 && limit <= 1000) return limit;
  throw new StorageError("bad-request", "limit is an integer from 1 to 1000.");
}

// Inside a user's transaction the record would be taken back with it, and a job for another user would be part of it.
function refuseInside(engine: SystemEngine): void {
  if (!engine.inTransaction) return;
  throw new StorageError("not-allowed", "The system was asked for inside a user's transaction: open and use it outside of any.");
}
