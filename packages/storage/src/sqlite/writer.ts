// The one writing connection: BEGIN IMMEDIATE behind a first-in, first-out lock, transactions that nest as savepoints, and
// AsyncLocalStorage, by which code inside a transaction finds it. Work that is not inside one waits for its turn.
import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { StorageError } from "../errors.ts";
import type { NotedChange } from "../changes/types.ts";
import type { Connection } from "./connection.ts";
import { FifoLock } from "../lock.ts";
import { closed, closedInside, deadlock, doomed, transactionOver, unfinished } from "../transaction-errors.ts";

/** One open transaction, or one savepoint inside it. */
export class Frame {
  /** The writer it belongs to. */
  readonly writer: Writer;
  /** The transaction around this savepoint, on the same writer. */
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

  constructor(writer: Writer, parent: Frame | undefined, outer: Frame | undefined) {
    this.writer = writer;
    this.parent = parent;
    this.outer = outer;
  }

  /** Whether neither it nor a transaction around it has ended. */
  get alive(): boolean {
    return this.open && (this.parent === undefined || this.parent.alive);
  }

  /** Allows nothing but its rollback from here on: work in it failed half-way. */
  doom(cause: unknown): void {
    this.cause ??= cause;
  }
}

// One for all storages of the process, so that a writer sees when it is asked to wait for itself through another storage.
const frames = new AsyncLocalStorage<Frame>();

/** Longest pause, in milliseconds, between two tries for a database that another process holds. */
const MAX_PAUSE = 50;

/** Runs transactions on the one writing connection of a storage. */
export class Writer {
  readonly #connection: Connection;
  readonly #lock: FifoLock;
  readonly #busyTimeoutMs: number;
  readonly #onCommit: (noted: readonly NotedChange[]) => void;
  #savepoints = 0;
  #closed = false;

  constructor(connection: Connection, lock: FifoLock, busyTimeoutMs: number, onCommit: (noted: readonly NotedChange[]) => void) {
    this.#onCommit = onCommit;
    this.#connection = connection;
    this.#lock = lock;
    this.#busyTimeoutMs = busyTimeoutMs;
  }

  /** The transaction that work asked for through `handle` belongs to now, or `undefined` outside of one. Throws `transaction-over`, `closed`. */
  frameOf(handle: Frame | undefined): Frame | undefined {
    if (this.#closed) throw closed();
    if (handle !== undefined && !handle.alive) throw transactionOver();
    const current = this.#current();
    if (handle === undefined) return current;
    for (let frame = current; frame !== undefined; frame = frame.parent) if (frame === handle) return current;
    return handle;
  }

  /** Runs `work` in a transaction: committed when it resolves, rolled back when it rejects. Inside one it is a savepoint. */
  async transaction<R>(handle: Frame | undefined, work: (frame: Frame) => Promise<R>): Promise<R> {
    const parent = this.frameOf(handle);
    return parent === undefined ? this.#root((frame) => this.#call(frame, work)) : this.#nested(parent, (frame) => this.#call(frame, work));
  }

  /**
   * Runs a synchronous piece of work that is kept whole or not at all: inside the transaction that is open, else in one of its own.
   * When it throws after it has changed rows of an open transaction, that transaction cannot go on. (A savepoint around each piece
   * would undo just the piece, but SQLite then copies every page before its first change: a bulk import runs a quarter slower.)
   */
  async write<R>(handle: Frame | undefined, work: (connection: Connection) => R): Promise<R> {
    const parent = this.frameOf(handle);
    if (parent === undefined) return this.#root(() => work(this.#connection));
    return this.#within(parent, () => this.#wholeOrDoomed(parent, work));
  }

  /** Runs a synchronous read on the writing connection: inside the transaction, or between two when outside. */
  async read<R>(handle: Frame | undefined, work: (connection: Connection) => R): Promise<R> {
    const parent = this.frameOf(handle);
    if (parent !== undefined) return this.#within(parent, () => work(this.#connection));
    const release = await this.#acquire();
    try {
      return work(this.#connection);
    } finally {
      release();
    }
  }

  /** Waits for the work in hand, then refuses all further work. Throws `would-deadlock` inside a transaction. */
  async close(): Promise<void> {
    if (this.#current() !== undefined) {
      throw closedInside();
    }
    const release = await this.#acquire();
    this.#closed = true;
    release();
  }

  #current(): Frame | undefined {
    let frame = frames.getStore();
    while (frame !== undefined && (!frame.alive || frame.writer !== this)) frame = frame.outer;
    return frame;
  }

  async #acquire(): Promise<() => void> {
    this.#refuseDeadlock();
    const asked = performance.now();
    const release = await this.#lock.acquire();
    this.#connection.waitedMs = performance.now() - asked;
    if (!this.#closed) return release;
    release();
    throw closed();
  }

  #refuseDeadlock(): void {
    for (let frame = frames.getStore(); frame !== undefined; frame = frame.outer) {
      if (!frame.alive || frame.writer === this || frame.writer.#lock !== this.#lock) continue;
      throw deadlock(this.#connection.path);
    }
  }

  async #root<R>(work: (frame: Frame) => R | Promise<R>): Promise<R> {
    const release = await this.#acquire();
    try {
      await this.#begin();
      const frame = new Frame(this, undefined, frames.getStore());
      return await this.#settle(frame, work, "commit", "rollback");
    } finally {
      release();
    }
  }

  async #begin(): Promise<void> {
    const deadline = performance.now() + this.#busyTimeoutMs;
    for (let pause = 1; ; pause = Math.min(pause * 2, MAX_PAUSE)) {
      try {
        this.#connection.exec("begin immediate");
        return;
      } catch (error) {
        if (!(error instanceof StorageError) || error.code !== "busy" || performance.now() >= deadline) throw error;
      }
      await sleep(pause);
    }
  }

