// Removes staged rows: what a failed or killed run, or a version that was rolled back, left behind.
import type { LedgerAccess } from "./ledger-access.ts";
import { query } from "./query.ts";
import type { Cell, LedgerQuery } from "./query.ts";
import { isRunning } from "./run-log.ts";
import type { Run } from "./run-log.ts";

interface Leftover {
  /** The symbols that have some. ?1 user, ?2 a version that no reader may look at. */
  readonly symbols: LedgerQuery;
  /** Deletes those of symbol ?3. */
  readonly remove: LedgerQuery;
}

const BEYOND = `a.user_id = c.user_id and a.base_version = c.base_version and a.symbol = c.symbol and a.seq >= c.allocations`;

const LEFTOVERS: readonly Leftover[] = [
  {
    symbols: query(`select distinct symbol from fifo_allocations where user_id = ?1 and base_version = ?2`, ["text", "int"], ["text"]),
    remove: query(`delete from fifo_allocations where user_id = ?1 and base_version = ?2 and symbol = ?3`, ["text", "int", "text"]),
  },
  {
    symbols: query(
      `select c.symbol from fifo_current_version c where c.user_id = ?1 and exists (select 1 from fifo_allocations a where ${BEYOND})`,
      ["text", "int"],
      ["text"],
    ),
    remove: query(
      `delete from fifo_allocations where user_id = ?1 and symbol = ?3
        and base_version = (select c.base_version from fifo_current_version c where c.user_id = ?1 and c.symbol = ?3)
        and seq >= (select c.allocations from fifo_current_version c where c.user_id = ?1 and c.symbol = ?3)`,
      ["text", "int", "text"],
    ),
  },
  {
    symbols: query(
      `select distinct symbol from fifo_inventory_snapshot where user_id = ?1 and allocation_version = ?2`,
      ["text", "int"],
      ["text"],
    ),
    remove: query(`delete from fifo_inventory_snapshot where user_id = ?1 and allocation_version = ?2 and symbol = ?3`, [
      "text",
      "int",
      "text",
    ]),
  },
];

/**
 * Deletes every row that belongs to no version: a later run stages under the same numbers and places. Each symbol has a transaction of its own,
 * and only while the run is the one that counts.
 */
export async function discardStaged(access: LedgerAccess, run: Run): Promise<void> {
  // Of a rolled back version there may be rows, too, when its rollback was killed.
  for (let version = run.latest + 1; version <= run.version; version++) {
    for (const leftover of LEFTOVERS) await discard(access, run, leftover, version);
  }
}

/** Deletes what a run has staged of one symbol. */
export async function discardSymbol(access: LedgerAccess, run: Run, symbol: string): Promise<void> {
  for (const leftover of LEFTOVERS) await remove(access, run, leftover, run.version, symbol);
}

async function discard(access: LedgerAccess, run: Run, leftover: Leftover, version: number): Promise<void> {
  for (const [symbol = ""] of await access.all(leftover.symbols, [run.userId, version]))
    await remove(access, run, leftover, version, symbol);
}

async function remove(access: LedgerAccess, run: Run, leftover: Leftover, version: number, symbol: Cell): Promise<void> {
  await access.write(async (db) => {
    if (await isRunning(db, run)) await db.run(leftover.remove, [run.userId, version, symbol]);
  });
}
