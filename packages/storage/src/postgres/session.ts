// A user's way into an open PostgreSQL database, outside of a transaction or bound to one.
import type { TableDigest } from "../digest.ts";
import { StorageError } from "../errors.ts";
import type { SqlParameter, SqlRow } from "../raw-sql.ts";
import { notingRepository } from "../changes/noting-repository.ts";
import type { ChangeEvent, ChangesRequest, RowChange } from "../changes/types.ts";
import { hearChanges, LAST } from "./notify.ts";
import type { Changes } from "./notify.ts";
import { askRaw } from "./raw-sql.ts";
import { createLedger } from "../ledger/create-ledger.ts";
import type { Ledger } from "../ledger/create-ledger.ts";
import type { Repository, StreamRequest } from "../repository.ts";
import type { Session } from "../session.ts";
import type { StoredRow } from "../table/sqlite-codec.ts";
import type { StatsAccess } from "../stats/create-stats.ts";
import type { AnyTable } from "../table/types.ts";
import { digestWire } from "./digest-rows.ts";
import { postgresLedgerAccess } from "./ledger.ts";
import { postgresRepository, streamWire } from "./repository.ts";
import type { Frame, Transactions, Work } from "./transactions.ts";
import { storedRow } from "./wire.ts";

/** A session on PostgreSQL. */
export class PostgresSession implements Session {
  readonly engine = "postgres";
  readonly userId: string;
  readonly tables: readonly AnyTable[];
  readonly #transactions: Transactions;
  readonly #frame: Frame | undefined;
  readonly #changes: Changes | undefined;

  constructor(transactions: Transactions, tables: readonly AnyTable[], userId: string, changes?: Changes, frame?: Frame) {
    this.#changes = changes;
    this.#transactions = transactions;
    this.tables = tables;
    this.userId = userId;
    this.#frame = frame;
  }

  repository<T extends AnyTable>(table: T): Repository<T> {
    if (this.tables.includes(table)) {
      const rows = postgresRepository(this, table);
      return this.#changes === undefined ? rows : notingRepository(rows, table, (call, changes) => this.#noting(table, call, changes));
    }
    throw new StorageError("unknown-table", `The storage was opened without the table ${table.name}: pass it to openStorage in tables.`, {
      facts: { table: table.name },
    });
  }

  transaction<R>(work: (session: Session) => Promise<R>): Promise<R> {
    return this.#transactions.transaction(this.#frame, this.userId, (frame) =>
      work(new PostgresSession(this.#transactions, this.tables, this.userId, this.#changes, frame)),
    );
  }

  ledger(): Ledger {
    return createLedger(postgresLedgerAccess(this));
  }

  async *streamStored<T extends AnyTable>(table: T, request: StreamRequest<T>): AsyncGenerator<readonly StoredRow[]> {
    for await (const rows of streamWire(this, table, request)) yield rows.map((row) => storedRow(table, row));
  }

  statsAccess(): StatsAccess {
    const { userId, all } = postgresLedgerAccess(this);
    return { userId, engine: "postgres", all };
  }

  digest(table: AnyTable): Promise<TableDigest> {
    return digestWire(table, streamWire(this, table, {}));
  }

  changes(request: ChangesRequest): AsyncGenerator<ChangeEvent> {
    const of = this.#changes;
    if (of === undefined) {
      throw new StorageError("not-allowed", "This storage sends no changes: open it with notifyChanges, in every process that writes.");
    }
    const last = async (): Promise<number> => {
      const { rows } = await this.read((connection) => connection.query(LAST, [this.userId]));
      return Number(rows[0]?.[0] ?? 0);
    };
    return of.feed.follow(this.userId, request, () => hearChanges(of, this.userId, last));
  }

  #noting<T extends AnyTable, R>(
    table: T,
    call: (rows: Repository<T>) => Promise<R>,
    changes: (result: R) => readonly RowChange[],
  ): Promise<R> {
    return this.#transactions.transaction(this.#frame, this.userId, async (frame) => {
      const result = await call(
        postgresRepository(new PostgresSession(this.#transactions, this.tables, this.userId, undefined, frame), table),
      );
      frame.noted.push(...changes(result).map((change) => ({ userId: this.userId, change })));
      return result;
    });
  }

  sql(text: string, params: readonly SqlParameter[]): Promise<readonly SqlRow[]> {
    return askRaw(this, text, params);
  }

  /** What all sessions of the database share. */
  get place(): object {
    return this.#transactions;
  }

  /** Whether a transaction is open around the caller. */
  get inTransaction(): boolean {
    return this.#transactions.frameOf(this.#frame) !== undefined;
  }

  /** Runs a piece of work that is kept whole or not at all. */
  write<R>(work: Work<R>): Promise<R> {
    return this.#transactions.write(this.#frame, this.userId, work);
  }

  /** Runs a read. Outside of a transaction `work` must ask all its queries at once, before it awaits one. */
  read<R>(work: Work<R>): Promise<R> {
    return this.#transactions.read(this.#frame, this.userId, work);
  }
}
