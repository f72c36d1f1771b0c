// Who made how much: the closes of all users, ranked. For storage.system only.
import { readDecimal, readInstant, writeDecimal } from "@td/fifo/values";
import { SYSTEM_MARK } from "../care/explain.ts";
import { StorageError } from "../errors.ts";
import { postgresViews, sqliteViews } from "../ledger/view-dialect.ts";
import type { SystemValue } from "../system/system-engine.ts";
import type { InstantInput } from "../table/columns.ts";
import type { Engine } from "../table/types.ts";
import { instantCell } from "./close-sql.ts";
import { CLOSES_IN_GAP, gapsSql, MOMENTS, PEOPLE } from "./closes-unsummed.ts";
import { winRateFrom } from "./create-stats.ts";
import { readProfitSum } from "./profit-sum.ts";
import { statsDialect } from "./stats-dialect.ts";
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
type RunAll = (sql: string, params: readonly SystemValue[]) => Promise<readonly (readonly unknown[])[]>;

/**
 * The users with the highest profit over their CLOSE trades. What `storage.maintain()` has added up is taken from there, the rest is read; with a
 * symbol all closes are. Throws `bad-request`, `value-rejected`.
 */
export async function leaderboard(
  engine: Engine,
  all: RunAll,
  { symbol, since, until, limit = 10 }: LeaderboardRequest,
): Promise<readonly LeaderboardRow[]> {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new StorageError("bad-request", "limit is an integer from 1 to 1000.");
  const { given, write } = MOMENTS[engine];
  const params: SystemValue[] = [];
  const add = (value: string | undefined, type: "text" | "instant"): string | undefined => {
    if (value === undefined) return undefined;
    params.push(type === "text" ? value : write(Number(readInstant(value))));
    return type === "text" ? `cast(?${params.length} as text)` : given(params.length);
  };
  const asked = {
    symbol: add(symbol, "text"),
    since: add(instantCell("since", since), "instant"),
    until: add(instantCell("until", until), "instant"),
  };
  return ranked(engine, await all(sumsSql(engine, asked), params), limit);
}

/** The parameters of a request, as SQL. */
interface Asked {
  readonly symbol: string | undefined;
  readonly since: string | undefined;
  readonly until: string | undefined;
}

/** Closes, as rows of a table, that are added up at once on SQLite: what memory holds of them is some 160 bytes each. */
const ROWS_AT_ONCE = 1_000_000;

/**
 * user, 1 for a total, sum: of the totals that lie within the times asked for, and of the closes between them, which each user's covering index
 * gives. The sum is as `readProfitSum` reads it, the profit of a total as it is stored. One statement, so that all is of one moment.
 */
function sumsSql(engine: Engine, { symbol, since, until }: Asked): string {
  const dialect = statsDialect(engine === "sqlite" ? sqliteViews : postgresViews);
  // A total is of all markets.
  const gaps = gapsSql(engine, { since, until, ...(symbol === undefined ? {} : { condition: "1 = 0" }) });
  const ofMarket = symbol === undefined ? "" : ` and t.symbol = ${symbol}`;
  return `${SYSTEM_MARK}with recursive ${PEOPLE}, ${gaps}${engine === "sqlite" ? SLICES : ""}
select user_id, 1, pnl || ' ' || wins || ' ' || losses || ' ' || closes from used
union all select g.user_id, 0, (select ${dialect.profit("t.pnl")} from ${CLOSES_IN_GAP}${ofMarket}) from ${engine === "sqlite" ? "parts" : "gaps"} g
order by 1`;
}

/** The gaps cut up, in a table of millions of rows, so that none has too many closes to hold. */
const SLICES = `, slices(n, slices) as (
  select 0, coalesce(max(rowid), 0) / ${ROWS_AT_ONCE} + 1 from trades union all select n + 1, slices from slices where n + 1 < slices
), spans as materialized (
  select user_id, (select min(t.executed_at) from ${CLOSES_IN_GAP}) as first, (select max(t.executed_at) from ${CLOSES_IN_GAP}) as last from gaps g
), parts as materialized (
  select user_id, first + n * ((last - first) / slices + 1) - 1 as starts, min(first + (n + 1) * ((last - first) / slices + 1), last + 1) as ends
  from spans cross join slices where first is not null
)`;

/** What a user's closes come to. */
interface Sum {
  /** Units of 10^-36. */
  pnl: bigint;
  closes: number;
  wins: number;
  losses: number;
}

/** The rows of {@link sumsSql}, ranked: the users come sorted by their ids, in the order of UTF-8. */
function ranked(engine: Engine, rows: readonly (readonly unknown[])[], limit: number): readonly LeaderboardRow[] {
  const sums = new Map<string, Sum>();
  for (const [user, isTotal, text] of rows) {
    if (typeof text !== "string") continue;
    const { pnl, closes, wins, losses } = readProfitSum(text);
    const sum = sums.get(String(user)) ?? { pnl: 0n, closes: 0, wins: 0, losses: 0 };
    sum.pnl += engine === "sqlite" && Number(isTotal) === 1 ? BigInt(pnl) - TOTAL_OFFSET : unitsOf(pnl);
    sum.closes += closes;
    sum.wins += wins;
    sum.losses += losses;
    sums.set(String(user), sum);
  }
  const sorted = [...sums].toSorted(([, a], [, b]) => (a.pnl === b.pnl ? 0 : a.pnl > b.pnl ? -1 : 1));
  let rank = 0;
  return sorted.slice(0, limit).map(([userId, sum], at) => {
    if (sum.pnl !== sorted[at - 1]?.[1].pnl) rank = at + 1;
    return { rank, userId, ...winRateFrom({ ...sum, pnl: writeDecimal(sum.pnl, SCALE) }) };
  });
}

const SCALE = 36;
/** What a stored total, decimal(94,36), is above its units. */
const TOTAL_OFFSET = 10n ** 94n;

function unitsOf(pnl: string): bigint {
  const parts = readDecimal(pnl);
  if (typeof parts === "string") throw new TypeError("a sum is no decimal");
  return parts.units * 10n ** BigInt(SCALE - parts.scale);
}
