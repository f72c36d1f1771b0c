// Adds closes up, a few hundred at a time, so that what is over all of them need not read each: part of `storage.maintain()`.
import { SYSTEM_MARK } from "../care/explain.ts";
import { totalCodec } from "../ledger/stored.ts";
import { postgresViews, sqliteViews } from "../ledger/view-dialect.ts";
import type { SystemEngine, SystemStatements, SystemValue } from "../system/system-engine.ts";
import type { Engine } from "../table/types.ts";
import { totalsTriggers, TOTALS_TRIGGER } from "../tables/trades-totals.ts";
import { BEFORE_ALL, BEHIND_ALL, CLOSES_IN_GAP, gapsSql, MOMENTS, PEOPLE } from "./closes-unsummed.ts";
import { readProfitSum } from "./profit-sum.ts";
import type { ProfitSum } from "./profit-sum.ts";
import { statsDialect } from "./stats-dialect.ts";

/** Closes in one total, those of one moment aside. */
const CLOSES = 256;
/** Totals made in one transaction: other writers of the user wait meanwhile. */
const AT_ONCE = 64;

/**
 * Adds up the closes of all users that no total covers; how many there were. Without the triggers, which a host may have dropped, it does nothing.
 * Totals that have less than half of `size` closes are made anew together with what has come beside them.
 */
export async function sumCloses(engine: SystemEngine, size: number = CLOSES): Promise<number> {
  if (!(await hasTriggers(engine))) return 0;
  if (engine.engine === "sqlite") await engine.transaction([], (db) => db.run(MISCOUNTED));
  const users = await engine.all(`${SYSTEM_MARK}with recursive ${PEOPLE}, ${gapsSql(engine.engine, {})}
select distinct user_id from gaps g where exists (select 1 from ${CLOSES_IN_GAP}) order by 1`);
  let closes = 0;
  for (const [user] of users) closes += await sumUser(engine, String(user), size);
  return closes;
}

// SQLite has no trigger on inserts: a tool that does not know of totals leaves them as they were.
const MISCOUNTED = `${SYSTEM_MARK}delete from trades_totals where closes <> (select count(*) from trades t
  where t.user_id = trades_totals.user_id and t.action = 'CLOSE' and t.executed_at >= first_at and t.executed_at <= last_at)`;

async function hasTriggers(system: SystemEngine): Promise<boolean> {
  const { engine, tables } = system;
  const sql = {
    sqlite: `select count(*) from sqlite_schema where type = 'trigger' and tbl_name = 'trades' and substr(name, 1, ${TOTALS_TRIGGER.length}) = '${TOTALS_TRIGGER}'`,
    postgres: `select count(*) from pg_trigger where tgrelid = to_regclass('trades') and tgenabled <> 'D' and starts_with(tgname, '${TOTALS_TRIGGER}')`,
  }[engine];
  const wanted = totalsTriggers(tables, engine).filter((statement) => /^create (?:or replace )?trigger/.test(statement));
  return wanted.length > 0 && Number((await system.all(`${SYSTEM_MARK}${sql}`))[0]?.[0]) === wanted.length;
}

async function sumUser(engine: SystemEngine, user: string, size: number): Promise<number> {
  let closes = 0;
  for (let isFirst = true; ; isFirst = false) {
    const found = await engine.transaction([user], (statements) => sumNext(engine.engine, statements, user, size, isFirst));
    if (found === 0) return closes;
    closes += found;
  }
}

/** Adds up the closes of the earliest gap, or the first of them; how many. */
async function sumNext(engine: Engine, db: SystemStatements, user: string, size: number, isFirst: boolean): Promise<number> {
  const { write } = MOMENTS[engine];
  // Held together with the lock of the user: a statement over many users takes the table's instead of theirs.
  if (engine === "postgres") await db.run("lock table trades_totals in row exclusive mode");
  if (isFirst) await db.run(`delete from trades_totals where user_id = ?1 and closes < ${size / 2}`, [user]);
  const [gap] = await db.all(gapSql(engine, size), [user]);
  if (gap === undefined) return 0;
  const [starts = 0, ends = 0, stop = 0] = gap.map(Number);
  const parts = (await db.all(partsSql(engine, size), [user, write(starts), write(stop)])).map(partOf);
  const closes = parts.reduce((sum, part) => sum + part.sum.closes, 0);
  const isWhole = closes < AT_ONCE * size;
  for (const [at, { first, last, sum }] of parts.entries()) {
    // Totals lie side by side, so that few gaps are left to be looked at.
    const from = at === 0 && starts > BEFORE_ALL ? starts + 1 : first;
    const to = (parts[at + 1]?.first ?? (isWhole && ends < BEHIND_ALL ? ends : last + 1)) - 1;
    await db.run(insertSql(engine), [user, write(from), write(to), ...valuesOf(engine, sum)]);
  }
  return closes;
}

/** The earliest gap of user ?1 that has closes: its ends, and the last close to be added up at once. */
function gapSql(engine: Engine, size: number): string {
  const { read } = MOMENTS[engine];
  return `${SYSTEM_MARK}with recursive people(id) as (select cast(?1 as text)), ${gapsSql(engine, { condition: "user_id = ?1" })},
stops as (select g.starts, g.ends, coalesce(
  (select t.executed_at from ${CLOSES_IN_GAP} order by t.executed_at limit 1 offset ${AT_ONCE * size - 1}), (select max(t.executed_at) from ${CLOSES_IN_GAP})) as stop
  from gaps g)
select ${read("starts")}, ${read("ends")}, ${read("stop")} from stops where stop is not null order by starts limit 1`;
}

/** The closes of user ?1 behind ?2 and up to ?3, part by part: first and last moment, and their sum. Those of one moment are in one part. */
function partsSql(engine: Engine, size: number): string {
  const { read, given } = MOMENTS[engine];
  const dialect = statsDialect(engine === "sqlite" ? sqliteViews : postgresViews);
  return `${SYSTEM_MARK}select ${read("min(executed_at)")}, ${read("max(executed_at)")}, ${dialect.profit("pnl")} from (
  select executed_at, pnl, (rank() over (order by executed_at) - 1) / ${size} as n
  from trades where user_id = ?1 and action = 'CLOSE' and executed_at > ${given(2)} and executed_at <= ${given(3)}
) ranked group by n order by n`;
}

interface Part {
  readonly first: number;
  readonly last: number;
  readonly sum: ProfitSum;
}

function partOf([first, last, sum]: readonly SystemValue[]): Part {
  return { first: Number(first), last: Number(last), sum: readProfitSum(String(sum)) };
}

function insertSql(engine: Engine): string {
  const { given } = MOMENTS[engine];
  const [count, money] =
    engine === "sqlite" ? [(n: number) => `?${n}`, "?7"] : [(n: number) => `cast(?${n} as bigint)`, "cast(?7 as numeric)"];
  return `insert into trades_totals (user_id, first_at, last_at, closes, wins, losses, pnl) values (?1, ${given(2)}, ${given(3)}, ${count(4)}, ${count(5)}, ${count(6)}, ${money})`;
}

function valuesOf(engine: Engine, { closes, wins, losses, pnl }: ProfitSum): readonly SystemValue[] {
  return [closes, wins, losses, engine === "sqlite" ? stored(pnl) : pnl];
}

function stored(pnl: string): string {
  const digits = totalCodec.encode(pnl);
  if (typeof digits === "string") return digits;
  throw new TypeError("a sum does not fit its column");
}
