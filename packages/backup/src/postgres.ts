// PostgreSQL databases in a backup: pg_dump when there is one at least as new as the server, else COPY of all tables in one snapshot.
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type postgres from "postgres";
import { nameProblem } from "./core/names.ts";
import type { PostgresRecord, TableRecord } from "./core/manifest.ts";
import { createFile, makeDirectory } from "./disk.ts";
import { BackupError } from "./errors.ts";
import { onlyKeys } from "./options.ts";
import {
  connectionEnv,
  fingerprintOf,
  inTransaction,
  literal,
  quoted,
  readCatalog,
  tableName,
  type Catalog,
  type CatalogTable,
} from "./postgres-catalog.ts";
import { hashFile } from "./read-file.ts";
import type { StagedFile } from "./stage-sources.ts";
import { runTool } from "./tool.ts";

/** How a PostgreSQL database is backed up. */
export interface PostgresOptions {
  /** `postgres://user:password@host:port/database`. The role must see all rows: row level security that hides some is an error. */
  readonly url: string;
  /** Name in the archive. Default `main`. */
  readonly name?: string;
  /** `auto` (default) takes `pg_dump` when one at least as new as the server is found, else `copy`. */
  readonly method?: "auto" | "pg_dump" | "copy";
}

/** A PostgreSQL database that belongs to a backup. */
export interface PostgresSource extends Required<PostgresOptions> {
  readonly engine: "postgres";
}

/** A PostgreSQL database beside the tree. Needs the package `postgres`. Throws `invalid-option`. */
export function postgresDatabase(options: PostgresOptions): PostgresSource {
  onlyKeys(options, ["url", "name", "method"], "postgresDatabase");
  const { url, name = "main", method = "auto" } = options;
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol))
    throw new BackupError("invalid-option", "postgresDatabase needs a postgres:// URL.");
  if (nameProblem(name) !== undefined || name.includes("/"))
    throw new BackupError("invalid-option", "The name of a database must be usable as a file name.");
  if (!["auto", "pg_dump", "copy"].includes(method)) throw new BackupError("invalid-option", "method must be auto, pg_dump or copy.");
  return { engine: "postgres", url, name, method };
}

/** Dumps one moment of a database into the scratch directory. */
export async function dumpPostgres(
  source: PostgresSource,
  scratch: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly files: readonly StagedFile[]; readonly record: PostgresRecord }> {
  return inTransaction(source.url, "isolation level repeatable read read only", async (tx) => {
    const catalog = await readCatalog(tx);
    const program = source.method === "copy" ? undefined : await findPgProgram("pg_dump", majorOf(catalog.server));
    if (source.method === "pg_dump" && program === undefined)
      throw new BackupError(
        "tool-failed",
        `No pg_dump for PostgreSQL ${catalog.server} was found: install one at least as new, or use method "copy".`,
        { facts: { program: "pg_dump", server: catalog.server } },
      );
    const folder = join(scratch, `postgres-${source.name}`);
    await makeDirectory(folder);
    const common = { engine: "postgres", name: source.name, server: catalog.server, schema: fingerprintOf(catalog) } as const;
    if (program === undefined) return copyTables(tx, catalog, source.name, folder, common, signal);
    const target = join(folder, "dump");
    const [snapshot] = await tx<{ id: string }[]>`select pg_export_snapshot() as id`;
    await runTool(
      {
        program,
        args: ["--format=custom", "--compress=0", "--no-password", `--snapshot=${snapshot?.id}`, `--file=${target}`],
        env: connectionEnv(source.url),
      },
      signal,
    );
    const tables: TableRecord[] = [];
    for (const table of catalog.tables) tables.push({ name: tableName(table), rows: await countRows(tx, table) });
    return { files: [await staged(`postgres/${source.name}.dump`, target)], record: { ...common, method: "pg_dump", tables } };
  });
}

