// Opens a SQLite file that is not td's own, by the driver that the host has installed.
import type { Database } from "better-sqlite3";
import { MigrateError } from "../errors.ts";

/** The connection; it never waits inside SQLite, which would stop the event loop. Throws `driver-missing`, `store-unreadable`. */
export async function openLegacySqlite(path: string, options: { readonly create?: boolean } = {}): Promise<Database> {
  const { default: Driver } = await import("better-sqlite3").catch((cause: unknown) => {
    throw new MigrateError("driver-missing", `${path} needs the package better-sqlite3: npm install better-sqlite3.`, {
      facts: { path },
      cause,
    });
  });
  try {
    return new Driver(path, { fileMustExist: options.create !== true, timeout: 0 });
  } catch (cause) {
    throw new MigrateError("store-unreadable", `${path} cannot be opened: see the cause, and check the path and its permissions.`, {
      facts: { path },
      cause,
    });
  }
}
