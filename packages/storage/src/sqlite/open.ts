// Opens the file: one connection that writes, one that only reads (none for a database in memory), and the tables in place.
import { setTimeout as sleep } from "node:timers/promises";
import { StorageError } from "../errors.ts";
import type { QueryEvent } from "../query-event.ts";
import { registerDigests } from "../bulk/register.ts";
import { registerSums } from "../stats/profit-sum.ts";
import { Connection } from "./connection.ts";
import { loadDriver } from "./driver.ts";
import type { Database, OpenDatabase } from "./driver.ts";
import { Feed } from "../changes/feed.ts";
import type { NotedChange } from "../changes/types.ts";
import { storageError } from "./errors.ts";
import { cannotOpen, databaseFile, removeMade } from "./database-file.ts";
import type { DatabaseFile } from "./database-file.ts";
import { leaveLock, shareLock } from "../lock.ts";
import { ensureSchema } from "./schema.ts";
import { guardWrites } from "./scoped-views.ts";
import type { Schema } from "../table/schema.ts";
import { Writer } from "./writer.ts";
import type { Frame } from "./writer.ts";

/** How a SQLite database is opened. */
export interface SqliteOptions {
  /** `full` (default): a commit that was acknowledged survives a power loss. `normal`: faster; a power loss may take the last commits, never a part of one. */
  readonly durability: "full" | "normal";
  /** Milliseconds to try when another process holds the database, without blocking the event loop. */
  readonly busyTimeoutMs: number;
  /** Told about each query. */
  readonly onQuery: ((event: QueryEvent) => void) | undefined;
}

/** An open SQLite database. */
export interface SqliteDatabase {
  /** The absolute path, or `:memory:`. */
  readonly path: string;
  /** The way to the connection that writes. */
  readonly writer: Writer;
  /** Runs a synchronous read: inside the transaction that `frame` or the caller is in, else on the connection that only reads. */
  read<R>(work: (connection: Connection) => R, frame?: Frame): Promise<R>;
  /** The connection for raw SQL, which only reads; opened when first asked for. None for a database in memory. */
  rawReader(): Connection | undefined;
  /** Those who follow changes. */
  readonly feed: Feed;
  /** The SQL texts that td's own connections keep prepared. */
  shapes(): readonly string[];
  /** Waits for the work in hand and closes all connections. */
  close(): Promise<void>;
}

const MEMORY = ":memory:";
/** Milliseconds that a read waits inside SQLite; in WAL mode only recovery and exclusive locks make it wait at all. */
const READ_TIMEOUT = 1000;

/** Opens a file or `:memory:` and brings it to the schema. A file that it made is removed when that fails. */
export async function openSqlite(file: string, schema: Schema, options: SqliteOptions): Promise<SqliteDatabase> {
  const open = await loadDriver();
  const place: DatabaseFile = file === MEMORY ? { path: MEMORY, made: false } : databaseFile(file);
  const { path } = place;
  const key = path === MEMORY ? `${MEMORY}${++memories}` : path;
  const lock = shareLock(key);
  let writing: Connection | undefined;
  const feed = new Feed();
  try {
    writing = await retryBusy(options.busyTimeoutMs, () => new Connection(openWriter(open, path, options), path, options.onQuery));
    const writer = new Writer(writing, lock, options.busyTimeoutMs, (noted) => publishAll(feed, noted));
    await writer.write(undefined, (connection) => ensureSchema(connection, schema));
    guardWrites(writing, schema.tables);
    const reader = path === MEMORY ? undefined : new Connection(openReader(open, path), path, options.onQuery);
    const connection = writing;
    for (const own of [connection, reader]) {
      if (own === undefined) continue;
      registerDigests(own.database);
      registerSums(own.database);
    }
    let raw: Connection | undefined;
    const rawReader = (): Connection | undefined =>
      path === MEMORY ? undefined : (raw ??= new Connection(openReader(open, path), path, options.onQuery));
    const close = closer(key, writer, feed, () => [
      ...(reader === undefined ? [] : [reader]),
      ...(raw === undefined ? [] : [raw]),
      connection,
    ]);
    const shapes = (): readonly string[] => [...new Set([...connection.shapes, ...(reader?.shapes ?? [])])];
    return { path, writer, feed, rawReader, shapes, read: readingWith(writer, reader), close };
  } catch (error) {
    writing?.close();
    leaveLock(key);
    removeMade(place);
    throw storageError(error, path);
  }
}

let memories = 0;

function openWriter(open: OpenDatabase, path: string, options: SqliteOptions): Database {
  return opened(open, path, { timeout: 0 }, (database) => {
    if (path !== MEMORY) useWal(database, path);
    database.pragma(`synchronous = ${options.durability}`);
    database.pragma("foreign_keys = on");
    database.pragma("cache_size = -65536");
    // Pages, 40 MB: a bulk import changes the same pages again and again, so copying them back seldom saves work.
    database.pragma("wal_autocheckpoint = 10000");
  });
}

function useWal(database: Database, path: string): void {
  const mode: unknown = database.pragma("journal_mode = wal", { simple: true });
  if (mode !== "wal") throw cannotOpen(path, `SQLite keeps its journal mode ${String(mode)} there instead of WAL: use a local disk`);
}

function openReader(open: OpenDatabase, path: string): Database {
  return opened(open, path, { readonly: true, fileMustExist: true, timeout: READ_TIMEOUT }, (database) => {
    database.pragma("cache_size = -16384");
  });
}

function opened(open: OpenDatabase, path: string, options: Parameters<OpenDatabase>[1], configure: (database: Database) => void): Database {
  try {
    const database = open(path, options);
    try {
      configure(database);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  } catch (error) {
    throw storageError(error, path);
  }
}

async function retryBusy<R>(timeoutMs: number, work: () => R): Promise<R> {
  for (const deadline = performance.now() + timeoutMs; ; await sleep(20)) {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== "busy" || performance.now() >= deadline) throw error;
    }
  }
}

// A database in memory has one connection: its reads wait for the transaction in hand.
function readingWith(writer: Writer, reader: Connection | undefined): SqliteDatabase["read"] {
  return async (work, handle) => {
    const frame = writer.frameOf(handle);
    return frame === undefined && reader !== undefined ? work(reader) : writer.read(frame, work);
  };
}

// The connection that writes closes last: the last connection of a file takes the write-ahead log back into it.
function closer(key: string, writer: Writer, feed: Feed, connections: () => readonly Connection[]): () => Promise<void> {
  let closing: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    await writer.close();
    feed.close();
    for (const connection of connections()) connection.close();
    leaveLock(key);
  };
  return () => {
    closing ??= closeAll().catch((error: unknown) => {
      closing = undefined;
      throw error;
    });
    return closing;
  };
}

/** Hands on what one commit changed, each user's part to those who follow that user. */
export function publishAll(feed: Feed, noted: readonly NotedChange[]): void {
  for (const [userId, of] of Map.groupBy(noted, (each) => each.userId)) {
    feed.publish(
      userId,
      of.map(({ change }) => change),
    );
  }
}
