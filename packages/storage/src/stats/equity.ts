// The snapshots of bots that an equity curve and its deepest fall are made of.
import { readInstant } from "@td/fifo/values";
import { query } from "../ledger/query.ts";
import type { Cell, CellType, LedgerQuery } from "../ledger/query.ts";
import { instantCell } from "./close-sql.ts";
import type { Engine } from "../table/types.ts";
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

/** The values of `?1`, `?2`, ... of {@link snapshotsQuery}. */
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
  const bot = place("s.bot_id =", botId, "text");
  const before = place("s.at <", instantCell("until", until), "instant");
  const points = place("s.at >=", instantCell("since", since), "instant");
  const first = points === "" ? undefined : `?${params.length}`;
  return { single: botId !== undefined, params, types, snapshots: bot + before, points, since: first };
}

const made = new Map<string, LedgerQuery>();

/**
 * The snapshots that the sums need. Of those before the first point only each bot's last counts: that one is found in the index, so a late
 * month costs no more than the first one. On SQLite the rows are read bot by bot, as they lie: in the order of time each would be looked up.
 */
function takenSql(engine: Engine, { single, snapshots, points, since }: Equity): string {
  const from = engine === "sqlite" && !single ? `${EACH_BOT} and s.bot_id = b.id` : "bot_state_snapshots s where s.user_id = ?1";
  const all = `select s.bot_id, s.at, s.total_value from ${from}${snapshots}${points}`;
  if (single || since === undefined) return all;
  return `${all} union all
    select s.bot_id, s.at, s.total_value from ${EACH_BOT} and s.bot_id = b.id
      and s.at = (select max(l.at) from bot_state_snapshots l where l.user_id = ?1 and l.bot_id = b.id and l.at < ${since})`;
}

const EACH_BOT = "bots b cross join bot_state_snapshots s where b.user_id = ?1 and s.user_id = b.user_id";

/** bot, time, value of the snapshots that the curve needs, in any order: the value as the engine writes it, the time on SQLite as well. */
export function snapshotsQuery(engine: Engine, selection: EquitySelection): LedgerQuery {
  const equity = equityOf("", selection);
  const sql = takenSql(engine, equity);
  const key = `${engine} ${sql}`;
  const found = made.get(key) ?? query(sql, equity.types, ["text", engine === "sqlite" ? "int" : "instant", "text"]);
  made.set(key, found);
  return found;
}

/** The microsecond of the first point; undefined without one. */
export function sinceOf({ since }: EquitySelection): number | undefined {
  const at = instantCell("since", since);
  return at === undefined ? undefined : Number(readInstant(at));
}
