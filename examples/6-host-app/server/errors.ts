// Failures as answers. td's messages hold no secrets and no rows, so they may be shown; what nobody foresaw is not.
import { BackupError } from "@td/backup";
import { MigrateError } from "@td/migrate";
import { StorageError } from "@td/storage";
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import { ZodError } from "zod";

type Status = 400 | 401 | 403 | 404 | 409 | 500 | 503;

/** Ends a request. */
export function refuse(status: Status, code: string, message: string): never {
  throw new HTTPException(status, { message, cause: code });
}

/** The row, or 404: also for a row that is another user's. */
export function found<T>(row: T | null | undefined, what: string): T {
  return row ?? refuse(404, "not-found", `There is no ${what} of that name.`);
}

/** td's codes that are the asker's doing; all others are the host's. */
const STATUS: Readonly<Record<string, Status>> = {
  "not-found": 404,
  "run-not-found": 404,
  "reject-not-found": 404,
  "bad-cursor": 400,
  "bad-filter": 400,
  "bad-request": 400,
  "value-rejected": 400,
  "record-refused": 400,
  "constraint-failed": 400,
  "already-exists": 409,
  "already-resolved": 409,
  "revision-conflict": 409,
  "gates-not-met": 409,
  "phase-wrong": 409,
  superseded: 409,
  "keys-busy": 503,
  busy: 503,
};

/** The answer to a failure. */
export function failureAnswer(error: unknown, context: Context, onFailure: (error: unknown) => void): Response {
  const { status, code, message } = describe(error);
  if (status >= 500) onFailure(error);
  return context.json({ error: { code, message } }, status);
}

function describe(error: unknown): { readonly status: Status; readonly code: string; readonly message: string } {
  if (error instanceof HTTPException)
    return { status: error.status as Status, code: typeof error.cause === "string" ? error.cause : "refused", message: error.message };
  if (error instanceof ZodError || error instanceof SyntaxError)
    return { status: 400, code: "bad-request", message: "The body is not what this route takes." };
  if (error instanceof StorageError || error instanceof MigrateError || error instanceof BackupError) {
    const retry = "retryable" in error && error.retryable ? 503 : 500;
    return { status: STATUS[error.code] ?? retry, code: error.code, message: error.message };
  }
  return { status: 500, code: "unexpected", message: "Something went wrong; it is in the log of the host." };
}