  async #nested<R>(parent: Frame, work: (frame: Frame) => Promise<R>): Promise<R> {
    return this.#within(parent, async () => {
      const name = this.#nextSavepoint();
      this.#connection.exec(`savepoint ${name}`);
      const frame = new Frame(this, parent, frames.getStore());
      return await this.#settle(frame, work, `release ${name}`, `rollback to ${name}; release ${name}`);
    });
  }

  /** Runs `work` and ends the frame: `keep` when it succeeded and left nothing running, else `undo`. */
  async #settle<R>(frame: Frame, work: (frame: Frame) => R | Promise<R>, keep: string, undo: string): Promise<R> {
    try {
      const result = await work(frame);
      if (!frame.alive) throw transactionOver();
      if (frame.pending > 0) throw unfinished();
      this.#refuseDoomed(frame);
      frame.open = false;
      this.#connection.exec(keep);
      if (frame.parent === undefined) this.#onCommit(frame.noted);
      else frame.parent.noted.push(...frame.noted);
      return result;
    } catch (error) {
      // Nothing to undo when the transaction around it has ended, or when SQLite rolled back by itself (a full disk).
      const mine = frame.parent === undefined || frame.parent.alive;
      frame.open = false;
      if (mine && this.#connection.inTransaction) this.#connection.exec(undo);
      throw error;
    }
  }

  #call<R>(frame: Frame, work: (frame: Frame) => Promise<R>): Promise<R> {
    return frames.run(frame, () => work(frame));
  }

  async #within<R>(frame: Frame, work: () => R | Promise<R>): Promise<R> {
    frame.pending++;
    try {
      const release = await frame.lock.acquire();
      try {
        if (!frame.alive) throw transactionOver();
        this.#refuseDoomed(frame);
        return await work();
      } finally {
        release();
      }
    } finally {
      frame.pending--;
    }
  }

  #refuseDoomed(frame: Frame): void {
    if (frame.cause !== undefined || !this.#connection.inTransaction) throw doomed(this.#connection.path, frame.cause);
  }

  #wholeOrDoomed<R>(frame: Frame, work: (connection: Connection) => R): R {
    const before = this.#totalChanges();
    try {
      return work(this.#connection);
    } catch (error) {
      if (!this.#connection.inTransaction || this.#totalChanges() !== before) frame.doom(error);
      throw error;
    }
  }

  #totalChanges(): unknown {
    const row = this.#connection.prepare("select total_changes()").get();
    return Array.isArray(row) ? row[0] : undefined;
  }

  #nextSavepoint(): string {
    return `td_${++this.#savepoints}`;
  }
}
