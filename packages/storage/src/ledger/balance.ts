// The ledger's conservation statement, counted in SQL over stored rows and the fills themselves; it takes nothing from the engine but its sums.
//   each sell:  matched + unmatched + dust = quantity (+ a fee in the base asset), fee parts = fee
//   each buy:   used + written off as dust + remaining = quantity (- a fee in the base asset), fee parts = fee once it is used up
//   the symbol: rows, profit, unmatched and open sums = those of the allocator; profit + cost = net proceeds; net proceeds + fees = proceeds
// Equality, no tolerance.
import type { TotalsJson } from "@td/fifo";
import { StorageError } from "../errors.ts";
import { fixed } from "./decimal-sql.ts";
import type { SumSql } from "./decimal-sql.ts";
import { isBaseFee, isQuoteFee } from "./fee-sql.ts";
import { first } from "./ledger-access.ts";
import type { LedgerReader } from "./ledger-access.ts";
import { query } from "./query.ts";
import type { LedgerQuery } from "./query.ts";
import { addTexts, intOf, textOf } from "./stored.ts";
import type { ViewDialect } from "./view-dialect.ts";

/** Which rows are balanced against which fills. */
export interface BalanceScope {
  /** The user. */
  readonly userId: string;
  /** The market. */
  readonly symbol: string;
  /** The version. */
  readonly version: number;
  /** Fills up to this ingest sequence. */
  readonly throughSeq: number;
  /** Whether fees in the quote asset enter cost and proceeds. */
  readonly fees: "included" | "excluded";
  /** Whether any of the fills names its fee's asset; only then can one be in the base asset, and they are read a second time for it. */
  readonly feeAssets: boolean;
}

/** A fill whose rows do not add up. Signed canonical decimals: what is missing, negative for too much. */
export interface Imbalance {
  /** The fill. */
  readonly orderId: string;
  /** Units. */
  readonly quantity: string;
  /** Fee in quote currency. */
  readonly fee: string;
}

/** `sign` is 1 for what is due and -1 for what was found; a lot that is open keeps the rest of its fee, so its fee is not compared. */
function imbalanceSql(d: ViewDialect, baseFees: string): string {
  const zero = d.zero(38);
  const quantity = d.sum(fixed("size", 38, 18), "size", "sign");
  const fee = d.sum(fixed("fee", 38, 18), "fee", "sign");
  const nothing = d.zero(quantity.value.precision);
  return `with terms as (
  select f.id, 1 as sign, f.quantity as size, 0 as open,
    case when ?5 = 'excluded' or ${isBaseFee(d, "f")} then ${zero}
      when ${isQuoteFee(d, "f")} then f.fee else coalesce(f.fee_in_quote, ${zero}) end as fee
  from fills f where f.user_id = ?1 and f.symbol = ?2 and f.ingest_seq <= ?4
  ${baseFees}
  union all
  select a.sell_order_id, -1, a.allocated_size, 0, a.sell_fee
  from fifo_allocations a where a.user_id = ?1 and a.allocation_version = ?3 and a.symbol = ?2 and (a.kind <> 'dust' or a.buy_order_id is null)
  union all
  select a.buy_order_id, -1, a.allocated_size, 0, a.buy_fee
  from fifo_allocations a where a.user_id = ?1 and a.allocation_version = ?3 and a.symbol = ?2 and a.buy_order_id is not null
  union all
  select s.buy_order_id, -1, s.remaining_size, 1, ${zero}
  from fifo_inventory_snapshot s where s.user_id = ?1 and s.allocation_version = ?3 and s.symbol = ?2
), limbs as materialized (
  select id, max(open) as open, ${quantity.columns}, ${fee.columns} from terms group by id
), totals as materialized (
  select id, ${quantity.value.sql} as size, case when open = 1 then ${nothing} else ${fee.value.sql} end as fee
  from limbs where ${d.maybeNotZero(quantity, "size")} or ${d.maybeNotZero(fee, "fee")}
)
select id, ${d.text({ ...quantity.value, sql: "size" })}, ${d.text({ ...fee.value, sql: "fee" })}
from totals where size <> ${nothing} or fee <> ${nothing} order by id limit 5`;
}

const baseFees = (d: ViewDialect): string => `union all
  select f.id, case f.side when 'sell' then 1 else -1 end, f.fee, 0, ${d.zero(38)}
  from fills f where f.user_id = ?1 and f.symbol = ?2 and f.ingest_seq <= ?4 and ${isBaseFee(d, "f")}`;

const imbalanceQuery = (extra: (d: ViewDialect) => string): LedgerQuery =>
  query((d) => imbalanceSql(d, extra(d)), ["text", "text", "int", "int", "text"], ["text", "text", "text"]);
const PLAIN = imbalanceQuery(() => "");
const WITH_BASE_FEES = imbalanceQuery(baseFees);

/** Up to five fills whose rows do not add up. */
export async function imbalances(db: LedgerReader, of: BalanceScope): Promise<readonly Imbalance[]> {
  const rows = await db.all(of.feeAssets ? WITH_BASE_FEES : PLAIN, [of.userId, of.symbol, of.version, of.throughSeq, of.fees]);
  return rows.map(([id, quantity, fee]) => ({ orderId: textOf(id), quantity: textOf(quantity), fee: textOf(fee) }));
}

