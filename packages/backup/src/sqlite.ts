// Talks to the process that touches SQLite databases.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { BackupError } from "./errors.ts";
import type { TableRecord } from "./core/manifest.ts";
import { SERVE, type SqliteAnswer, type SqliteRequest } from "./sqlite-process.ts";

/** A running helper process for SQLite; one request at a time. */
export interface SqliteHelper {
  /** Which of these files begin like a SQLite database. */
  readonly sniff: (paths: readonly string[]) => Promise<readonly string[]>;
  /** Copies one moment of a live database; `onProgress` gets the part done, 0 to 1. */
  readonly copy: (from: string, to: string, busyMs: number, onProgress?: (part: number) => void) => Promise<void>;
  /** Problems that SQLite finds; `full` looks at indexes, too. */
  readonly check: (path: string, full: boolean) => Promise<readonly string[]>;
  /** Tables with their rows, and with hashes of their content when asked. */
  readonly tables: (path: string, content: boolean) => Promise<readonly TableRecord[]>;
}

const HELPER = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "./sqlite-process.ts" : "./sqlite-process.js", import.meta.url));

/** A helper process, and its end. */
export interface SqliteProcess {
  readonly helper: SqliteHelper;
  /** Ends the process when it has answered, or at once with `kill` when it works at something; resolves when it is gone. Never throws. */
  readonly close: (kill?: boolean) => Promise<void>;
}

/** Runs `use` with a helper process; the process is gone when this settles, and when this process ends. */
export async function withSqlite<T>(signal: AbortSignal | undefined, use: (helper: SqliteHelper) => Promise<T>): Promise<T> {
  const running = openSqlite(signal);
  try {
    const result = await use(running.helper);
    await running.close();
    return result;
  } catch (error) {
    await running.close(true); // what it works at is not wanted any more
    throw error;
  }
}

/** Starts a helper process. */
export function openSqlite(signal: AbortSignal | undefined): SqliteProcess {
  const child = spawn(process.execPath, ["--no-warnings", HELPER, SERVE], {
    stdio: ["pipe", "pipe", "ignore"],
    env: { ...process.env, NODE_OPTIONS: "" },
  });
  const gone = once(child, "exit");
  gone.catch(() => undefined);
  child.stdin.on("error", () => undefined);
  const abort = (): void => void child.kill("SIGKILL");
  signal?.addEventListener("abort", abort);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let asked = 0;
  const ask = async (request: SqliteRequest, onProgress?: (part: number) => void): Promise<SqliteAnswer> => {
    child.stdin.write(`${JSON.stringify(request)}\n`);
    asked++;
    for (;;) {
      const { value, done } = await lines.next();
      signal?.throwIfAborted();
      if (done) throw new BackupError("database-failed", `The helper process for SQLite ended during ${request.do}.`, { retryable: true });
      const answer = JSON.parse(value) as SqliteAnswer;
      if ("progress" in answer) {
        onProgress?.(answer.progress);
        continue;
      }
      asked--;
      if ("error" in answer) throw failed(request, answer.error, answer.errno);
      return answer;
    }
  };
  const close = async (kill = false): Promise<void> => {
    signal?.removeEventListener("abort", abort);
    if (kill && asked > 0) abort();
    child.stdin.end();
    await gone.catch(() => undefined);
  };
  return { helper: helper(ask), close };
}

type Ask = (request: SqliteRequest, onProgress?: (part: number) => void) => Promise<SqliteAnswer>;

function helper(ask: Ask): SqliteHelper {
  return {
    sniff: async (paths) => {
      const answer = await ask({ do: "sniff", paths });
      return "databases" in answer ? answer.databases : [];
    },
    copy: async (from, to, busyMs, onProgress) => {
      await ask({ do: "copy", from, to, busyMs }, onProgress);
    },
    check: async (path, full) => {
      const answer = await ask({ do: "check", path, full });
      return "problems" in answer ? answer.problems : [];
    },
    tables: async (path, content) => {
      const answer = await ask({ do: "tables", path, content });
      return "tables" in answer ? answer.tables : [];
    },
  };
}

function failed(request: SqliteRequest, error: string, errno: string | null): BackupError {
  const path = request.do === "copy" ? request.from : request.do === "sniff" ? "" : request.path;
  return new BackupError("database-failed", `SQLite could not ${request.do} ${path}: ${error}.`, {
    facts: { path, errno },
    retryable: true,
  });
}
