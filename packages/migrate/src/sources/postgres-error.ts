// What a PostgreSQL driver throws, in td's words.
import { MigrateError } from "../errors.ts";

/** The error for what a driver threw at the place `name`. */
export function postgresError(name: string, cause: unknown): MigrateError {
  if (cause instanceof MigrateError) return cause;
  const { code, message } = cause as { readonly code?: unknown; readonly message?: unknown };
  const errno = typeof code === "string" ? code : "UNKNOWN";
  const lost = !isState(errno) || errno.startsWith("08") || errno.startsWith("57");
  const what = lost ? "cannot be reached; check that the server runs and that the URL is right" : `refuses the query: ${String(message)}`;
  return new MigrateError("source-unreadable", `${name} ${what} (${errno}).`, { facts: { name, errno }, retryable: lost, cause });
}

/** Whether an error is one that the server sent, or the end of the connection to it. */
export function isPostgresError(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof MigrateError) return false;
  const { code } = error as { readonly code?: unknown };
  return error.name === "PostgresError" || (typeof code === "string" && /^(CONNECTION_\w+|CONNECT_TIMEOUT|ECONNRESET|EPIPE)$/.test(code));
}

function isState(code: string): boolean {
  return /^[0-9A-Z]{5}$/.test(code) && code !== "EPIPE";
}
