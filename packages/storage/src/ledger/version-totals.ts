// The sums of the whole ledger after a version: kept when it becomes current, and added up again when the ledger is checked.
import { fixed } from "./decimal-sql.ts";
import { first } from "./ledger-access.ts";
import type { LedgerReader, LedgerWriter } from "./ledger-access.ts";
import { query } from "./query.ts";
import type { Cells } from "./query.ts";
import { intOf } from "./stored.ts";
import type { ViewDialect } from "./view-dialect.ts";

/** The sums over symbol versions `v`, and what reads them. */
function sumsOf(d: ViewDialect): { readonly columns: string; readonly read: string } {
  const pnl = d.sum(fixed("v.realized_pnl", 94, 36), "pnl");
  const count = (column: string): string => `cast(sum(v.${column}) as bigint) as ${column}`;
  return {
    columns: `${count("allocations")}, ${count("sells_matched")}, ${count("buys_used")}, ${count("unmatched")},
    min(v.switched_at) as oldest, max(v.switched_at) as newest, ${pnl.columns}`,
    read: `allocations, sells_matched, buys_used, unmatched, ${d.text(pnl.value)}, oldest, newest`,
  };
}

/** Over the current version of each symbol of user ?1. */
function sumsSql(d: ViewDialect): string {
  const { columns, read } = sumsOf(d);
  return `with limbs as (
  select ${columns}
  from fifo_current_version c cross join fifo_symbol_versions v
  where c.user_id = ?1 and v.user_id = c.user_id and v.symbol = c.symbol and v.allocation_version = c.allocation_version
)
select ${read} from limbs`;
}

const SUM_TYPES = ["int", "int", "int", "int", "text", "instant", "instant"] as const;
const SUMS = query(sumsSql, ["text"], SUM_TYPES);
const KEEP = query(
  `insert into fifo_version_totals (user_id, allocation_version, total_allocations, sells_matched, buys_used, unmatched_sells, total_pnl,
    first_allocation, last_allocation) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)`,
  ["text", "int", "int", "int", "int", "int", "total", "instant", "instant"],
);

/** Keeps the sums of a version, inside the transaction that has just made it current. */
export async function keepVersionTotals(db: LedgerWriter, userId: string, version: number): Promise<void> {
  await db.run(KEEP, [userId, version, ...((await first(db, SUMS, [userId])) ?? [])]);
}

/** For every version of user ?1: a symbol's version counts from its own version on, until the symbol's next one. */
function historySql(d: ViewDialect): string {
  const { columns, read } = sumsOf(d);
  return `with versions as (
  select distinct allocation_version as version from fifo_symbol_versions where user_id = ?1
), spans as (
  select s.*, lead(s.allocation_version) over (partition by s.symbol order by s.allocation_version) as next
  from fifo_symbol_versions s where s.user_id = ?1
), limbs as (
  select t.version, ${columns}
  from versions t join spans v on v.allocation_version <= t.version and (v.next is null or t.version < v.next)
  group by t.version
)
select version, ${read} from limbs order by version`;
}

const HISTORY = query(historySql, ["text"], ["int", ...SUM_TYPES]);
const KEPT = query(
  `select allocation_version, total_allocations, sells_matched, buys_used, unmatched_sells, total_pnl, first_allocation, last_allocation
  from fifo_version_totals where user_id = ?1 order by allocation_version`,
  ["text"],
  ["int", "int", "int", "int", "int", "total", "instant", "instant"],
);
const NAMES = ["totalAllocations", "sellsMatched", "buysUsed", "unmatchedSells", "totalPnl", "firstAllocation", "lastAllocation"] as const;

/** What `health()` says of a version and the versions of its symbols do not come to. */
export interface TotalsDamage {
  /** The version. */
  readonly version: number;
  /** The sums that differ, by name; `"version"` when only one of the two knows it. */
  readonly sums: readonly string[];
}

/** The versions whose kept sums are not those of their symbols' versions. */
export async function wrongTotals(db: LedgerReader, userId: string): Promise<readonly TotalsDamage[]> {
  const byVersion = (rows: readonly Cells[]): ReadonlyMap<number, Cells> =>
    new Map(rows.map(([version, ...sums]) => [intOf(version), sums]));
  const [counted, kept] = [byVersion(await db.all(HISTORY, [userId])), byVersion(await db.all(KEPT, [userId]))];
  const versions = [...new Set([...counted.keys(), ...kept.keys()])].sort((a, b) => a - b);
  return versions
    .map((version) => ({ version, sums: differing(counted.get(version), kept.get(version)) }))
    .filter(({ sums }) => sums.length > 0);
}

function differing(counted: Cells | undefined, kept: Cells | undefined): readonly string[] {
  if (counted === undefined || kept === undefined) return ["version"];
  return NAMES.filter((_, i) => counted[i] !== kept[i]);
}
