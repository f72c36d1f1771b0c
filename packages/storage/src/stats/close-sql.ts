// The closes that statistics are over, as a select: of the trades, or of the FIFO ledger. Columns: id, symbol, bot_id, at, pnl.
import { readInstant, writeInstant } from "@td/fifo/values";
import { StorageError } from "../errors.ts";
import { fixed } from "../ledger/decimal-sql.ts";
import type { FixedSql } from "../ledger/decimal-sql.ts";
import type { Cell, CellType } from "../ledger/query.ts";
import type { ViewDialect } from "../ledger/view-dialect.ts";
import type { StatsSelection, StatsSource } from "./types.ts";

/** A selection as SQL: its shape decides the statement, its values are parameters. */
export interface CloseSelection {
  /** What is counted. */
  readonly over: StatsSource;
  /** Conditions on the columns of the select, with `?N`. */
  readonly conditions: readonly string[];
  /** Those of them that are not on the time. */
  readonly besides: readonly string[];
  /** Those on the time. */
  readonly times: readonly string[];
  /** Values of `?1`, `?2`, ...; the first is the user. */
  readonly params: readonly Cell[];
  /** Their types. */
  readonly types: readonly CellType[];
}

/** Columns that a selection may name, in the select of each source. */
const COLUMNS: Readonly<Record<StatsSource, Readonly<Record<"symbol" | "botId" | "at", string>>>> = {
  trades: { symbol: "t.symbol", botId: "t.bot_id", at: "t.executed_at" },
  ledger: { symbol: "a.symbol", botId: "", at: "a.sell_time" },
};

/** Checks a selection. Throws `bad-request`, `value-rejected`. */
export function closeSelection(userId: string, { over = "trades", symbol, botId, since, until }: StatsSelection): CloseSelection {
  if (over !== "trades" && over !== "ledger") throw badRequest(`over is "trades" or "ledger".`);
  if (over === "ledger" && botId !== undefined) throw badRequest("The ledger knows no bots: leave botId out, or ask over trades.");
  const columns = COLUMNS[over];
  const params: Cell[] = [userId];
  const types: CellType[] = ["text"];
  const [besides, times]: [string[], string[]] = [[], []];
  const add = (conditions: string[], column: string, comparison: string, value: Cell | undefined, type: CellType): void => {
    if (value === undefined) return;
    params.push(value);
    types.push(type);
    conditions.push(`${column} ${comparison} ?${params.length}`);
  };
  add(besides, columns.symbol, "=", symbol, "text");
  add(besides, columns.botId, "=", botId, "text");
  add(times, columns.at, ">=", instantCell("since", since), "instant");
  add(times, columns.at, "<", instantCell("until", until), "instant");
  return { over, conditions: [...besides, ...times], besides, times, params, types };
}

/** The canonical text of a time, or `undefined` without one. Throws `value-rejected`. */
export function instantCell(name: string, input: string | Date | undefined): string | undefined {
  if (input === undefined) return undefined;
  const micros = readInstant(input);
  if (typeof micros === "number") return writeInstant(micros);
  throw new StorageError("value-rejected", `${name} is not a time: give ISO-8601 text with an offset, or a Date.`, {
    facts: { column: name, issue: micros },
  });
}

function badRequest(text: string): StorageError {
  return new StorageError("bad-request", text);
}

/** The select of the closes of user ?1. */
export function closesSql(d: ViewDialect, { over, conditions }: Pick<CloseSelection, "over" | "conditions">): string {
  return over === "trades" ? tradesSql(conditions) : ledgerSql(d, conditions);
}

/** The profit column of the select, whose digits depend on what was added up. */
export function pnlOf(d: ViewDialect, over: StatsSource): FixedSql {
  return over === "trades" ? fixed("pnl", 76, 36) : { ...d.sum(fixed("a.pnl", 76, 36), "part").value, sql: "pnl" };
}

const all = (conditions: readonly string[]): string => conditions.map((condition) => ` and ${condition}`).join("");

function tradesSql(conditions: readonly string[]): string {
  return `select t.id, t.symbol, t.bot_id, t.executed_at as at, t.pnl from ${tradesOf(conditions)}`;
}

/** The trades, named \`t\`, that are closes of user ?1. */
export function tradesOf(conditions: readonly string[]): string {
  return `trades t where t.user_id = ?1 and t.action = 'CLOSE'${all(conditions)}`;
}

function ledgerSql(d: ViewDialect, conditions: readonly string[]): string {
  const sum = d.sum(fixed("a.pnl", 76, 36), "part");
  return `select id, symbol, null as bot_id, at, ${sum.value.sql} as pnl from (
    select a.sell_order_id as id, a.symbol, a.sell_time as at, ${sum.columns}
    from fifo_current_version c cross join fifo_allocations a
    where c.user_id = ?1 and a.user_id = c.user_id and a.base_version = c.base_version and a.symbol = c.symbol
      and a.seq < c.allocations and a.kind = 'matched'${all(conditions)}
    group by a.sell_order_id, a.symbol, a.sell_time
  ) sells`;
}
