// Sends a file into COPY … FROM STDIN, and notices when the server refuses it.
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Writable } from "node:stream";
import type postgres from "postgres";
import { BackupError } from "./errors.ts";
import { fileChunks } from "./read-file.ts";

/**
 * Copies the rows of a file into a table. Throws `database-failed` when the server refuses them.
 *
 * The driver does not tell when a COPY fails: its stream never finishes. So the end is raced with a query behind it, which fails in the aborted transaction.
 */
export async function copyIn(
  tx: postgres.TransactionSql,
  statement: string,
  path: string,
  table: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const target: Writable = await tx.unsafe(statement).writable();
  const finished = new Promise<void>((resolve, reject) => {
    target.once("finish", resolve);
    target.once("error", reject);
  });
  finished.catch(() => undefined);
  for await (const chunk of fileChunks(path, signal)) await write(target, chunk);
  target.end();
  await nextTurn(); // the end of the copy goes out before the query
  const probe = tx.unsafe("select 1").then(() => finished);
  try {
    await Promise.race([finished, probe]);
  } catch (cause) {
    throw new BackupError("database-failed", `PostgreSQL refused the rows of ${table}; its log says why. Nothing was loaded.`, {
      facts: { table },
      cause,
    });
  }
}

function write(target: Writable, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    target.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}
