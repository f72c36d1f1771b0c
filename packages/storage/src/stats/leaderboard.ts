// Who made how much: the closes of all users, ranked. For storage.system only.
import { Decimal } from "decimal.js";
import { readInstant } from "@td/fifo/values";
import { StorageError } from "../errors.ts";
import { fixed } from "../ledger/decimal-sql.ts";
import { postgresViews, sqliteViews } from "../ledger/view-dialect.ts";
import type { ViewDialect } from "../ledger/view-dialect.ts";
import type { InstantInput } from "../table/columns.ts";
import type { Engine } from "../table/types.ts";
import { instantCell } from "./close-sql.ts";
import { winRateOf } from "./create-stats.ts";
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
  const conditions: string[] = [];
  const add = (column: string, comparison: string, value: string | undefined, type: "text" | "timestamptz"): void => {
    if (value === undefined) return;
    params.push(type === "timestamptz" && engine === "sqlite" ? Number(readInstant(value)) : value);
    conditions.push(` and ${column} ${comparison} ${engine === "sqlite" ? `?${params.length}` : `cast(?${params.length} as ${type})`}`);
  };
  add("t.symbol", "=", symbol, "text");
  add("t.executed_at", ">=", instantCell("since", since), "timestamptz");
  add("t.executed_at", "<", instantCell("until", until), "timestamptz");
  params.push(limit);
  const rows = await all(
    leaderboardSql(engine === "sqlite" ? sqliteViews : postgresViews, conditions.join(""), `?${params.length}`),
    params,
  );
  return rows.map(([rank, userId, closes, wins, losses, pnl]) => ({
    rank: Number(rank),
    userId: String(userId),
    ...winRateOf([Number(closes), Number(wins), Number(losses), new Decimal(String(pnl)).toFixed()]),
  }));
}

function leaderboardSql(d: ViewDialect, conditions: string, limit: string): string {
  const sum = d.sum(fixed("t.pnl", 76, 36), "total");
  return `with counted as materialized (
  select t.user_id, count(*) as closes, count(case when t.pnl > ${d.zero(76)} then 1 end) as wins, count(case when t.pnl < ${d.zero(76)} then 1 end) as losses,
    ${sum.columns}
  from trades t where t.action = 'CLOSE'${conditions} group by t.user_id
), totals as materialized (select user_id, closes, wins, losses, ${sum.value.sql} as pnl from counted),
ranked as materialized (select rank() over (order by pnl desc) as place, user_id, closes, wins, losses, pnl from totals)
select place, user_id, closes, wins, losses, ${d.text(named("pnl", sum.value))} from ranked order by place, user_id limit ${limit}`;
}
