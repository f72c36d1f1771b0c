// The equity curve and its deepest fall, from the snapshots of bots: of several bots the latest values are added up, moment by moment.
import { readInstant } from "@td/fifo/values";
import { fixed } from "../ledger/decimal-sql.ts";
import type { FixedSql } from "../ledger/decimal-sql.ts";
import { query } from "../ledger/query.ts";
import type { Cell, CellType, LedgerQuery } from "../ledger/query.ts";
import type { ViewDialect } from "../ledger/view-dialect.ts";
import { instantCell } from "./close-sql.ts";
import { named, statsDialect } from "./stats-dialect.ts";
import type { EquitySelection } from "./types.ts";

/** A selection as SQL. */
interface Equity {
  /** Whether there is one bot, whose values need no adding up. */
  readonly single: boolean;
  readonly params: readonly Cell[];
  readonly types: readonly CellType[];
  /** Conditions on the snapshots. */
  readonly snapshots: string;
  /** Condition on the points: their values need what came before. */
  readonly points: string;
  /** The parameter with the time of the first point; undefined without one. */
  readonly since: string | undefined;
}

/** The values of `?1`, `?2`, ... of {@link curveQuery} and {@link drawdownQuery}. */
export function equityParams(userId: string, selection: EquitySelection): readonly Cell[] {
  return equityOf(userId, selection).params;
}

function equityOf(userId: string, { botId, since, until }: EquitySelection): Equity {
  const params: Cell[] = [userId];
  const types: CellType[] = ["text"];
  const place = (condition: string, value: string | undefined, type: CellType): string => {
    if (value === undefined) return "";
    params.push(value);
    types.push(type);
    return ` and ${condition} ?${params.length}`;
  };
  const bot = place("bot_id =", botId, "text");
  const before = place("at <", instantCell("until", until), "instant");
  const points = place("at >=", instantCell("since", since), "instant");
  const first = points === "" ? undefined : `?${params.length}`;
  return { single: botId !== undefined, params, types, snapshots: bot + before, points, since: first };
}

const made = new Map<string, LedgerQuery>();

function once(
  what: string,
  selection: EquitySelection,
  columns: readonly CellType[],
  sql: (d: ViewDialect, equity: Equity) => string,
): LedgerQuery {
  const equity = equityOf("", selection);
  const key = `${what}${equity.snapshots}${equity.points}`;
  const found = made.get(key) ?? query((d) => sql(d, equity), equity.types, columns);
  made.set(key, found);
  return found;
}

/**
 * The snapshots that the sums need. Of those before the first point only each bot's last counts: that one is found in the index, so a late
 * month costs no more than the first one.
 */
function takenSql({ snapshots, points, since }: Equity): string {
  const all = `select bot_id, at, total_value from bot_state_snapshots where user_id = ?1${snapshots}${points}`;
  if (since === undefined) return all;
  return `${all} union all
    select s.bot_id, s.at, s.total_value from bots b cross join bot_state_snapshots s
    where b.user_id = ?1 and s.user_id = b.user_id and s.bot_id = b.id
      and s.at = (select max(l.at) from bot_state_snapshots l where l.user_id = ?1 and l.bot_id = b.id and l.at < ${since})`;
}

/** bot, time, value of the snapshots that the curve needs, the earliest first. */
export function snapshotsQuery(selection: EquitySelection): LedgerQuery {
  return once("snapshots", selection, ["text", "instant", "money"], (_, equity) => {
    const own = { ...equity, since: equity.single ? undefined : equity.since };
    return `${takenSql(own)} order by at`;
  });
}

/** The microsecond of the first point; undefined without one. */
export function sinceOf({ since }: EquitySelection): number | undefined {
  const at = instantCell("since", since);
  return at === undefined ? undefined : Number(readInstant(at));
}

/** Steps of the curve: each snapshot's value goes up, the one before it of the same bot comes off. */
function curveSql(d: ViewDialect, equity: Equity): string {
  const { single, snapshots, points } = equity;
  if (single)
    return `with curve as materialized (select at, total_value as value from bot_state_snapshots where user_id = ?1${snapshots}${points})`;
  const sum = d.sum(fixed("amount", 76, 36), "step", "sign");
  return `with valued as materialized (
  select at, total_value, lag(total_value) over (partition by bot_id order by at) as before
  from (${takenSql(equity)}) taken
), signed as (
  select at, total_value as amount, 1 as sign from valued union all select at, before, -1 from valued where before is not null
), steps as materialized (select at, ${sum.columns} from signed group by at),
running as materialized (select at, ${statsDialect(d).running(sum, "step", "at")} from steps),
curve as materialized (select at, ${sum.value.sql} as value from running where true${points})`;
}

const valueOf = (d: ViewDialect, single: boolean): FixedSql =>
  single ? fixed("value", 76, 36) : named("value", d.sum(fixed("amount", 76, 36), "step", "sign").value);

/** time, value. */
export function curveQuery(selection: EquitySelection): LedgerQuery {
  return once(
    "curve",
    selection,
    ["instant", "text"],
    (d, equity) => `${curveSql(d, equity)} select at, ${d.text(valueOf(d, equity.single))} from curve order by at`,
  );
}

/**
 * peak, time of the peak, trough, time of the trough, fall, of the deepest fall; no row for an empty curve. Subtracting long decimals is what
 * costs, so only the lowest value below each peak is subtracted.
 */
export function drawdownQuery(selection: EquitySelection): LedgerQuery {
  return once("drawdown", selection, ["text", "instant", "text", "instant", "text"], (d, equity) => {
    const value = valueOf(d, equity.single);
    const fall = d.difference(named("peak", value), value);
    return `${curveSql(d, equity)}, heights as materialized (select at, value, max(value) over (order by at) as peak from curve),
lows as materialized (select peak, min(value) as value from heights group by peak),
falls as materialized (select value, peak, ${fall.sql} as fall from lows),
deepest as materialized (
  select f.value, f.peak, f.fall, min(h.at) as at from falls f join heights h on h.peak = f.peak and h.value = f.value
  where f.fall = (select max(fall) from falls) group by f.value, f.peak, f.fall order by 4 limit 1
)
select ${d.text(named("d.peak", value))}, (select max(c.at) from curve c where c.at <= d.at and c.value = d.peak), ${d.text(named("d.value", value))}, d.at,
  ${d.text(named("d.fall", fall))} from deepest d`;
  });
}
