// Asks SQLite about unpacked databases, one after another, in a helper process that is started for the first.
import { join } from "node:path";
import type { Manifest } from "./core/manifest.ts";
import type { BackupProgress } from "./create.ts";
import { BackupError } from "./errors.ts";
import { openSqlite, type SqliteHelper, type SqliteProcess } from "./sqlite.ts";

/** Checks that are under way. */
export interface DatabaseChecks {
  /** Has this database checked, by its path below the place. */
  readonly add: (below: string) => void;
  /** Has all SQLite databases of a manifest checked that are among these paths of the archive. */
  readonly addAll: (manifest: Manifest, wanted: ReadonlyMap<string, string>) => void;
  /** Resolves when all were found whole. Throws `database-corrupt`. */
  readonly passed: () => Promise<void>;
  /** Ends what is still running. Never throws. */
  readonly close: () => Promise<void>;
}

/** Checks of databases below `place`, each with `integrity_check`. */
export function databaseChecks(
  place: string,
  { signal, onProgress }: { readonly signal?: AbortSignal; readonly onProgress?: (progress: BackupProgress) => void },
): DatabaseChecks {
  let running: SqliteProcess | undefined;
  let checked: Promise<void> = Promise.resolve();
  const add = (below: string): void => {
    const { helper } = (running ??= openSqlite(signal));
    checked = checked.then(() => {
      onProgress?.({ phase: "checking", path: `data/${below}`, doneBytes: 0, totalBytes: 0 });
      return check(helper, place, below);
    });
    checked.catch(() => undefined); // `passed` throws it
  };
  return {
    add,
    addAll: ({ databases }, wanted) => {
      for (const record of databases) {
        const below = record.engine === "sqlite" ? wanted.get(record.path) : undefined;
        if (below !== undefined) add(below);
      }
    },
    passed: () => checked,
    close: async () => {
      await running?.close(true);
      await checked.catch(() => undefined);
    },
  };
}

async function check(sqlite: SqliteHelper, place: string, below: string): Promise<void> {
  const problems = await sqlite.check(join(place, below), true).catch((error: Error) => [error.message]);
  if (problems.length > 0)
    throw new BackupError(
      "database-corrupt",
      `SQLite finds data/${below} corrupt: ${problems[0]}. Nothing was touched; take another archive.`,
      {
        facts: { path: `data/${below}` },
      },
    );
}
