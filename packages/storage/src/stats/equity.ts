// The snapshots of bots that an equity curve and its deepest fall are made of.
import { readInstant } from "@td/fifo/values";
import { query } from "../ledger/query.ts";
import type { Cell, CellType, LedgerQuery } from "../ledger/query.ts";
import { instantCell } from "./close-sql.ts";
import { statsDialect } from "./stats-dialect.ts";
import type { StatsDialect } from "./stats-dialect.ts";
import type { EquitySelection } from "./types.ts";

/** A selection as SQL. */
interface Equity {
  readonly params: readonly Cell[];
  readonly types: readonly CellType[];
  /** Condition on the bots. */
  readonly bot: string;
  /** Condition on the snapshots. */
  readonly until: string;
  /** The parameter with the time of the first point, whose value needs what came before; undefined without one. */
  readonly since: string | undefined;
}

/** The values of `?1`, `?2`, ... of {@link snapshotsQuery}. */
export function equityParams(userId: string, selection: EquitySelection): readonly Cell[] {
  return equityOf(userId, selection).params;
}

function equityOf(userId: string, { botId, since, until }: EquitySelection): Equity {
  const params: Cell[] = [userId];
  const types: CellType[] = ["text"];
  const place = (value: string | undefined, type: CellType): string | undefined => {
    if (value === undefined) return undefined;
    params.push(value);
    types.push(type);
    return `?${params.length}`;
  };
  const [bot, before] = [place(botId, "text"), place(instantCell("until", until), "instant")];
  return {
    params,
    types,
    bot: bot === undefined ? "" : ` and b.id = ${bot}`,
    until: before === undefined ? "" : ` and s.at < ${before}`,
    since: place(instantCell("since", since), "instant"),
  };
}

const made = new Map<string, LedgerQuery>();

/**
 * bot, snapshots, snapshot before the first point: the points that the curve needs, of each bot in one text that `readBotPoints` reads, null for
 * none. A text per bot costs either driver a fraction of what rows do. Of those before the first point only each bot's last counts: that one is
 * found in the index, so a late month costs no more than the first one.
 */
export function snapshotsQuery(selection: EquitySelection): LedgerQuery {
  const { types, bot, until, since } = equityOf("", selection);
  const key = `${bot} ${until} ${since}`;
  const found = made.get(key) ?? query((d) => snapshotsSql(statsDialect(d), bot, until, since), types, ["text", "text", "text"]);
  made.set(key, found);
  return found;
}

function snapshotsSql(s: StatsDialect, bot: string, until: string, since: string | undefined): string {
  const point = s.point("s.at", "s.total_value");
  const own = "from bot_state_snapshots s where s.user_id = ?1 and s.bot_id = b.id";
  const points = `select ${s.joined(point)} ${own}${until}${since === undefined ? "" : ` and s.at >= ${since}`}`;
  const before = since === undefined ? "null" : `(select ${point} ${own}${until} and s.at < ${since} order by s.at desc limit 1)`;
  return `select b.id, (${points}), ${before} from bots b where b.user_id = ?1${bot}`;
}

/** The microsecond of the first point; undefined without one. */
export function sinceOf({ since }: EquitySelection): number | undefined {
  const at = instantCell("since", since);
  return at === undefined ? undefined : Number(readInstant(at));
}
