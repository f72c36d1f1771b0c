// What a backup is made of: the plain files and the databases of a tree, and PostgreSQL databases beside it.
import { anyMatcher, matcher } from "./core/glob.ts";
import { findCollision, nameProblem } from "./core/names.ts";
import { BackupError } from "./errors.ts";
import type { PostgresSource } from "./postgres.ts";
import type { SqliteHelper } from "./sqlite.ts";
import { walkTree, type TreeFile } from "./walk.ts";
import { join } from "node:path";

/** Says that the files under a pattern are SQLite databases: one that is not stops the backup. */
export interface SqliteSource {
  readonly engine: "sqlite";
  /** Pattern over paths below the root. */
  readonly pattern: string;
}

/** A database that belongs to a backup. */
export type DatabaseSource = SqliteSource | PostgresSource;

/**
 * SQLite databases below the root, such as `databases/**\/*.db`.
 *
 * Databases are found by their first bytes, named here or not; naming them makes a file that is no database an error (empty files are none yet, and fine).
 */
export function sqliteDatabases(pattern: string): SqliteSource {
  return { engine: "sqlite", pattern };
}

/** The files of a tree, sorted out. */
export interface TreeContents {
  /** Files that are archived as they are. */
  readonly plain: readonly TreeFile[];
  /** SQLite databases. */
  readonly databases: readonly TreeFile[];
  /** Directories without files. */
  readonly emptyDirectories: readonly string[];
}

const SIDECAR = /-(?:wal|shm|journal)$/;

/** Sorts out a tree. Throws `unsupported-file` or `not-a-database` naming the files: nothing is left away in silence. */
export async function surveyTree(
  root: string,
  exclude: readonly string[],
  sources: readonly DatabaseSource[],
  sqlite: SqliteHelper,
): Promise<TreeContents> {
  const tree = await walkTree(root, anyMatcher(exclude));
  refuseOthers(root, tree.others);
  refuseNames(
    tree.files.map(({ path }) => path),
    tree.directories,
  );
  // A file beside a database by its name may be a part of it: only the helper may touch it, and only when it is not.
  const found = new Set(await sqlite.sniff(tree.files.map(({ path }) => join(root, path))));
  const databases = tree.files.filter(({ path }) => found.has(join(root, path)));
  const names = new Set(databases.map(({ path }) => path));
  const plain = tree.files.filter(({ path }) => !names.has(path) && !(SIDECAR.test(path) && names.has(path.replace(SIDECAR, ""))));
  refuseNonDatabases(plain, sources);
  const parents = new Set(
    [...plain, ...databases].flatMap(({ path }) => path.split("/").map((_, at, parts) => parts.slice(0, at).join("/"))),
  );
  const emptyDirectories = tree.directories.filter(
    (path) => !parents.has(path) && !tree.directories.some((other) => other.startsWith(`${path}/`)),
  );
  return { plain, databases, emptyDirectories };
}

function refuseOthers(root: string, others: readonly string[]): void {
  if (others.length > 0)
    throw new BackupError(
      "unsupported-file",
      `${root} holds links, sockets, pipes, devices or names that are not UTF-8: ${some(others)}. Exclude or remove them.`,
      {
        facts: { paths: others.slice(0, 100) },
      },
    );
}

function refuseNames(files: readonly string[], directories: readonly string[]): void {
  const bad = [...files, ...directories].filter((path) => nameProblem(`postgres/${path}`) !== undefined);
  if (bad.length > 0)
    throw new BackupError(
      "unsupported-file",
      `These names cannot be archived: ${some(bad.map((path) => JSON.stringify(path)))}. Rename or exclude them.`,
      {
        facts: { paths: bad.slice(0, 100) },
      },
    );
  const met = findCollision(files, directories);
  if (met !== undefined)
    throw new BackupError(
      "unsupported-file",
      `${met.path} and ${met.with} are the same name on file systems that ignore case or Unicode forms. Rename or exclude one.`,
      {
        facts: { paths: [met.path, met.with] },
      },
    );
}

function refuseNonDatabases(plain: readonly TreeFile[], sources: readonly DatabaseSource[]): void {
  const patterns = sources.flatMap((source) => (source.engine === "sqlite" ? [matcher(source.pattern)] : []));
  const wrong = plain
    .filter(({ path, bytes }) => bytes > 0 && !SIDECAR.test(path) && patterns.some((matches) => matches(path)))
    .map(({ path }) => path);
  if (wrong.length > 0)
    throw new BackupError(
      "not-a-database",
      `These files should be SQLite databases and are not: ${some(wrong)}. Repair them, or name them less widely.`,
      {
        facts: { paths: wrong.slice(0, 100) },
      },
    );
}

function some(paths: readonly string[]): string {
  return paths.slice(0, 5).join(", ") + (paths.length > 5 ? ` and ${paths.length - 5} more` : "");
}