const ROW_NAMES = ["pnl", "cost", "matched_net", "net", "proceeds", "sell_fee", "rest", "rest_net"] as const;
const LOT_NAMES = ["open_size", "open_cost"] as const;

function sumsSql(d: ViewDialect): string {
  const money = (column: string, name: string): SumSql => d.sum(fixed(column, 76, 36), name);
  const size = (column: string, name: string): SumSql => d.sum(fixed(column, 38, 18), name);
  const shown = (sums: readonly SumSql[], names: readonly string[]): string =>
    sums.map(({ value }, i) => d.text({ ...value, sql: names[i] ?? "" })).join(", ");
  const totals = (sums: readonly SumSql[], names: readonly string[]): string =>
    sums.map(({ value }, i) => `${value.sql} as ${names[i]}`).join(", ");
  const limbs = (sums: readonly SumSql[]): string => sums.map(({ columns }) => columns).join(", ");
  const rowSums = [
    money("pnl", "a"),
    money("cost", "b"),
    money("matched_net", "c"),
    money("net_proceeds", "d"),
    money("proceeds", "e"),
    size("sell_fee", "f"),
    size("rest", "g"),
    money("rest_net", "h"),
  ];
  const lotSums = [size("remaining_size", "a"), money("remaining_cost", "b")];
  return `with parts as (
  select kind, pnl, net_proceeds, proceeds, sell_fee, case kind when 'matched' then cost_basis end as cost,
    case kind when 'matched' then net_proceeds end as matched_net, case kind when 'unmatched' then allocated_size end as rest,
    case kind when 'unmatched' then net_proceeds end as rest_net
  from fifo_allocations where user_id = ?1 and allocation_version = ?3 and symbol = ?2
), sums as materialized (
  select ${totals(rowSums, ROW_NAMES)}, matched, unmatched, dust from (
    select ${limbs(rowSums)}, count(case kind when 'matched' then 1 end) as matched,
      count(case kind when 'unmatched' then 1 end) as unmatched, count(case kind when 'dust' then 1 end) as dust
    from parts) as limbs
), lots as materialized (
  select ${totals(lotSums, LOT_NAMES)}, lots from (
    select ${limbs(lotSums)}, count(*) as lots
    from fifo_inventory_snapshot where user_id = ?1 and allocation_version = ?3 and symbol = ?2) as limbs
)
select matched, unmatched, dust, lots, ${shown(rowSums, ROW_NAMES)}, ${shown(lotSums, LOT_NAMES)} from sums, lots`;
}

const SUMS = query(
  sumsSql,
  ["text", "text", "int"],
  ["int", "int", "int", "int", ...ROW_NAMES.map(() => "text" as const), ...LOT_NAMES.map(() => "text" as const)],
);

/** Counts and sums that the allocator also knows. */
export type StoredSums = Pick<
  TotalsJson,
  "matched" | "unmatched" | "dust" | "openLots" | "realizedPnl" | "unmatchedQuantity" | "unmatchedProceeds" | "openQuantity" | "openCost"
>;

/** What is stored of one symbol and version, added up exactly, and whether its columns agree with each other. */
export async function storedSums(
  db: LedgerReader,
  of: BalanceScope,
): Promise<{ readonly sums: StoredSums; readonly columnsAgree: boolean }> {
  const row = (await first(db, SUMS, [of.userId, of.symbol, of.version])) ?? [];
  const [pnl = "", cost = "", matchedNet, net = "", proceeds, sellFee = "", rest, restNet, openSize, openCost] = row.slice(4).map(textOf);
  const sums = {
    matched: intOf(row[0]),
    unmatched: intOf(row[1]),
    dust: intOf(row[2]),
    openLots: intOf(row[3]),
    realizedPnl: pnl,
    unmatchedQuantity: textOf(rest),
    unmatchedProceeds: textOf(restNet),
    openQuantity: textOf(openSize),
    openCost: textOf(openCost),
  };
  return { sums, columnsAgree: addTexts([pnl, cost]) === matchedNet && addTexts([net, sellFee]) === proceeds };
}

/** Throws `not-balanced` unless the stored rows of a symbol add up to its fills and to the allocator's sums. */
export async function requireBalanced(db: LedgerReader, of: BalanceScope, expected: StoredSums): Promise<void> {
  const wrong = await imbalances(db, of);
  const [worst] = wrong;
  if (worst !== undefined) {
    throw notBalanced(of, `the rows of fill ${worst.orderId} miss ${worst.quantity} of its quantity and ${worst.fee} of its fee`, {
      fills: wrong,
    });
  }
  const { sums, columnsAgree } = await storedSums(db, of);
  const differing = Object.keys(sums).filter((name) => sums[name as keyof StoredSums] !== expected[name as keyof StoredSums]);
  if (differing.length > 0)
    throw notBalanced(of, `what was stored differs from what was computed in ${differing.join(", ")}`, { differing, stored: sums });
  if (!columnsAgree)
    throw notBalanced(of, "profit and cost do not add up to net proceeds, or net proceeds and fees to proceeds", { stored: sums });
}

function notBalanced({ symbol, version }: BalanceScope, what: string, facts: object): StorageError {
  return new StorageError(
    "not-balanced",
    `The ledger of ${symbol} does not balance: ${what}. Nothing was switched, the earlier version stands. Check the database (PRAGMA integrity_check, pg_amcheck); if it is sound, report this as an error of td.`,
    { facts: { symbol, version, ...facts } },
  );
}
