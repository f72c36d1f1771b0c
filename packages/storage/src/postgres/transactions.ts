// Transactions on the connections of a pool. A user's transactions run one at a time in the order of asking, as on SQLite; those of different
// users run at once. They nest as savepoints, and AsyncLocalStorage is how code inside one finds it.
import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { StorageError } from "../errors.ts";
import { FifoLock, leaveLock, shareLock } from "../lock.ts";
import { closed, closedInside, deadlock, doomed, transactionOver, unfinished } from "../transaction-errors.ts";
import type { NotedChange } from "../changes/types.ts";
import type { Connection, Statements } from "./connection.ts";
import { sendChanges } from "./notify.ts";
import type { Pool } from "./pool.ts";

/** One open transaction, or one savepoint inside it. */
export class Frame {
  /** Whose transaction it is. */
  readonly owner: Transactions;
  /** The connection it is open on. */
  readonly connection: Connection;
  /** The way to the connection for work in this transaction: shut once it has ended, when the connection serves somebody else. */
  readonly gate: Statements;
  /** The users whose rows the whole transaction has locked. */
  readonly users: Set<string>;
  /** The transaction around this savepoint, on the same connection. */
  readonly parent: Frame | undefined;
  /** The transaction of any storage in whose callback this one was begun. */
  readonly outer: Frame | undefined;
  /** Keeps pieces of work in the order they were asked for; a nested transaction holds it to its end. */
  readonly lock = new FifoLock();
  /** False once it was committed or rolled back itself. */
  open = true;
  /** Pieces of work asked for and not settled yet. */
  pending = 0;
  /** What was changed in it, for those who listen. */
  readonly noted: NotedChange[] = [];
  /** Why it can only be rolled back, once it can. */
  cause: unknown = undefined;

  constructor(owner: Transactions, connection: Connection, userId: string, parent: Frame | undefined, outer: Frame | undefined) {
    this.owner = owner;
    this.connection = connection;
    this.gate = {
      query: async (sql, params) => this.#through().query(sql, params),
      command: async (sql, params) => this.#through().command(sql, params),
    };
    this.users = parent?.users ?? new Set([userId]);
    this.parent = parent;
    this.outer = outer;
  }

  /** Whether neither it nor a transaction around it has ended. */
  get alive(): boolean {
    return this.open && (this.parent === undefined || this.parent.alive);
  }

  #through(): Connection {
    if (this.alive) return this.connection;
    throw transactionOver();
  }
}

// One for all storages of the process, so that a transaction is not asked to wait for itself through another storage.
const frames = new AsyncLocalStorage<Frame>();

/** Times that a transaction is begun at most when the database takes it back. */
const MAX_ATTEMPTS = 6;
/** Longest pause, in milliseconds, before the second attempt; doubled for each further one. */
const FIRST_PAUSE = 10;

/** Work on a connection inside an open transaction. */
export type Work<R> = (connection: Statements) => Promise<R>;

/** Runs the transactions of a storage. */
export class Transactions {
  readonly #pool: Pool;
  readonly #path: string;
  #inFlight = 0;
  #savepoints = 0;
  #closed = false;
  #whenIdle: (() => void) | undefined;

  /** `path` names the database: storages with the same path share the locks of its users. */
  constructor(pool: Pool, path: string) {
    this.#pool = pool;
    this.#path = path;
  }

