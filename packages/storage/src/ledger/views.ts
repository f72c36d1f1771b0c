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
const money = (column: string): FixedSql => fixed(column, 76, 36);
const named = (name: string, { precision, scale }: FixedSql): FixedSql => fixed(name, precision, scale);
const of = (user: string | undefined, alias: string): string => (user === undefined ? "" : ` and ${alias}.user_id = ${user}`);

/** The rows of the current versions; `cross join` keeps SQLite from reading superseded versions first. */
const current = (user: string | undefined): string => `fifo_current_version c cross join fifo_allocations a
  where a.user_id = c.user_id and a.allocation_version = c.allocation_version and a.symbol = c.symbol${of(user, "c")}`;

/** True once for each sell with a matched part: that part comes first. Counting distinct ids costs as much as all sums. */
const FIRST_PART = `a.kind = 'matched' and a.part = 0`;

/** `v_pnl_by_symbol`: realised profit of the matched parts; what no lot covers stands beside it. */
export const pnlBySymbol: ViewSelect = (d, user) => {
  const matched = d.sum(size("matched_size"), "size_sum");
  const pnl = d.sum(money("pnl"), "pnl_sum");
  const unmatched = d.sum(size("unmatched_size"), "rest_sum");
  const proceeds = d.sum(money("unmatched_proceeds"), "proceeds_sum");
  const dividend = d.dividend(named("total", pnl.value), "parts");
  const average = d.average(named("dividend", dividend), named("total", pnl.value), "parts");
  const when = (kind: string, column: string) => `case when a.kind = '${kind}' then a.${column} end`;
  return `with parts as (
  select a.user_id, a.symbol, a.allocation_version, a.pnl,
    case when ${FIRST_PART} then 1 end as sell, ${when("matched", "buy_order_id")} as buy, ${when("matched", "sell_time")} as sold,
    ${when("matched", "allocated_size")} as matched_size, ${when("unmatched", "allocated_size")} as unmatched_size,
    ${when("unmatched", "net_proceeds")} as unmatched_proceeds
  from ${current(user)}
), limbs as materialized (
  select user_id, symbol, allocation_version, count(pnl) as parts, count(sell) as num_sells, count(distinct buy) as num_buys,
    min(sold) as first_sell, max(sold) as last_sell,
    ${matched.columns},
    ${pnl.columns},
    ${unmatched.columns},
    ${proceeds.columns}
  from parts group by user_id, symbol, allocation_version
), totals as materialized (
  select *, ${matched.value.sql} as matched, ${pnl.value.sql} as total, ${unmatched.value.sql} as unmatched, ${proceeds.value.sql} as proceeds from limbs
), dividends as materialized (
  select *, ${dividend.sql} as dividend from totals
), averages as materialized (
  select *, case when parts > 0 then ${average.sql} end as average from dividends
)
select user_id, symbol, num_sells, num_buys,
  ${d.text(named("matched", matched.value))} as total_size,
  ${d.text(named("total", pnl.value))} as total_pnl,
  ${d.text(named("average", average))} as avg_pnl_per_allocation,
  ${d.instant("first_sell")} as first_sell,
  ${d.instant("last_sell")} as last_sell,
  ${d.text(named("unmatched", unmatched.value))} as unmatched_size,
  ${d.text(named("proceeds", proceeds.value))} as unmatched_proceeds,
  allocation_version
from averages
order by user_id, symbol`;
};

/** `v_unmatched_sells`: the parts of sells that no lot covers. */
export const unmatchedSells: ViewSelect = (d, user) => `select a.user_id,
  a.allocation_version || ':' || a.symbol || ':' || a.seq as allocation_id, a.sell_order_id, a.symbol,
  ${d.text(size("a.allocated_size"))} as unmatched_size,
  ${d.instant("a.sell_time")} as sell_time,
  ${d.text(size("a.sell_price"))} as sell_price,
  a.allocation_version, a.notes, 'NEEDS INVESTIGATION' as status
from ${current(user)} and a.kind = 'unmatched'
order by a.user_id, a.symbol, a.seq`;

/** A sum of counts; PostgreSQL would make a decimal of it. */
const count = (column: string, as = column): string => `cast(sum(p.${column}) as bigint) as ${as}`;

/** `v_allocation_health`: the whole ledger as it stood after each version, which is for each symbol the newest rows up to that version. */
export const allocationHealth: ViewSelect = (d, user) => {
  const pnl = d.sum(money("a.pnl"), "pnl_sum");
  return `with versions as (
  select l.user_id, l.allocation_version, l.finished_at, l.symbols_processed from fifo_computation_log l where l.status = 'completed'${of(user, "l")}
), switched as materialized (
  select v.user_id, v.allocation_version, v.finished_at, s.value as symbol from versions v cross join ${d.texts("v.symbols_processed", "s")}
), parts as materialized (
  select s.user_id, s.allocation_version, s.symbol, s.finished_at, count(a.kind) as allocations,
    count(case when ${FIRST_PART} then 1 end) as sells_matched,
    count(distinct case when a.kind = 'matched' then a.buy_order_id end) as buys_used,
    count(case when a.kind = 'unmatched' then 1 end) as unmatched_sells,
    ${pnl.columns}
  from switched s left join fifo_allocations a on a.user_id = s.user_id and a.allocation_version = s.allocation_version and a.symbol = s.symbol
  group by s.user_id, s.allocation_version, s.symbol, s.finished_at
), books as (
  select v.user_id, v.allocation_version, s.symbol, max(s.allocation_version) as source
  from versions v join switched s on s.user_id = v.user_id and s.allocation_version <= v.allocation_version
  group by v.user_id, v.allocation_version, s.symbol
), limbs as materialized (
  select b.user_id, b.allocation_version, ${count("allocations", "total_allocations")}, ${count("sells_matched")},
    ${count("buys_used")}, ${count("unmatched_sells")},
    min(p.finished_at) as first_allocation, max(p.finished_at) as last_allocation,
    ${pnl.again}
  from books b join parts p on p.user_id = b.user_id and p.allocation_version = b.source and p.symbol = b.symbol
  group by b.user_id, b.allocation_version
), totals as materialized (
  select *, ${pnl.value.sql} as total from limbs
)
select user_id, allocation_version, total_allocations, sells_matched, buys_used, unmatched_sells,
  ${d.text(named("total", pnl.value))} as total_pnl,
  ${d.instant("first_allocation")} as first_allocation,
  ${d.instant("last_allocation")} as last_allocation
from totals
order by user_id, allocation_version desc`;
};

/** `v_allocation_discrepancies`: sells whose rows do not add up to what was sold. Empty for a ledger that is sound and up to date. */
export const allocationDiscrepancies: ViewSelect = (d, user) => {
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
