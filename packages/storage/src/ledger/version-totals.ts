// The sums of the whole ledger after a version, kept when it becomes current.
import { fixed } from "./decimal-sql.ts";
import { first } from "./ledger-access.ts";
import type { LedgerWriter } from "./ledger-access.ts";
import { query } from "./query.ts";
import type { ViewDialect } from "./view-dialect.ts";

/** Over the current version of each symbol of user ?1. */
function sumsSql(d: ViewDialect): string {
  const pnl = d.sum(fixed("v.realized_pnl", 94, 36), "pnl");
  const count = (column: string): string => `cast(sum(v.${column}) as bigint) as ${column}`;
  return `with limbs as (
  select ${count("allocations")}, ${count("sells_matched")}, ${count("buys_used")}, ${count("unmatched")},
    min(v.switched_at) as oldest, max(v.switched_at) as newest, ${pnl.columns}
  from fifo_current_version c cross join fifo_symbol_versions v
  where c.user_id = ?1 and v.user_id = c.user_id and v.symbol = c.symbol and v.allocation_version = c.allocation_version
)
select allocations, sells_matched, buys_used, unmatched, ${d.text(pnl.value)}, oldest, newest from limbs`;
}

const SUMS = query(sumsSql, ["text"], ["int", "int", "int", "int", "text", "instant", "instant"]);
const KEEP = query(
  `insert into fifo_version_totals (user_id, allocation_version, total_allocations, sells_matched, buys_used, unmatched_sells, total_pnl,
    first_allocation, last_allocation) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
  ["text", "int", "int", "int", "int", "int", "total", "instant", "instant"],
);

/** Keeps the sums of a version, inside the transaction that has just made it current. */
export async function keepVersionTotals(db: LedgerWriter, userId: string, version: number): Promise<void> {
  await db.run(KEEP, [userId, version, ...((await first(db, SUMS, [userId])) ?? [])]);
}
