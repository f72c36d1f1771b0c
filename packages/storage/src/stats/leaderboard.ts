// Who made how much: the closes of all users, ranked. For storage.system only.
import { Decimal } from "decimal.js";
import { readDecimal, readInstant } from "@td/fifo/values";
import { SYSTEM_MARK } from "../care/explain.ts";
import { StorageError } from "../errors.ts";
import { fixed } from "../ledger/decimal-sql.ts";
import { postgresViews } from "../ledger/view-dialect.ts";
import type { InstantInput } from "../table/columns.ts";
import type { Engine } from "../table/types.ts";
import { instantCell } from "./close-sql.ts";
import { winRateFrom, winRateOf } from "./create-stats.ts";
import { addProfit, NO_PROFIT, profitSumSql, readProfitSum } from "./profit-sum.ts";
import type { ProfitSum } from "./profit-sum.ts";
import { named } from "./stats-dialect.ts";
import type { WinRate } from "./types.ts";

/** Which closes are ranked. */
export interface LeaderboardRequest {
  /** Those of one market; default all. */
  readonly symbol?: string;
  /** Those from this time on; default from the first. */
  readonly since?: InstantInput;
  /** Those before this time; default to the last. */
  readonly until?: InstantInput;
  /** Users at most, 1 to 1000; default 10. */
  readonly limit?: number;
}

/** A user's place. */
export interface LeaderboardRow extends WinRate {
  /** From 1; equal profit has equal rank. */
  readonly rank: number;
  /** The user. */
  readonly userId: string;
}

/** Runs a query over the rows of all users. */
type RunAll = (sql: string, params: readonly (string | number)[]) => Promise<readonly (readonly unknown[])[]>;

/** The users with the highest profit over their CLOSE trades. It reads all of them. Throws `bad-request`, `value-rejected`. */
export async function leaderboard(
  engine: Engine,
  all: RunAll,
  { symbol, since, until, limit = 10 }: LeaderboardRequest,
): Promise<readonly LeaderboardRow[]> {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new StorageError("bad-request", "limit is an integer from 1 to 1000.");
  const params: (string | number)[] = [];
  const [besides, times]: [string[], string[]] = [[], []];
  const add = (conditions: string[], column: string, comparison: string, value: string | undefined, type: "text" | "timestamptz"): void => {
    if (value === undefined) return;
    params.push(type === "timestamptz" && engine === "sqlite" ? Number(readInstant(value)) : value);
    conditions.push(` and ${column} ${comparison} ${engine === "sqlite" ? `?${params.length}` : `cast(?${params.length} as ${type})`}`);
  };
  add(besides, "t.symbol", "=", symbol, "text");
  add(times, "t.executed_at", ">=", instantCell("since", since), "timestamptz");
  add(times, "t.executed_at", "<", instantCell("until", until), "timestamptz");
  if (engine === "sqlite") return ranked(await all(sumsSql(besides.join(""), times.join("")), params), limit);
  params.push(limit);
  const rows = await all(leaderboardSql([...besides, ...times].join(""), `?${params.length}`), params);
  return rows.map(([rank, userId, closes, wins, losses, pnl]) => ({
    rank: Number(rank),
    userId: String(userId),
    ...winRateOf([Number(closes), Number(wins), Number(losses), new Decimal(String(pnl)).toFixed()]),
  }));
}

/** Closes, as rows of a table, that are added up at once on SQLite: what memory holds of them is some 160 bytes each. */
const ROWS_AT_ONCE = 1_000_000;

/**
 * user, sum as `readProfitSum` reads it, on SQLite. Users are found one after the other in an index, and the closes of each in a covering one. In
 * a table of millions of rows a user's closes are added up in so many stretches of time that none has too many to hold.
 */
function sumsSql(besides: string, times: string): string {
  const closes = (user: string, conditions: string): string => `trades t where t.user_id = ${user} and t.action = 'CLOSE'${conditions}`;
  return `${SYSTEM_MARK}with recursive people(id) as (
  select min(user_id) from trades union all select (select min(t.user_id) from trades t where t.user_id > p.id) from people p where p.id is not null
), slices(n, slices) as (
  select 0, coalesce(max(rowid), 0) / ${ROWS_AT_ONCE} + 1 from trades union all select n + 1, slices from slices where n + 1 < slices
), spans as materialized (
  select id, (select min(t.executed_at) from ${closes("p.id", times)}) as first, (select max(t.executed_at) from ${closes("p.id", times)}) as last
  from people p where id is not null
), parts as materialized (
  select id, first + n * ((last - first) / slices + 1) as starts, (last - first) / slices + 1 as lasts from spans cross join slices where first is not null
)
select id, (select ${profitSumSql("t.pnl")} from ${closes("p.id", `${besides} and t.executed_at >= p.starts and t.executed_at < p.starts + p.lasts`)}) from parts p`;
}

/** The rows of {@link sumsSql}, ranked: the users come sorted by their ids, in the order of UTF-8. */
function ranked(rows: readonly (readonly unknown[])[], limit: number): readonly LeaderboardRow[] {
  const sums = new Map<string, ProfitSum>();
  for (const [user, sum] of rows)
    if (typeof sum === "string") sums.set(String(user), addProfit(sums.get(String(user)) ?? NO_PROFIT, readProfitSum(sum)));
  const sorted = [...sums]
    .map(([userId, sum]) => ({ userId, sum, pnl: unitsOf(sum.pnl) }))
    .toSorted((a, b) => (a.pnl === b.pnl ? 0 : a.pnl > b.pnl ? -1 : 1));
  let rank = 0;
  return sorted.slice(0, limit).map(({ userId, sum, pnl }, at) => {
    if (pnl !== sorted[at - 1]?.pnl) rank = at + 1;
    return { rank, userId, ...winRateFrom(sum) };
  });
}

/** Units of 10^-36. */
function unitsOf(pnl: string): bigint {
  const parts = readDecimal(pnl);
  if (typeof parts === "string") throw new TypeError("a sum is no decimal");
  return parts.units * 10n ** BigInt(36 - parts.scale);
}

function leaderboardSql(conditions: string, limit: string): string {
  const d = postgresViews;
  const sum = d.sum(fixed("t.pnl", 76, 36), "total");
  return `with counted as materialized (
  select t.user_id, count(*) as closes, count(case when t.pnl > ${d.zero(76)} then 1 end) as wins, count(case when t.pnl < ${d.zero(76)} then 1 end) as losses,
    ${sum.columns}
  from trades t where t.action = 'CLOSE'${conditions} group by t.user_id
), totals as materialized (select user_id, closes, wins, losses, ${sum.value.sql} as pnl from counted),
ranked as materialized (select rank() over (order by pnl desc) as place, user_id, closes, wins, losses, pnl from totals)
select place, user_id, closes, wins, losses, ${d.text(named("pnl", sum.value))} from ranked order by place, user_id limit ${limit}`;
}
