// The statements of the statistics over closes. Each shape of a selection is put together once.
import { query } from "../ledger/query.ts";
import type { CellType, LedgerQuery } from "../ledger/query.ts";
import type { ViewDialect } from "../ledger/view-dialect.ts";
import { closesSql, pnlOf, tradesOf } from "./close-sql.ts";
import type { CloseSelection } from "./close-sql.ts";
import { named, statsDialect } from "./stats-dialect.ts";

const made = new Map<string, LedgerQuery>();

/** A statement over closes, made at its first use. `further` are the types of its parameters behind those of the selection. */
function once(
  what: string,
  { over, conditions, types }: CloseSelection,
  further: readonly CellType[],
  columns: readonly CellType[],
  sql: (d: ViewDialect, place: number) => string,
): LedgerQuery {
  const key = `${what} ${over} ${conditions.join()}`;
  const found = made.get(key) ?? query((d) => sql(d, types.length + 1), [...types, ...further], columns);
  made.set(key, found);
  return found;
}

const wins = (d: ViewDialect, over: CloseSelection["over"], comparison: ">" | "<"): string => {
  const { sql, precision } = pnlOf(d, over);
  return `count(case when ${sql} ${comparison} ${d.zero(precision)} then 1 end)`;
};

/** closes, wins, losses, profit. */
export function winRateQuery(selection: CloseSelection): LedgerQuery {
  const { over } = selection;
  return once("wins", selection, [], ["int", "int", "int", "text"], (d) => {
    const sum = d.sum(pnlOf(d, over), "total");
    return `with counted as materialized (
  select count(*) as closes, ${wins(d, over, ">")} as wins, ${wins(d, over, "<")} as losses, ${sum.columns}
  from (${closesSql(d, selection)}) closed
), totals as materialized (select *, ${sum.value.sql} as pnl from counted)
select closes, wins, losses, ${d.text(named("pnl", sum.value))} from totals`;
  });
}

/** The first and the last time of the closes, as canonical text; null without closes. */
export function spanQuery(selection: CloseSelection): LedgerQuery {
  const { over } = selection;
  return once("span", selection, [], ["instant", "instant"], (d) => {
    const closes = `(${closesSql(d, selection)}) closed`;
    // Each end of an index is found at once when it is asked for alone.
    return over === "trades"
      ? `select (select min(at) from ${closes}), (select max(at) from ${closes})`
      : `select min(at), max(at) from ${closes}`;
  });
}

/** day, profit, closes, wins, over the ledger; the parameter behind the selection are the segments of the zone. */
export function daysQuery(selection: CloseSelection): LedgerQuery {
  const { over } = selection;
  return once("days", selection, ["json"], ["text", "text", "int", "int"], (d, place) => {
    const s = statsDialect(d);
    const sum = d.sum(pnlOf(d, over), "total");
    return `with closed as ${over === "ledger" ? "materialized " : ""}(${closesSql(d, selection)}), counted as materialized (
  select ${s.day("closed.at", "z.seconds")} as day, count(*) as closes, ${wins(d, over, ">")} as wins, ${sum.columns}
  from ${s.segments(`?${place}`)} z cross join closed where closed.at >= z.starts and closed.at < z.ends
  group by 1
), totals as materialized (select day, closes, wins, ${sum.value.sql} as pnl from counted)
select day, ${d.text(named("pnl", sum.value))}, closes, wins from totals order by day`;
  });
}

/** Stretches of a user's time that are added up apart, so that memory holds the digits of one of them. */
const SLICES = 64;

/** Closes, wins, losses and profit over trades on SQLite, stretch by stretch, in the text that `readProfitSum` reads; null for one without closes. */
export function profitSlicesQuery(selection: CloseSelection): LedgerQuery {
  return once("slices", selection, [], ["text"], (d) => {
    const closes = (conditions: readonly string[]): string => closesSql(d, { over: "trades", conditions });
    return `with recursive slices(n) as (select 0 union all select n + 1 from slices where n < ${SLICES - 1}),
span as materialized (select (select min(at) from (${closes(selection.times)}) c) as first, (select max(at) from (${closes(selection.times)}) c) as last),
parts as materialized (select first + n * ((last - first) / ${SLICES} + 1) as starts, (last - first) / ${SLICES} + 1 as lasts
  from span cross join slices where first is not null)
select (select ${statsDialect(d).profit("t.pnl")} from ${tradesOf([...selection.besides, "t.executed_at >= p.starts", "t.executed_at < p.starts + p.lasts"])})
from parts p`;
  });
}

/**
 * place of the stretch, and of its closes the text that `readProfitSum` reads, null for none: over trades on SQLite. The parameter behind the
 * selection are the stretches, which lie within the selection's times: those are not asked for again, for an index would then be searched by them.
 */
export function dayPartsQuery(selection: CloseSelection): LedgerQuery {
  return once("parts", selection, ["json"], ["int", "text"], (d, place) => {
    const conditions = [...selection.besides, "t.executed_at >= p.starts", "t.executed_at < p.ends"];
    return `select p.n, (select ${statsDialect(d).profit("t.pnl")} from ${tradesOf(conditions)})
from (select key as n, value ->> 0 as starts, value ->> 1 as ends from json_each(?${place})) p`;
  });
}

/**
 * The same on PostgreSQL, where each close looks up its stretch by halves. The parameter are the times at which stretches begin; what is before
 * the first has the place -1.
 */
export function dayBucketsQuery(selection: CloseSelection): LedgerQuery {
  return once("buckets", selection, ["json"], ["int", "text"], (d, place) => {
    const starts = `(select array_agg(value::timestamptz order by ordinality) from jsonb_array_elements_text(?${place}) with ordinality)`;
    return `select width_bucket(t.executed_at, ${starts}) - 1 as n, ${statsDialect(d).profit("t.pnl")} from ${tradesOf(selection.conditions)} group by 1`;
  });
}

/** id, symbol, bot, time, profit of the best or the worst; the parameter behind the selection is how many. */
export function extremesQuery(selection: CloseSelection, direction: "asc" | "desc"): LedgerQuery {
  return once(direction, selection, ["int"], ["text", "text", "text", "instant", "text"], (d, place) => {
    const pnl = pnlOf(d, selection.over);
    return `with closed as (${closesSql(d, selection)} order by pnl ${direction}, id ${direction} limit ?${place})
select id, symbol, bot_id, at, ${d.text(pnl)} from closed order by closed.pnl ${direction}, id ${direction}`;
  });
}