async function copyTables(
  tx: postgres.TransactionSql,
  catalog: Catalog,
  name: string,
  folder: string,
  common: Omit<PostgresRecord, "method" | "tables">,
  signal: AbortSignal | undefined,
): Promise<{ files: StagedFile[]; record: PostgresRecord }> {
  const files: StagedFile[] = [];
  const tables: TableRecord[] = [];
  for (const [index, table] of catalog.tables.entries()) {
    const target = join(folder, `table-${index}`);
    const { file, rows } = await copyTable(tx, table, copyPath(name, index), target, signal);
    files.push(file);
    tables.push({ name: tableName(table), rows });
  }
  files.push(await writeCatalog(catalog, name, folder));
  return { files, record: { ...common, method: "copy", tables } };
}

/** Name in the archive of the rows of the table at this place in the order of loading. */
export function copyPath(name: string, index: number): string {
  return `postgres/${name}/${String(index + 1).padStart(5, "0")}.copy`;
}

async function copyTable(
  tx: postgres.TransactionSql,
  table: CatalogTable,
  path: string,
  target: string,
  signal: AbortSignal | undefined,
): Promise<{ file: StagedFile; rows: number }> {
  const columns = table.columns.map(quoted).join(", ");
  const rowsOut = await tx.unsafe(`copy ${quoted(table.schema)}.${quoted(table.name)} (${columns}) to stdout`).readable();
  const file = await createFile(target);
  const hash = createHash("sha256");
  let bytes = 0;
  let rows = 0;
  try {
    for await (const chunk of rowsOut as AsyncIterable<Uint8Array>) {
      signal?.throwIfAborted();
      hash.update(chunk);
      await file.write(chunk);
      bytes += chunk.length;
      // In COPY's text format a line feed within a value is written as \n: each line feed ends a row.
      for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) rows++;
    }
  } finally {
    // The driver stops its socket while rows wait to be read, and lets it go on when more are asked for. Of rows that have all come nobody asks for
    // more: without this, a table of 64 KiB whose end came while the disk was slow would stop the connection for good.
    rowsOut._read(0);
    await file.discard();
  }
  return { file: { path, bytes, sha256: hash.digest("hex"), modified: seconds(), source: target, own: true }, rows };
}

async function countRows(tx: postgres.TransactionSql, table: CatalogTable): Promise<number> {
  const [row] = await tx.unsafe<{ rows: string }[]>(`select count(*) as rows from ${quoted(table.schema)}.${quoted(table.name)}`);
  return Number(row?.rows);
}

async function writeCatalog(catalog: Catalog, name: string, folder: string): Promise<StagedFile> {
  const target = join(folder, "catalog.json");
  const file = await createFile(target);
  await file.write(new TextEncoder().encode(JSON.stringify({ tables: catalog.tables, sequences: catalog.sequences }, null, 1)));
  await file.close();
  return staged(`postgres/${name}/catalog.json`, target);
}

async function staged(path: string, source: string): Promise<StagedFile> {
  return { path, ...(await hashFile(source)), modified: seconds(), source, own: true };
}

const seconds = (): number => Math.floor(Date.now() / 1000);

/** The first number of a version. */
export function majorOf(version: string): number {
  return Number(/^\d+/.exec(version)?.[0] ?? 0);
}

/** A `pg_dump` or `pg_restore` at least as new as this major version: from the path, or from where Debian puts them. */
export async function findPgProgram(name: "pg_dump" | "pg_restore", major: number): Promise<string | undefined> {
  const debian = "/usr/lib/postgresql";
  const versions = await readdir(debian).catch(() => []);
  const candidates = [name, ...versions.map((version) => join(debian, version, "bin", name))];
  for (const program of candidates) {
    const said = await runTool({ program, args: ["--version"] }).catch(() => "");
    if (majorOf(/(\d+)(\.|devel|beta|rc|\s|$)/.exec(said)?.[0] ?? "") >= major) return program;
  }
  return undefined;
}

/** Sets a sequence to where it was. */
export function setSequence({ name, value, called }: Catalog["sequences"][number]): string {
  return `select setval(${literal(name)}::regclass, ${BigInt(value)}, ${called ? "true" : "false"})`;
}

/** Reads back what `writeCatalog` wrote. */
export async function readCatalogFile(path: string): Promise<Pick<Catalog, "tables" | "sequences">> {
  return JSON.parse(await readFile(path, "utf8")) as Pick<Catalog, "tables" | "sequences">;
}
