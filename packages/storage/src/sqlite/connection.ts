// One connection with its prepared statements. Each SQL text is prepared once; rows come back as arrays of stored values.
import type { QueryEvent } from "../query-event.ts";
import type { Stored, StoredRow } from "../table/sqlite-codec.ts";
import type { Database, Statement } from "./driver.ts";
import { storageError } from "./errors.ts";

export type { StoredRow } from "../table/sqlite-codec.ts";

/** Statements kept prepared per connection. Shapes are few; this bounds a host that builds SQL from data. */
const MAX_STATEMENTS = 500;

/** One connection. All its methods are synchronous and throw td's errors. */
export class Connection {
  /** The driver's connection. */
  readonly database: Database;
  /** The file, or `:memory:`. */
  readonly path: string;
  readonly #statements = new Map<string, Statement>();
  readonly #onQuery: ((event: QueryEvent) => void) | undefined;
  /** Milliseconds that the next reported query has waited for the writer. */
  waitedMs = 0;
  /** The user that it works for at this moment: what `current_user_id()` gives. */
  user: string | undefined;
  /** Whether it works for all users at this moment. */
  anyUser = false;
  /** The version of the file's schema that its scoped views were made for. */
  viewsOf: unknown = undefined;

  constructor(database: Database, path: string, onQuery: ((event: QueryEvent) => void) | undefined) {
    this.database = database;
    this.path = path;
    this.#onQuery = onQuery;
  }

  /** The prepared statement of a SQL text. */
  prepare(sql: string): Statement {
    const found = this.#statements.get(sql);
    if (found !== undefined) return found;
    const statement = this.#guard(() => this.database.prepare(sql));
    if (statement.reader) statement.raw(true);
    if (this.#statements.size >= MAX_STATEMENTS) this.#forgetOldest();
    this.#statements.set(sql, statement);
    return statement;
  }

  /** The SQL texts that it keeps prepared. */
  get shapes(): readonly string[] {
    return [...this.#statements.keys()];
  }

  /** Whether a transaction is open on the connection. */
  get inTransaction(): boolean {
    return this.database.inTransaction;
  }

  /** Runs a statement without parameters and rows, such as `begin`; it is not reported. */
  exec(sql: string): void {
    this.#guard(() => this.database.exec(sql));
  }

  /** Runs a synchronous piece of work for a user; `undefined`: for all users. */
  workFor<R>(user: string | undefined, work: (connection: Connection) => R): R {
    const [before, any] = [this.user, this.anyUser];
    [this.user, this.anyUser] = [user, user === undefined];
    try {
      return work(this);
    } finally {
      [this.user, this.anyUser] = [before, any];
    }
  }

  /** Runs a statement that returns no rows; the number of rows changed. */
  run(sql: string, params: readonly Stored[] = []): number {
    return this.measure(
      sql,
      () => this.prepare(sql).run(params).changes,
      (changes) => changes,
    );
  }

  /** The first row, or `undefined`. */
  get(sql: string, params: readonly Stored[] = []): StoredRow | undefined {
    const read = (): StoredRow | undefined => this.prepare(sql).get(params) as StoredRow | undefined;
    return this.measure(sql, read, (row) => (row === undefined ? 0 : 1));
  }

  /** All rows. There is no cursor: one left open would hold every later read of the connection at its moment. */
  all(sql: string, params: readonly Stored[] = []): readonly StoredRow[] {
    return this.measure(
      sql,
      () => this.prepare(sql).all(params) as readonly StoredRow[],
      (rows) => rows.length,
    );
  }

  /** Runs a piece of work as one query of the given SQL, measured when someone listens; driver errors become td's. */
  measure<R>(sql: string, work: () => R, rowsOf: (result: R) => number): R {
    if (this.#onQuery === undefined) return this.#guard(work);
    const lockWaitMs = this.waitedMs;
    this.waitedMs = 0;
    const start = performance.now();
    const result = this.#guard(work);
    this.#onQuery({ shape: sql, ms: performance.now() - start, lockWaitMs, rows: rowsOf(result) });
    return result;
  }

  /** Closes the connection. */
  close(): void {
    this.#statements.clear();
    this.#guard(() => this.database.close());
  }

  #guard<R>(work: () => R): R {
    try {
      return work();
    } catch (error) {
      throw storageError(error, this.path);
    }
  }

  #forgetOldest(): void {
    for (const oldest of this.#statements.keys()) {
      this.#statements.delete(oldest);
      return;
    }
  }
}
