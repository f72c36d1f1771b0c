// What the statistics need from an engine beyond what the ledger's views do.
import type { FixedSql } from "../ledger/decimal-sql.ts";
import { postgresViews } from "../ledger/view-dialect.ts";
import type { ViewDialect } from "../ledger/view-dialect.ts";
import { profitSumSql } from "./profit-sum.ts";

/** SQL of one engine. */
export interface StatsDialect {
  /** A table expression of the segments in a JSON parameter `[[from, to, seconds], ...]`, whose instants are microseconds on SQLite and text on PostgreSQL: columns `starts`, `ends` (instants), `seconds`. */
  segments(parameter: string): string;
  /** The aggregate of a money column in the text that `readProfitSum` reads; NULL for no rows. */
  profit(column: string): string;
  /** The day, `2025-03-01`, of an instant that is moved by a number of seconds. */
  day(instant: string, seconds: string): string;
  /** A moment and what a bot was worth then, as `readBotPoints` reads them: `1735689600000000 12.5`, the amount as the engine keeps it. */
  point(instant: string, amount: string): string;
  /** The aggregate of texts, one space between each two; NULL for no rows. */
  joined(text: string): string;
}

/** Moves any instant of td, in seconds, above zero: SQLite divides toward zero. */
const LIFT = 10_000_000_000;

const sqliteStats: StatsDialect = {
  segments: (parameter) => `(select value ->> 0 as starts, value ->> 1 as ends, value ->> 2 as seconds from json_each(${parameter}))`,
  profit: profitSumSql,
  day: (instant, seconds) => `strftime('%Y-%m-%d', (${instant} + ${LIFT}000000) / 1000000 - ${LIFT} + ${seconds}, 'unixepoch')`,
  point: (instant, amount) => `${instant} || ' ' || rtrim(${amount}, '0')`,
  joined: (text) => `group_concat(${text}, ' ')`,
};

const postgresStats: StatsDialect = {
  segments: (parameter) =>
    `(select (value ->> 0)::timestamptz as starts, (value ->> 1)::timestamptz as ends, (value ->> 2)::bigint as seconds from jsonb_array_elements(${parameter}))`,
  profit: (column) => `case when count(*) > 0 then concat_ws(' ', trim_scale(sum(${column})),
    count(case when ${column} > 0 then 1 end), count(case when ${column} < 0 then 1 end), count(*)) end`,
  day: (instant, seconds) => `to_char(${instant} at time zone 'UTC' + ${seconds} * interval '1 second', 'YYYY-MM-DD')`,
  point: (instant, amount) => `(extract(epoch from ${instant}) * 1000000)::bigint || ' ' || trim_scale(${amount})`,
  joined: (text) => `string_agg(${text}, ' ')`,
};

/** The dialect that goes with the ledger's. */
export function statsDialect(d: ViewDialect): StatsDialect {
  return d === postgresViews ? postgresStats : sqliteStats;
}

/** A value of a select below, by its name. */
export function named(name: string, { precision, scale }: FixedSql): FixedSql {
  return { sql: name, precision, scale };
}