  /** The transaction that work asked for through `handle` belongs to now, or `undefined` outside of one. Throws `transaction-over`, `closed`. */
  frameOf(handle: Frame | undefined): Frame | undefined {
    if (handle !== undefined && !handle.alive) throw this.#closed ? closed() : transactionOver();
    const current = this.#current();
    if (handle === undefined || current === undefined) {
      const frame = handle ?? current;
      if (frame === undefined && this.#closed) throw closed();
      return frame;
    }
    for (let frame: Frame | undefined = current; frame !== undefined; frame = frame.parent) if (frame === handle) return current;
    return handle;
  }

  /**
   * Runs `work` in a transaction: committed when it resolves, rolled back when it rejects. Inside one it is a savepoint. When the database
   * takes the transaction back because of another one, `work` runs again.
   */
  async transaction<R>(handle: Frame | undefined, userId: string, work: (frame: Frame) => Promise<R>): Promise<R> {
    const parent = this.frameOf(handle);
    if (parent !== undefined) return this.#nested(parent, userId, work);
    return this.#root(userId, async (connection) => {
      const frame = new Frame(this, connection, userId, undefined, frames.getStore());
      return this.#settle(frame, async () => {
        await connection.begin(userId, true);
        return frames.run(frame, () => work(frame));
      });
    });
  }

  /** Runs a piece of work that is kept whole or not at all: inside the transaction that is open, else in one of its own. */
  async write<R>(handle: Frame | undefined, userId: string, work: Work<R>): Promise<R> {
    const parent = this.frameOf(handle);
    if (parent !== undefined) return this.#within(parent, userId, () => this.#guarded(parent, work));
    return this.#root(userId, async (connection) => {
      try {
        const result = await bothOf(connection.begin(userId, true), work(connection));
        await this.#commit(connection);
        return result;
      } catch (error) {
        await rollBack(connection, "rollback");
        throw error;
      }
    });
  }

  /** Runs a read: inside the transaction, or in one of its own. Outside, `work` must ask all its queries at once, before it awaits one. */
  async read<R>(handle: Frame | undefined, userId: string, work: Work<R>): Promise<R> {
    const parent = this.frameOf(handle);
    if (parent !== undefined) return this.#within(parent, userId, () => this.#dooming(parent, work));
    return this.#counted(async () => {
      const connection = await this.#acquire(performance.now());
      try {
        const begun = connection.begin(userId, false);
        const result = work(connection);
        return await bothOf(begun, result, connection.command("commit"));
      } finally {
        this.#release(connection);
      }
    });
  }

  /** Waits for the work in hand, then refuses all further work. Throws `would-deadlock` inside a transaction. */
  async close(): Promise<void> {
    if (this.#current() !== undefined) throw closedInside();
    this.#closed = true;
    if (this.#inFlight > 0) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
    await this.#pool.close();
  }

  #current(): Frame | undefined {
    let frame = frames.getStore();
    while (frame !== undefined && (!frame.alive || frame.owner !== this)) frame = frame.outer;
    return frame;
  }

  async #counted<R>(work: () => Promise<R>): Promise<R> {
    this.#inFlight++;
    try {
      return await work();
    } finally {
      if (--this.#inFlight === 0) this.#whenIdle?.();
    }
  }

  async #acquire(asked: number): Promise<Connection> {
    const connection = await this.#pool.acquire();
    connection.waitedMs = performance.now() - asked;
    return connection;
  }

  #release(connection: Connection): void {
    connection.user = undefined;
    this.#pool.release(connection);
  }

  /** Runs a whole transaction when it is the user's turn, and again when the database takes it back. */
  #root<R>(userId: string, run: (connection: Connection) => Promise<R>): Promise<R> {
    return this.#counted(async () => {
      this.#refuseDeadlock(userId);
      const asked = performance.now();
      const key = `${this.#path} ${userId}`;
      const release = await shareLock(key).acquire();
      try {
        return await this.#attempts(asked, run);
      } finally {
        release();
        leaveLock(key);
      }
    });
  }

  async #attempts<R>(asked: number, run: (connection: Connection) => Promise<R>): Promise<R> {
    for (let attempt = 1; ; attempt++) {
      const connection = await this.#acquire(asked);
      try {
        return await run(connection);
      } catch (error) {
        if (attempt === MAX_ATTEMPTS || !(error instanceof StorageError) || error.code !== "serialization-failed") throw error;
      } finally {
        this.#release(connection);
      }
      await sleep(Math.random() * FIRST_PAUSE * 2 ** attempt);
    }
  }

  #refuseDeadlock(userId: string): void {
    for (let frame = frames.getStore(); frame !== undefined; frame = frame.outer) {
      if (frame.alive && frame.owner !== this && frame.owner.#path === this.#path && frame.users.has(userId)) throw deadlock(this.#path);
    }
  }

  async #nested<R>(parent: Frame, userId: string, work: (frame: Frame) => Promise<R>): Promise<R> {
    return this.#within(parent, userId, async () => {
      const { connection } = parent;
      const name = `td_${++this.#savepoints}`;
      const frame = new Frame(this, connection, userId, parent, frames.getStore());
      return this.#settle(
        frame,
        async () => {
          await connection.command(`savepoint ${name}`);
          return frames.run(frame, () => work(frame));
        },
        name,
      );
    });
  }

  /** Runs `work` and ends the frame: kept when it succeeded and left nothing running, else undone. */
  async #settle<R>(frame: Frame, work: () => Promise<R>, savepoint?: string): Promise<R> {
    const { connection } = frame;
    try {
      const result = await work();
      if (!frame.alive) throw transactionOver();
      if (frame.pending > 0) throw unfinished();
      if (frame.cause !== undefined) throw doomed(this.#path, frame.cause);
      if (savepoint === undefined && frame.noted.length > 0) await sendChanges(connection, frame.noted);
      frame.open = false;
      if (savepoint === undefined) await this.#commit(connection);
      else await connection.command(`release ${savepoint}`);
      frame.parent?.noted.push(...frame.noted);
      return result;
    } catch (error) {
      // Nothing to undo when the transaction around it has ended.
      const mine = frame.parent === undefined || frame.parent.alive;
      frame.open = false;
      if (mine) await rollBack(connection, savepoint === undefined ? "rollback" : `rollback to ${savepoint}; release ${savepoint}`);
      throw error;
    }
  }

  async #commit(connection: Connection): Promise<void> {
    const sent = connection.alive;
    const { command } = await connection.command("commit").catch((error: unknown): never => {
      throw sent && error instanceof StorageError && error.code === "connection-lost" ? commitUnknown(this.#path, error) : error;
    });
    if (command !== "COMMIT") throw doomed(this.#path, undefined);
  }

  async #within<R>(frame: Frame, userId: string, work: () => Promise<R>): Promise<R> {
    frame.pending++;
    try {
      const release = await frame.lock.acquire();
      try {
        if (!frame.alive) throw transactionOver();
        if (frame.cause !== undefined) throw doomed(this.#path, frame.cause);
        frame.users.add(userId);
        const { connection } = frame;
        if (connection.user === userId) return await work();
        const bound = connection.bind(userId, true);
        bound.catch((error: unknown) => (frame.cause ??= error));
        return await bothOf(bound, work());
      } finally {
        release();
      }
    } finally {
      frame.pending--;
    }
  }

  /** A failed statement would end the transaction: behind a savepoint it ends only what it belongs to. Neither end of it is waited for. */
  async #guarded<R>(frame: Frame, work: Work<R>): Promise<R> {
    try {
      const result = await bothOf(frame.gate.command("savepoint td_write"), work(frame.gate));
      frame.gate.command("release td_write").catch(() => undefined);
      return result;
    } catch (error) {
      if (frame.alive) await rollBack(frame.connection, "rollback to td_write; release td_write");
      throw error;
    }
  }

  /** A read that the database refuses leaves the transaction fit for rollback only. */
  async #dooming<R>(frame: Frame, work: Work<R>): Promise<R> {
    try {
      return await work(frame.gate);
    } catch (error) {
      if (error instanceof StorageError && "postgres" in error.facts) frame.cause ??= error;
      throw error;
    }
  }
}

/** Awaits steps that were sent one behind the other: the second's result, or the failure of the earliest. */
async function bothOf<R>(first: Promise<unknown>, second: Promise<R>, third?: Promise<unknown>): Promise<R> {
  const [before, result, after] = await Promise.allSettled([first, second, third]);
  if (before.status === "rejected") throw before.reason;
  if (result.status === "rejected") throw result.reason;
  if (after.status === "rejected") throw after.reason;
  return result.value;
}

// The user may have been another one at the savepoint, and a lock taken since is gone. When this fails the connection is lost, and the
// server has rolled back by itself.
async function rollBack(connection: Connection, sql: string): Promise<void> {
  connection.user = undefined;
  await connection.command(sql).catch(() => undefined);
}

function commitUnknown(path: string, cause: StorageError): StorageError {
  return new StorageError(
    "commit-unknown",
    `The connection to ${path} was lost while a transaction was being committed: read whether its work is there before you repeat it (importMany is safe to repeat).`,
    { facts: { path }, cause },
  );
}
