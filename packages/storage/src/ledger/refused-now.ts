// The symbols that a run had to leave out and that no run has computed since, as the log has them. Versions say what came later, not clocks.
import { first } from "./ledger-access.ts";
import type { LedgerReader } from "./ledger-access.ts";
import { query } from "./query.ts";
import { symbolsInLog } from "./refused.ts";
import { intOf, optionalText } from "./stored.ts";

/** Runs to look back at. One that leaves a symbol out is followed by others that do, until the symbol is computed. */
const RUNS = 100;

const LEFT_OUT = query(
  `select allocation_version, error_message from fifo_computation_log
  where user_id = ?1 and error_message is not null and status in ('completed', 'failed') order by allocation_version desc limit ${RUNS}`,
  ["text"],
  ["int", "text"],
);
// A fill that the symbol's current version does not have, and a version that is older than the run's.
const WAITS = query(
  `select f.id from fills f where f.user_id = ?1 and f.symbol = ?2
    and f.ingest_seq > coalesce((select c.through_seq from fifo_current_version c where c.user_id = ?1 and c.symbol = ?2), 0)
    and ?3 > coalesce((select c.allocation_version from fifo_current_version c where c.user_id = ?1 and c.symbol = ?2), 0)
  limit 1`,
  ["text", "text", "int"],
  ["text"],
);

/** Those symbols, sorted. */
export async function refusedNow(db: LedgerReader, userId: string): Promise<readonly string[]> {
  const versions = new Map<string, number>();
  for (const [version, message] of await db.all(LEFT_OUT, [userId])) {
    for (const symbol of symbolsInLog(optionalText(message))) versions.set(symbol, Math.max(intOf(version), versions.get(symbol) ?? 0));
  }
  const refused: string[] = [];
  for (const [symbol, version] of versions) {
    // The message of a run that failed for another reason names no symbol that has fills.
    if ((await first(db, WAITS, [userId, symbol, version])) !== undefined) refused.push(symbol);
  }
  return refused.toSorted();
}
