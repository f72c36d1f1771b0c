// The manifest: first entry of every archive, and the authority for what follows it.
import { findCollision, nameProblem } from "./names.ts";

/** Name of the manifest in the archive. */
export const MANIFEST_NAME = "manifest.json";

/** One file of the archive. */
export interface ManifestFile {
  /** Name in the archive: `data/` and the path below the root, or `postgres/` and the name of a dump. */
  readonly path: string;
  /** Size in bytes. */
  readonly bytes: number;
  /** SHA-256 of the content, 64 hexadecimal digits. */
  readonly sha256: string;
  /** Time of the last change, whole seconds since 1970. */
  readonly modified: number;
}

/** Rows of one table when the copy was made. */
export interface TableRecord {
  /** Name of the table; in PostgreSQL with its schema. */
  readonly name: string;
  /** Number of rows. */
  readonly rows: number;
  /** Sum of the SHA-256 of all rows (modulo 2^256, so their order does not matter), when the backup was made with `fingerprint: "content"`. */
  readonly sha256?: string;
}

/** A SQLite database in the archive. */
export interface SqliteRecord {
  readonly engine: "sqlite";
  /** Name of its file in the archive. */
  readonly path: string;
  /** Its tables, by name. */
  readonly tables: readonly TableRecord[];
}

/** A PostgreSQL database in the archive. */
export interface PostgresRecord {
  readonly engine: "postgres";
  /** The name that the host gave it. */
  readonly name: string;
  /** `pg_dump`: one dump in custom format. `copy`: one text file per table, for a database that has the schema already. */
  readonly method: "pg_dump" | "copy";
  /** Version of the server, such as `15.18`. */
  readonly server: string;
  /** SHA-256 over the columns of all its tables. */
  readonly schema: string;
  /** Its tables, in the order in which they can be loaded. */
  readonly tables: readonly TableRecord[];
}

/** A database in the archive. */
export type DatabaseRecord = SqliteRecord | PostgresRecord;

/** What an archive says about itself. */
export interface Manifest {
  readonly format: "td-backup";
  readonly version: 1;
  /** Random id of this backup. */
  readonly id: string;
  /** When the backup began, UTC, such as `2025-03-01T10:00:00.123Z`. */
  readonly createdAt: string;
  /** All files, in the order of the archive. */
  readonly files: readonly ManifestFile[];
  /** Directories in which there are no files. */
  readonly directories: readonly string[];
  /** What is known about the databases among the files. */
  readonly databases: readonly DatabaseRecord[];
}

/** Why a manifest is refused. */
export interface ManifestProblem {
  readonly code: "manifest-invalid" | "entry-path" | "entry-duplicate" | "entry-collision" | "version-mismatch";
  /** What is wrong, as a part of a sentence. */
  readonly what: string;
  /** The path it is about, when it is about one. */
  readonly path?: string;
}

/** The text of a manifest: one file a line, so that people can read it and `diff` can compare it. */
export function manifestText(manifest: Manifest): string {
  const { files, directories, databases, ...head } = manifest;
  const lines = (values: readonly unknown[]): string =>
    values.length === 0 ? "[]" : `[\n${values.map((value) => JSON.stringify(value)).join(",\n")}\n]`;
  const open = JSON.stringify(head).slice(0, -1);
  return `${open},\n"directories":${lines(directories)},\n"databases":${lines(databases)},\n"files":${lines(files)}}\n`;
}

/** Reads a manifest that anybody may have written. Every field is checked; unknown ones are refused. */
export function parseManifest(text: string): Manifest | ManifestProblem {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return invalid("is not JSON");
  }
  if (!isRecord(value) || value["format"] !== "td-backup") return invalid("is not one of td");
  if (value["version"] !== 1) return { code: "version-mismatch", what: `has version ${String(value["version"])}, this td reads version 1` };
  if (!hasShape(value, MANIFEST)) return invalid("has a field that is missing, unknown or out of range");
  return namesProblem(value as unknown as Manifest) ?? databasesProblem(value as unknown as Manifest) ?? (value as unknown as Manifest);
}

function namesProblem({ files, directories }: Manifest): ManifestProblem | undefined {
  const paths = files.map(({ path }) => path);
  for (const path of [...paths, ...directories]) {
    const what = nameProblem(path) ?? (/^(data|postgres)\//.test(path) ? undefined : "is outside data/ and postgres/");
    if (what !== undefined) return { code: "entry-path", what: `lists a name that ${what}`, path };
  }
  const met = findCollision(paths, directories);
  if (met === undefined) return undefined;
  const code = met.identical ? "entry-duplicate" : "entry-collision";
  return { code, what: `lists two names that cannot stand side by side, the other is ${JSON.stringify(met.with)}`, path: met.path };
}

function databasesProblem({ files, databases }: Manifest): ManifestProblem | undefined {
  const paths = new Set(files.map(({ path }) => path));
  const lost = databases.find((record) => record.engine === "sqlite" && !paths.has(record.path));
  return lost === undefined ? undefined : invalid("names a database that is not among its files");
}

function invalid(what: string): ManifestProblem {
  return { code: "manifest-invalid", what };
}

type Check = (value: unknown) => boolean;

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText: Check = (value) => typeof value === "string" && value.length <= 4096;
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isHash: Check = (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
const oneOf =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const shaped =
  (shape: Readonly<Record<string, Check>>): Check =>
  (value) =>
    isRecord(value) && hasShape(value, shape);

const TABLE = shaped({ name: isText, rows: isCount, sha256: optional(isHash) });
const SQLITE = shaped({ engine: oneOf("sqlite"), path: isText, tables: listOf(TABLE) });
const POSTGRES = shaped({
  engine: oneOf("postgres"),
  name: (value) => isText(value) && nameProblem(String(value)) === undefined && !String(value).includes("/"),
  method: oneOf("pg_dump", "copy"),
  server: isText,
  schema: isHash,
  tables: listOf(TABLE),
});
const MANIFEST: Readonly<Record<string, Check>> = {
  format: isText,
  version: isCount,
  id: (value) => typeof value === "string" && /^[0-9a-f]{16}$/.test(value),
  createdAt: (value) =>
    typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(value) && !Number.isNaN(Date.parse(value)),
  files: listOf(shaped({ path: isText, bytes: isCount, sha256: isHash, modified: (value) => isCount(value) && Number(value) < 2 ** 33 })),
  directories: listOf(isText),
  databases: listOf((value) => SQLITE(value) || POSTGRES(value)),
};

function hasShape(value: Readonly<Record<string, unknown>>, shape: Readonly<Record<string, Check>>): boolean {
  return (
    Object.keys(value).every((key) => Object.hasOwn(shape, key)) &&
    Object.entries(shape).every(([key, check]) => check(Object.hasOwn(value, key) ? value[key] : undefined))
  );
}
