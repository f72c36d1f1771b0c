// Loads a PostgreSQL database from an archive: into empty tables of the same shape (or an empty database), in one transaction.
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type postgres from "postgres";
import { copyIn } from "./copy-in.ts";
import type { PostgresRecord } from "./core/manifest.ts";
import { createFile, makeDirectory, remove } from "./disk.ts";
import { BackupError } from "./errors.ts";
import { resolveLimits } from "./limits.ts";
import { onlyKeys, outcomeOf, throwIfAborted } from "./options.ts";
import { copyPath, findPgProgram, majorOf, readCatalogFile, setSequence } from "./postgres.ts";
import { connectionEnv, fingerprintOf, inTransaction, quoted, readCatalog, tableName, type CatalogTable } from "./postgres-catalog.ts";
import { readArchive, type ReadOptions } from "./read-archive.ts";
import { runTool } from "./tool.ts";

/** How to restore a PostgreSQL database. */
export interface RestorePostgresOptions extends ReadOptions {
  /** Where to. With `copy` in the archive: the schema must be there (by the application's migrations) and all tables empty. With `pg_dump`: no tables. */
  readonly url: string;
  /** Which database of the archive. Default `main`. */
  readonly name?: string;
  /** Directory for unpacked files; they are removed at the end. Default: the system's temporary directory. */
  readonly scratch?: string;
}

/** A PostgreSQL database that was restored. */
export interface PostgresRestored {
  /** How it was in the archive. */
  readonly method: "pg_dump" | "copy";
  /** Number of tables. */
  readonly tables: number;
  /** Rows of all tables; counted again after loading. */
  readonly rows: number;
}

/** Restores a PostgreSQL database, wholly or not at all. Throws `already-exists` when tables have rows, `version-mismatch` for another schema, and refusals of the archive. */
export async function restorePostgres(file: string, options: RestorePostgresOptions): Promise<PostgresRestored> {
  onlyKeys(options, ["url", "name", "identities", "passphrase", "limits", "signal", "scratch"], "restorePostgres");
  throwIfAborted(options.signal, "The restore");
  const scratch = await mkdtemp(join(options.scratch ?? tmpdir(), "td-postgres-"));
  try {
    const record = await unpack(file, scratch, options);
    return record.method === "copy" ? await loadCopies(scratch, record, options) : await loadDump(scratch, record, options);
  } catch (error) {
    throw outcomeOf(error, options.signal, "The restore");
  } finally {
    await remove(scratch).catch(() => undefined);
  }
}

// Nothing is loaded before the whole archive has been read and found good.
async function unpack(file: string, scratch: string, options: RestorePostgresOptions): Promise<PostgresRecord> {
  const name = options.name ?? "main";
  const { manifest } = await readArchive(file, options, resolveLimits(options.limits), {
    file: async ({ path }) => {
      if (path !== `postgres/${name}.dump` && !path.startsWith(`postgres/${name}/`)) return undefined;
      await makeDirectory(dirname(join(scratch, path)));
      return createFile(join(scratch, path));
    },
  });
  const record = manifest.databases.find((found): found is PostgresRecord => found.engine === "postgres" && found.name === name);
  if (record === undefined) throw new BackupError("not-found", `The archive holds no PostgreSQL database ${name}.`, { facts: { name } });
  return record;
}

async function loadCopies(scratch: string, record: PostgresRecord, options: RestorePostgresOptions): Promise<PostgresRestored> {
  const { sequences } = await readCatalogFile(join(scratch, `postgres/${record.name}/catalog.json`));
  return inTransaction(options.url, "read write", async (tx) => {
    const catalog = await readCatalog(tx);
    if (fingerprintOf(catalog) !== record.schema)
      throw new BackupError(
        "version-mismatch",
        "The tables of the target are not those of the archive: bring it to the same migration first.",
        { facts: { server: catalog.server, archive: record.server } },
      );
    await refuseRows(tx, catalog.tables);
    await tx.unsafe("set constraints all deferred");
    const byName = new Map(catalog.tables.map((table) => [tableName(table), table]));
    let rows = 0;
    for (const [index, { name, rows: wanted }] of record.tables.entries()) {
      const table = byName.get(name);
      if (table === undefined) throw new BackupError("manifest-invalid", `The manifest names a table ${name} that the schema lacks.`);
      const columns = table.columns.map(quoted).join(", ");
      const statement = `copy ${quoted(table.schema)}.${quoted(table.name)} (${columns}) from stdin`;
      await copyIn(tx, statement, join(scratch, copyPath(record.name, index)), name, options.signal);
      rows += await checkCount(tx, table, wanted);
    }
    const known = new Set(catalog.sequences.map(({ name }) => name));
    for (const sequence of sequences) if (known.has(sequence.name)) await tx.unsafe(setSequence(sequence));
    return { method: "copy", tables: record.tables.length, rows };
  });
}

async function loadDump(scratch: string, record: PostgresRecord, options: RestorePostgresOptions): Promise<PostgresRestored> {
  const server = await inTransaction(options.url, "read only", async (tx) => {
    const catalog = await readCatalog(tx);
    if (catalog.tables.length > 0) throw notEmpty(tableName(catalog.tables[0] ?? { schema: "", name: "", columns: [] }));
    return catalog.server;
  });
  const program = await findPgProgram("pg_restore", majorOf(record.server));
  if (program === undefined)
    throw new BackupError("tool-failed", `No pg_restore for PostgreSQL ${record.server} was found: install one at least as new.`, {
      facts: { program: "pg_restore", server },
    });
  const env = connectionEnv(options.url);
  const args = [
    "--single-transaction",
    "--exit-on-error",
    "--no-owner",
    "--no-password",
    `--dbname=${env["PGDATABASE"]}`,
    join(scratch, `postgres/${record.name}.dump`),
  ];
  await runTool({ program, args, env }, options.signal);
  return inTransaction(options.url, "read only", async (tx) => {
    const byName = new Map((await readCatalog(tx)).tables.map((table) => [tableName(table), table]));
    let rows = 0;
    for (const { name, rows: wanted } of record.tables) {
      const table = byName.get(name);
      rows += table === undefined ? 0 : await checkCount(tx, table, wanted);
    }
    return { method: "pg_dump", tables: record.tables.length, rows };
  });
}

async function refuseRows(tx: postgres.TransactionSql, tables: readonly CatalogTable[]): Promise<void> {
  for (const table of tables) {
    const [row] = await tx.unsafe(`select 1 from ${quoted(table.schema)}.${quoted(table.name)} limit 1`);
    if (row !== undefined) throw notEmpty(tableName(table));
  }
}

function notEmpty(table: string): BackupError {
  return new BackupError(
    "already-exists",
    `${table} has rows, or is there when nothing should be: restore into a fresh database and switch the application over.`,
    { facts: { table } },
  );
}

async function checkCount(tx: postgres.TransactionSql, table: CatalogTable, wanted: number): Promise<number> {
  const [row] = await tx.unsafe<{ rows: string }[]>(`select count(*) as rows from ${quoted(table.schema)}.${quoted(table.name)}`);
  if (Number(row?.rows) !== wanted)
    throw new BackupError("database-corrupt", `${tableName(table)} has ${row?.rows} rows after loading, the manifest states ${wanted}.`, {
      facts: { table: tableName(table), wanted },
    });
  return wanted;
}
