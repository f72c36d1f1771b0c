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
import type { Cell, LedgerQuery } from "./query.ts";
import { addTexts, intOf, optionalText, textOf } from "./stored.ts";
import type { ViewDialect } from "./view-dialect.ts";

/** Which rows are balanced against which fills: those of a whole version, or what a version added to the one before it. */
export interface BalanceScope {
  /** The user. */
  readonly userId: string;
  /** The market. */
  readonly symbol: string;
  /** The version, whose open lots count. */
  readonly version: number;
  /** The base version of its rows. */
  readonly base: number;
  /** Its rows from this place on; 0 for all. */
  readonly firstSeq: number;
  /** Up to this place, which is not among them. */
  readonly endSeq: number;
  /** Fills beyond this ingest sequence; 0 for all. */
  readonly afterSeq: number;
  /** Up to this one. */
  readonly throughSeq: number;
  /** The version before, whose open lots are due as well; 0 for none. */
  readonly before: number;
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

/** The rows of the scope: ?1 user, ?2 symbol, ?6 base version, ?7 and ?8 places. */
const ROWS = (alias: string): string =>
  `fifo_allocations ${alias} where ${alias}.user_id = ?1 and ${alias}.base_version = ?6 and ${alias}.symbol = ?2 and ${alias}.seq >= ?7 and ${alias}.seq < ?8`;
const FILLS = `fills f where f.user_id = ?1 and f.symbol = ?2 and f.ingest_seq > ?9 and f.ingest_seq <= ?4`;
const LOTS = `fifo_inventory_snapshot s where s.user_id = ?1 and s.symbol = ?2 and s.allocation_version =`;

/**
 * `sign` is 1 for what is due and -1 for what was found. A lot that is open keeps the rest of its fee, and one that was open before has given
 * part of it already, so their fees are not compared: their cost is, in the sums.
 */
function imbalanceSql(d: ViewDialect, baseFees: string): string {
  const zero = d.zero(38);
  const quantity = d.sum(fixed("size", 38, 18), "size", "sign");
  const fee = d.sum(fixed("fee", 38, 18), "fee", "sign");
  const nothing = d.zero(quantity.value.precision);
  return `with terms as (
  select f.id, 1 as sign, f.quantity as size, 0 as open,
    case when ?5 = 'excluded' or ${isBaseFee(d, "f")} then ${zero}
      when ${isQuoteFee(d, "f")} then f.fee else coalesce(f.fee_in_quote, ${zero}) end as fee
  from ${FILLS}
  ${baseFees}
  union all
  select a.sell_order_id, -1, a.allocated_size, 0, a.sell_fee
  from ${ROWS("a")} and (a.kind <> 'dust' or a.buy_order_id is null)
  union all
  select a.buy_order_id, -1, a.allocated_size, 0, a.buy_fee
  from ${ROWS("a")} and a.buy_order_id is not null
  union all
  select s.buy_order_id, -1, s.remaining_size, 1, ${zero}
  from ${LOTS} ?3
  union all
  select s.buy_order_id, 1, s.remaining_size, 1, ${zero}
  from ${LOTS} ?10
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
  from ${FILLS} and ${isBaseFee(d, "f")}`;

const PARAMS = ["text", "text", "int", "int", "text", "int", "int", "int", "int", "int"] as const;

function paramsOf(of: BalanceScope): readonly Cell[] {
  return [of.userId, of.symbol, of.version, of.throughSeq, of.fees, of.base, of.firstSeq, of.endSeq, of.afterSeq, of.before];
}

const imbalanceQuery = (extra: (d: ViewDialect) => string): LedgerQuery =>
  query((d) => imbalanceSql(d, extra(d)), PARAMS, ["text", "text", "text"]);
const PLAIN = imbalanceQuery(() => "");
const WITH_BASE_FEES = imbalanceQuery(baseFees);

/** Up to five fills whose rows do not add up. */
export async function imbalances(db: LedgerReader, of: BalanceScope): Promise<readonly Imbalance[]> {
  const rows = await db.all(of.feeAssets ? WITH_BASE_FEES : PLAIN, paramsOf(of));
  return rows.map(([id, quantity, fee]) => ({ orderId: textOf(id), quantity: textOf(quantity), fee: textOf(fee) }));
}

const ROW_NAMES = ["pnl", "cost", "matched_net", "net", "proceeds", "sell_fee", "rest", "rest_net", "taken"] as const;
/** True for a buy that no earlier row took from; the rows of a whole version have no earlier ones. */
const newlyUsed = `(?7 = 0 or not exists (select 1 from fifo_allocations e where e.user_id = ?1 and e.buy_order_id = r.buy_order_id
  and e.base_version = ?6 and e.symbol = ?2 and e.seq < ?7 and e.kind = 'matched'))`;
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
    size("taken", "i"),
  ];
  const lotSums = [size("remaining_size", "a"), money("remaining_cost", "b")];
  return `with parts as (
  select kind, part, pnl, net_proceeds, proceeds, sell_fee, case kind when 'matched' then allocated_size end as taken,
    case kind when 'matched' then sell_time end as sold, case when kind = 'matched' and ${newlyUsed} then buy_order_id end as buy, case kind when 'matched' then cost_basis end as cost,
    case kind when 'matched' then net_proceeds end as matched_net, case kind when 'unmatched' then allocated_size end as rest,
    case kind when 'unmatched' then net_proceeds end as rest_net
  from ${ROWS("r")}
), sums as materialized (
  select ${totals(rowSums, ROW_NAMES)}, matched, unmatched, dust, sells, buys, first_sell, last_sell from (
    select ${limbs(rowSums)}, count(case kind when 'matched' then 1 end) as matched,
      count(case kind when 'unmatched' then 1 end) as unmatched, count(case kind when 'dust' then 1 end) as dust,
      count(case when kind = 'matched' and part = 0 then 1 end) as sells, count(distinct buy) as buys, min(sold) as first_sell, max(sold) as last_sell
    from parts) as limbs
), lots as materialized (
  select ${totals(lotSums, LOT_NAMES)}, lots from (
    select ${limbs(lotSums)}, count(*) as lots
    from ${LOTS} ?3) as limbs
)
select matched, unmatched, dust, lots, sells, buys, first_sell, last_sell, ${shown(rowSums, ROW_NAMES)}, ${shown(lotSums, LOT_NAMES)} from sums, lots`;
}

