// The few things td asks of better-sqlite3, loaded only when a SQLite database is opened.
import type BetterSqlite3 from "better-sqlite3";
import { StorageError } from "../errors.ts";

/** One connection of better-sqlite3. */
export type Database = BetterSqlite3.Database;
/** One prepared statement of better-sqlite3. */
export type Statement = BetterSqlite3.Statement;
/** Opens a connection. */
export type OpenDatabase = (path: string, options: BetterSqlite3.Options) => Database;

/** Loads better-sqlite3. Throws `driver-missing` when it is not installed or does not run on this Node. */
export async function loadDriver(): Promise<OpenDatabase> {
  try {
    const { default: Driver } = await import("better-sqlite3");
    return (path, options) => new Driver(path, options);
  } catch (cause) {
    throw new StorageError(
      "driver-missing",
      "The SQLite driver could not be loaded: install better-sqlite3 13 or newer beside @td/storage.",
      { cause },
    );
  }
}
