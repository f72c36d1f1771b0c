// A user's way into an open SQLite database, outside of a transaction or bound to one.
import { StorageError } from "../errors.ts";
import type { TableDigest } from "../digest.ts";
import { createLedger } from "../ledger/create-ledger.ts";
import type { Ledger } from "../ledger/create-ledger.ts";
import type { Repository, StreamRequest } from "../repository.ts";
import type { Session } from "../session.ts";
import type { StoredRow } from "../table/sqlite-codec.ts";
import type { StatsAccess } from "../stats/create-stats.ts";
import type { AnyTable } from "../table/types.ts";
import type { Connection } from "./connection.ts";
import type { SqlParameter, SqlRow } from "../raw-sql.ts";
import { askBetween, askScoped, checkRawSql } from "./raw-sql.ts";
import { notingRepository } from "../changes/noting-repository.ts";
import type { ChangeEvent, ChangesRequest, RowChange } from "../changes/types.ts";
import { publishAll } from "./open.ts";
import type { SqliteDatabase } from "./open.ts";
import { digestStored } from "./digest-rows.ts";
import { sqliteLedgerAccess } from "./ledger.ts";
import { sqliteRepository, streamStored } from "./repository.ts";
import type { Frame } from "./writer.ts";

/** A session on SQLite. */
export class SqliteSession implements Session {
  readonly engine = "sqlite";
  readonly userId: string;
  readonly tables: readonly AnyTable[];
  readonly #database: SqliteDatabase;
  readonly #frame: Frame | undefined;

  constructor(database: SqliteDatabase, tables: readonly AnyTable[], userId: string, frame?: Frame) {
    this.#database = database;
    this.tables = tables;
    this.userId = userId;
    this.#frame = frame;
  }

  repository<T extends AnyTable>(table: T): Repository<T> {
    if (this.tables.includes(table)) {
      const rows = sqliteRepository(this, table);
      return notingRepository(rows, table, (call, changes) => this.#noting(() => call(rows), changes));
    }
    throw new StorageError("unknown-table", `The storage was opened without the table ${table.name}: pass it to openStorage in tables.`, {
      facts: { table: table.name },
    });
  }

  transaction<R>(work: (session: Session) => Promise<R>): Promise<R> {
    return this.#database.writer.transaction(this.#frame, (frame) =>
      work(new SqliteSession(this.#database, this.tables, this.userId, frame)),
    );
  }

  /** What all sessions of the database share. */
  get place(): object {
    return this.#database;
  }

  ledger(): Ledger {
    return createLedger(sqliteLedgerAccess(this));
  }

  streamStored<T extends AnyTable>(table: T, request: StreamRequest<T>): AsyncIterable<readonly StoredRow[]> {
    return streamStored(this, table, request);
  }

  statsAccess(): StatsAccess {
    const { userId, all } = sqliteLedgerAccess(this);
    return { userId, engine: "sqlite", all };
  }

  digest(table: AnyTable): Promise<TableDigest> {
    return digestStored(table, streamStored(this, table, {}));
  }

  /** Whether a transaction is open around the caller. */
  /** The absolute path of the file, or `:memory:`. */
  get path(): string {
    return this.#database.path;
  }

  get inTransaction(): boolean {
    return this.#database.writer.frameOf(this.#frame) !== undefined;
  }

  /** Runs a synchronous piece of work on the writing connection, kept whole or not at all. */
  write<R>(work: (connection: Connection) => R): Promise<R> {
    return this.#database.writer.write(this.#frame, (connection) => connection.workFor(this.userId, work));
  }

  changes(request: ChangesRequest): AsyncGenerator<ChangeEvent> {
    return this.#database.feed.follow(this.userId, request, async () => () => undefined);
  }

  async #noting<R>(call: () => Promise<R>, changes: (result: R) => readonly RowChange[]): Promise<R> {
    const result = await call();
    if (!this.#database.feed.hears(this.userId)) return result;
    const noted = changes(result).map((change) => ({ userId: this.userId, change }));
    const frame = this.#database.writer.frameOf(this.#frame);
    if (frame === undefined) publishAll(this.#database.feed, noted);
    else frame.noted.push(...noted);
    return result;
  }

  /** Runs raw SQL of a host, which sees the user's rows alone. */
  async sql(text: string, params: readonly SqlParameter[]): Promise<readonly SqlRow[]> {
    checkRawSql(text);
    const shared = this.inTransaction ? undefined : this.#database.rawReader();
    if (shared !== undefined) return shared.workFor(this.userId, (connection) => askScoped(connection, this.tables, text, params));
    return this.#database.writer.read(this.#frame, (connection) =>
      connection.workFor(this.userId, () => askBetween(connection, this.tables, text, params)),
    );
  }

  /** Runs a synchronous read: inside the transaction that is open, else on the connection that only reads. */
  read<R>(work: (connection: Connection) => R): Promise<R> {
    return this.#database.read(work, this.#frame);
  }
}
