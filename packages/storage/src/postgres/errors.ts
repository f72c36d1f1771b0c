// PostgreSQL's and the connection's error codes as td's errors: what happened, to which database, what to do.
import { StorageError } from "../errors.ts";
import type { StorageErrorCode } from "../errors.ts";

interface Kind {
  readonly code: StorageErrorCode;
  readonly retryable: boolean;
  readonly says: (path: string) => string;
}

const KINDS: readonly (readonly [RegExp, Kind])[] = [
  [
    /^(40001|40P01)$/,
    {
      code: "serialization-failed",
      retryable: true,
      says: (path) => `Transactions on ${path} got in each other's way and this one was taken back: run it again.`,
    },
  ],
  [
    /^(57P01|57P02|57P03|ECONNREFUSED|ENOENT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|CONNECT_TIMEOUT)$/,
    {
      code: "server-unavailable",
      retryable: true,
      says: (path) =>
        `The PostgreSQL server of ${path} does not take connections: check that it runs and that its address is right, and try again.`,
    },
  ],
  [
    /^(CONNECTION_\w+|ECONNRESET|EPIPE|ECONNABORTED|08...|25P03)$/,
    {
      code: "connection-lost",
      retryable: true,
      says: (path) => `The connection to ${path} was lost; nothing of this call was kept. Try again: a new connection is made.`,
    },
  ],
  [
    /^53300$/,
    {
      code: "too-many-connections",
      retryable: true,
      says: (path) => `The PostgreSQL server of ${path} has no connection to spare: lower maxConnections, or raise max_connections there.`,
    },
  ],
  [
    /^57014$/,
    {
      code: "statement-timeout",
      retryable: true,
      says: (path) => `A statement on ${path} took longer than allowed and was stopped: ask for less at once, or raise statementTimeoutMs.`,
    },
  ],
  [
    /^55P03$/,
    {
      code: "busy",
      retryable: true,
      says: (path) => `Another transaction of the same user held ${path} for longer than busyTimeoutMs: try again when it has finished.`,
    },
  ],
  [
    /^53(100|200)$/,
    {
      code: "disk-full",
      retryable: true,
      says: (path) =>
        `The PostgreSQL server of ${path} is out of disk or memory; nothing of this change was kept. Free some and try again.`,
    },
  ],
  [
    /^25006$/,
    {
      code: "read-only",
      retryable: false,
      says: (path) => `${path} takes no writes: connect to the primary server, and to a writable database.`,
    },
  ],
  [
    /^(28...|3D000)$/,
    {
      code: "cannot-open",
      retryable: false,
      says: (path) => `${path} cannot be opened: check the user, the password and the name of the database in the URL.`,
    },
  ],
  [
    /^42501$/,
    {
      code: "not-allowed",
      retryable: false,
      says: (path) =>
        `The role of this connection may not do that on ${path}: the rows belong to another user, or provisionPostgres has not run for it.`,
    },
  ],
  [
    /^XX00[12]$/,
    {
      code: "corrupt",
      retryable: false,
      says: (path) => `The database ${path} is damaged: stop writing to it, keep a copy of its files, and restore a backup.`,
    },
  ],
  [/^23505$/, { code: "already-exists", retryable: false, says: () => "A row with this key exists already." }],
  [
    /^23...$/,
    { code: "constraint-failed", retryable: false, says: () => "The database refused the row: it breaks a condition of its table." },
  ],
];

const OTHER: Kind = { code: "database-failed", retryable: false, says: (path) => `PostgreSQL failed on ${path}: see the cause.` };

/** The code of an error of the server or the connection (`23505`, `ECONNREFUSED`), or the empty text when it is neither's. */
export function postgresCode(error: unknown): string {
  const code: unknown = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^([0-9A-Z]{5}|[A-Z][A-Z_]{3,})$/.test(code) ? code : "";
}

/** td's error for an error of the driver. An error that is neither the server's nor the connection's is returned as it is. */
export function storageError(error: unknown, path: string): unknown {
  const code = error instanceof StorageError ? "" : postgresCode(error);
  if (code === "" || !(error instanceof Error)) return error;
  const kind = KINDS.find(([pattern]) => pattern.test(code))?.[1] ?? OTHER;
  const constraint = constraintName(error);
  const detail = constraint === undefined ? "" : ` (${constraint})`;
  return new StorageError(kind.code, kind.says(path) + detail, {
    facts: { path, postgres: code, ...(constraint === undefined ? {} : { constraint }) },
    retryable: kind.retryable,
    cause: bare(error, code),
  });
}

/** The constraint or index that a row broke. */
function constraintName(error: unknown): string | undefined {
  const name: unknown = error instanceof Error && "constraint_name" in error ? error.constraint_name : undefined;
  return typeof name === "string" ? name : undefined;
}

// The driver's error carries the parameters, and the server's detail whole rows: neither may reach a log.
function bare(error: Error, code: string): Error {
  const copy = Object.assign(new Error(error.message), { code });
  copy.name = error.name;
  if (error.stack !== undefined) copy.stack = error.stack;
  return copy;
}