const SUMS = query(sumsSql, PARAMS, [
  ...(["int", "int", "int", "int", "int", "int", "instant", "instant"] as const),
  ...ROW_NAMES.map(() => "text" as const),
  ...LOT_NAMES.map(() => "text" as const),
]);

/** Counts and sums that the allocator also knows. */
export type StoredSums = Pick<
  TotalsJson,
  "matched" | "unmatched" | "dust" | "openLots" | "realizedPnl" | "unmatchedQuantity" | "unmatchedProceeds" | "openQuantity" | "openCost"
>;

/** What only the rows know. */
export interface RowFacts {
  /** Sells with a matched part. */
  readonly sellsMatched: number;
  /** Buys that matched parts took from; of rows that were added, those that no earlier row took from. */
  readonly buysUsed: number;
  /** Units matched. */
  readonly matchedSize: string;
  /** The first matched sell. */
  readonly firstSell: string | null;
  /** The last matched sell. */
  readonly lastSell: string | null;
}

/** What is stored within a scope, added up exactly, and whether its columns agree with each other. */
export interface StoredRows {
  /** What the allocator knows, too. The lots are those of the version, whatever the rows. */
  readonly sums: StoredSums;
  /** What it does not. */
  readonly facts: RowFacts;
  /** Whether profit and cost are net proceeds, and net proceeds and fees proceeds. */
  readonly columnsAgree: boolean;
}

/** Adds up what is stored. */
export async function storedSums(db: LedgerReader, of: BalanceScope): Promise<StoredRows> {
  const row = (await first(db, SUMS, paramsOf(of))) ?? [];
  const [pnl = "", cost = "", matchedNet, net = "", proceeds, sellFee = "", rest, restNet, taken, openSize, openCost] = row
    .slice(8)
    .map(textOf);
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
  const facts = {
    sellsMatched: intOf(row[4]),
    buysUsed: intOf(row[5]),
    firstSell: optionalText(row[6]),
    lastSell: optionalText(row[7]),
    matchedSize: textOf(taken),
  };
  return { sums, facts, columnsAgree: addTexts([pnl, cost]) === matchedNet && addTexts([net, sellFee]) === proceeds };
}

/** Throws `not-balanced` unless the stored rows of a scope add up to its fills and to the allocator's sums; gives what only the rows know. */
export async function requireBalanced(db: LedgerReader, of: BalanceScope, expected: StoredSums): Promise<RowFacts> {
  const wrong = await imbalances(db, of);
  const [worst] = wrong;
  if (worst !== undefined) {
    throw notBalanced(of, `the rows of fill ${worst.orderId} miss ${worst.quantity} of its quantity and ${worst.fee} of its fee`, {
      fills: wrong,
    });
  }
  const { sums, facts, columnsAgree } = await storedSums(db, of);
  const differing = Object.keys(sums).filter((name) => sums[name as keyof StoredSums] !== expected[name as keyof StoredSums]);
  if (differing.length > 0)
    throw notBalanced(of, `what was stored differs from what was computed in ${differing.join(", ")}`, { differing, stored: sums });
  if (!columnsAgree)
    throw notBalanced(of, "profit and cost do not add up to net proceeds, or net proceeds and fees to proceeds", { stored: sums });
  return facts;
}

function notBalanced({ symbol, version }: BalanceScope, what: string, facts: object): StorageError {
  return new StorageError(
    "not-balanced",
    `The ledger of ${symbol} does not balance: ${what}. Nothing was switched, the earlier version stands. Check the database (PRAGMA integrity_check, pg_amcheck); if it is sound, report this as an error of td.`,
    { facts: { symbol, version, ...facts } },
  );
}
