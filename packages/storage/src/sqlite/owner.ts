// A connection that changes the schema of a file: of its own, with foreign keys off from before its first transaction, as SQLite asks for
// whenever a table is made anew: inside a transaction that pragma would do nothing, and dropping a table would delete its children.
import { StorageError } from "../errors.ts";
import { Connection } from "./connection.ts";
import { databaseFile, removeMade } from "./database-file.ts";
import { loadDriver } from "./driver.ts";
import { storageError } from "./errors.ts";

/** A connection that changes the schema of a file. */
export interface SqliteOwner {
  /** The connection. */
  readonly connection: Connection;
  /** Closes it; a file that was made for it and got nothing goes again. */
  close(): void;
}

/** Opens a file to change its schema; the file is made when it is not there. Throws what opening a storage throws. */
export async function openSqliteOwner(file: string): Promise<SqliteOwner> {
  const open = await loadDriver();
  const place = databaseFile(file);
  try {
    const connection = new Connection(open(place.path, { timeout: 0 }), place.path, undefined);
    for (let tries = 0; ; tries++) {
      try {
        connection.exec("pragma journal_mode = wal");
        break;
      } catch (error) {
        // Another process opens or closes the file at this moment.
        if (!(error instanceof StorageError) || error.code !== "busy" || tries >= 250) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    for (const pragma of ["synchronous = full", "foreign_keys = off", "legacy_alter_table = on"]) connection.exec(`pragma ${pragma}`);
    const close = (): void => {
      connection.close();
      removeMade(place);
    };
    return { connection, close };
  } catch (error) {
    removeMade(place);
    throw storageError(error, place.path);
  }
}

/** A database in memory, to make the newest form in and look at it. */
export async function scratchSqlite(): Promise<Connection> {
  const open = await loadDriver();
  return new Connection(open(":memory:", {}), ":memory:", undefined);
}
