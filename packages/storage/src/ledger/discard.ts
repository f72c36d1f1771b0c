// Removes staged rows: what a failed or killed run left behind.
import type { LedgerAccess } from "./ledger-access.ts";
import { query } from "./query.ts";
import { isRunning } from "./run-log.ts";
import type { Run } from "./run-log.ts";

const TABLES = ["fifo_allocations", "fifo_inventory_snapshot"].map((table) => ({
  staged: query(`select distinct symbol from ${table} where user_id = ?1 and allocation_version = ?2`, ["text", "int"], ["text"]),
  remove: query(`delete from ${table} where user_id = ?1 and allocation_version = ?2 and symbol = ?3`, ["text", "int", "text"]),
}));

/**
 * Deletes every row of the run's version, which never became current: what an earlier run left is under the same number, and so is what a
 * later one stages. So each symbol has a transaction of its own, and only while the run is the one that counts.
 */
export async function discardStaged(access: LedgerAccess, run: Run): Promise<void> {
  for (const { staged, remove } of TABLES) {
    for (const [symbol = ""] of await access.all(staged, [run.userId, run.version])) {
      await access.write(async (db) => {
        if (await isRunning(db, run)) await db.run(remove, [run.userId, run.version, symbol]);
      });
    }
  }
}
