// The four views that people read: current version per symbol, canonical decimals, UTC instants. A view covers all users, user_id first.
// Each is a function of the engine's SQL and of a user, so that td reads one user's rows by the same statement, filtered at the tables.
import { defineView } from "../table/define-view.ts";
import type { View } from "../table/define-view.ts";
import { fixed } from "./decimal-sql.ts";
import type { FixedSql } from "./decimal-sql.ts";
import { isBaseFee } from "./fee-sql.ts";
import { postgresViews, sqliteViews } from "./view-dialect.ts";
import type { ViewDialect } from "./view-dialect.ts";

/** The select of one view. `user` is a SQL text that limits it to one user; absent for all. */
export type ViewSelect = (d: ViewDialect, user?: string) => string;

const size = (column: string): FixedSql => fixed(column, 38, 18);
const total = (column: string): FixedSql => fixed(column, 94, 36);
const named = (name: string, { precision, scale }: FixedSql): FixedSql => fixed(name, precision, scale);
const of = (user: string | undefined, alias: string): string => (user === undefined ? "" : ` and ${alias}.user_id = ${user}`);

/** The rows of the current versions; `cross join` keeps SQLite from reading superseded versions first. */
const current = (user: string | undefined): string => `fifo_current_version c cross join fifo_allocations a
  where a.user_id = c.user_id and a.base_version = c.base_version and a.symbol = c.symbol and a.seq < c.allocations${of(user, "c")}`;

/** `v_pnl_by_symbol`: realised profit of the matched parts; what no lot covers stands beside it. Symbols that were never sold have no row. */
export const pnlBySymbol: ViewSelect = (d, user) => {
  const pnl = total("realized_pnl");
  const dividend = d.dividend(pnl, "matched");
  const average = d.average(named("dividend", dividend), pnl, "matched");
  return `with totals as materialized (
  select v.* from fifo_current_version c cross join fifo_symbol_versions v
  where v.user_id = c.user_id and v.allocation_version = c.allocation_version and v.symbol = c.symbol and v.allocations > 0${of(user, "c")}
), dividends as materialized (
  select *, ${dividend.sql} as dividend from totals
), averages as materialized (
  select *, case when matched > 0 then ${average.sql} end as average from dividends
)
select user_id, symbol, sells_matched as num_sells, buys_used as num_buys,
  ${d.text(total("matched_size"))} as total_size,
  ${d.text(pnl)} as total_pnl,
  ${d.text(named("average", average))} as avg_pnl_per_allocation,
  ${d.instant("first_sell")} as first_sell,
  ${d.instant("last_sell")} as last_sell,
  ${d.text(total("unmatched_size"))} as unmatched_size,
  ${d.text(total("unmatched_proceeds"))} as unmatched_proceeds,
  allocation_version
from averages
order by user_id, symbol`;
};

/** `v_unmatched_sells`: the parts of sells that no lot covers. */
const unmatchedSells: ViewSelect = (d, user) => `select a.user_id,
  a.base_version || ':' || a.symbol || ':' || a.seq as allocation_id, a.sell_order_id, a.symbol,
  ${d.text(size("a.allocated_size"))} as unmatched_size,
  ${d.instant("a.sell_time")} as sell_time,
  ${d.text(size("a.sell_price"))} as sell_price,
  a.allocation_version, a.notes, 'NEEDS INVESTIGATION' as status
from ${current(user)} and a.kind = 'unmatched'
order by a.user_id, a.symbol, a.seq`;

/** `v_allocation_health`: the whole ledger as it stood after each version. */
export const allocationHealth: ViewSelect = (
  d,
  user,
) => `select t.user_id, t.allocation_version, t.total_allocations, t.sells_matched, t.buys_used,
  t.unmatched_sells,
  ${d.text(total("t.total_pnl"))} as total_pnl,
  ${d.instant("t.first_allocation")} as first_allocation,
  ${d.instant("t.last_allocation")} as last_allocation
from fifo_version_totals t where true${of(user, "t")}
order by t.user_id, t.allocation_version desc`;

/** `v_allocation_discrepancies`: sells whose rows do not add up to what was sold. Empty for a ledger that is sound and up to date. */
const allocationDiscrepancies: ViewSelect = (d, user) => {
  const due = d.sum(size("due"), "due_sum");
  const got = d.sum(size("got"), "got_sum");
  const difference = d.difference(named("due", due.value), named("got", got.value));
  return `with counted as (
  select f.user_id, f.symbol, f.id as sell_order_id, f.ingest_seq, f.quantity as due, cast(null as numeric) as got
  from fills f where f.side = 'sell'${of(user, "f")}
  union all
  select f.user_id, f.symbol, f.id, f.ingest_seq, f.fee, null
  from fills f where f.side = 'sell' and ${isBaseFee(d, "f")}${of(user, "f")}
  union all
  select a.user_id, a.symbol, a.sell_order_id, null, null, a.allocated_size
  from ${current(user)} and (a.kind <> 'dust' or a.buy_order_id is null)
), limbs as (
  select user_id, symbol, sell_order_id, max(ingest_seq) as ingest_seq,
    ${due.columns},
    ${got.columns}
  from counted group by user_id, symbol, sell_order_id
), totals as materialized (
  select *, ${due.value.sql} as due, ${got.value.sql} as got from limbs where ${due.value.sql} <> ${got.value.sql}
), differences as materialized (
  select *, ${difference.sql} as difference from totals
)
select t.user_id, t.sell_order_id, t.symbol,
  ${d.text(named("t.due", due.value))} as sell_size,
  ${d.text(named("t.got", got.value))} as allocated_total,
  ${d.text(named("t.difference", difference))} as discrepancy,
  case when t.ingest_seq > coalesce(c.through_seq, 0) then 'NOT_COMPUTED_YET'
    when t.got < t.due then 'UNDER_ALLOCATED' else 'OVER_ALLOCATED' end as status
from differences t left join fifo_current_version c on c.user_id = t.user_id and c.symbol = t.symbol
order by t.user_id, t.symbol, t.sell_order_id`;
};

const view = (name: string, select: ViewSelect): View => defineView(name, { sqlite: select(sqliteViews), postgres: select(postgresViews) });

/** The views of the ledger. */
export const ledgerViews: readonly View[] = [
  view("v_allocation_health", allocationHealth),
  view("v_unmatched_sells", unmatchedSells),
  view("v_pnl_by_symbol", pnlBySymbol),
  view("v_allocation_discrepancies", allocationDiscrepancies),
];
