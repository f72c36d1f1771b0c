// Removes staged rows: what a failed or killed run left behind.
import type { LedgerAccess } from "./ledger-access.ts";
import { isRunning } from "./run-log.ts";
import type { Run } from "./run-log.ts";

const TABLES = ["fifo_allocations", "fifo_inventory_snapshot"] as const;

/**
 * Deletes every row of versions that never became current: they are above the latest one. One transaction per symbol, each only while the
 * run is the one that counts, since a later run stages under the same version number.
 */
export async function discardStaged(access: LedgerAccess, run: Run): Promise<void> {
  for (const table of TABLES) {
    const keys = `user_id = ? and allocation_version >= ?`;
    const staged = await access.read((db) => db.all(`select distinct symbol from ${table} where ${keys}`, [run.userId, run.version]));
    for (const [symbol = ""] of staged) {
      await access.write((db) => {
        if (isRunning(db, run)) db.run(`delete from ${table} where ${keys} and symbol = ?`, [run.userId, run.version, symbol]);
      });
    }
  }
}
