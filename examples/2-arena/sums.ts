// What stays in the blob for good: a bot's balance and sums. The arena saves them itself, with one statement beside the lists.
import Database from "better-sqlite3";
import { Decimal } from "decimal.js";
import type { SurveyedBot } from "./survey.ts";
import type { Turn } from "./trader.ts";

const Exact = Decimal.clone({ precision: 60, rounding: Decimal.ROUND_HALF_EVEN });

/** The sums of a bot, in the digits of the blob. */
interface Sums {
  readonly balance: string;
  readonly realizedPnl: string;
  readonly tradeCount: string;
  readonly winRate: string;
}

/** Saves the sums after a turn, and the time of it. */
export function saveSums(path: string, { sqlPath }: SurveyedBot, { trade }: Turn, ms: number): void {
  const database = new Database(path);
  try {
    database
      .transaction(() => {
        const read = database
          .prepare<[string, string, string, string], Sums>(
            `select coalesce(state -> ?, '0') as balance, coalesce(state -> ?, '0') as realizedPnl, coalesce(state -> ?, '0') as tradeCount,
             coalesce(state -> ?, '0') as winRate from arena_state where id = 1`,
          )
          .get(...at(sqlPath));
        if (read === undefined) return;
        const { balance, realizedPnl, tradeCount, winRate } = after(read, trade);
        const [balanceAt, pnlAt, countAt, rateAt] = at(sqlPath);
        database
          .prepare(
            "update arena_state set state = json_set(state, ?, json(?), ?, json(?), ?, json(?), ?, json(?)), updated_at = ? where id = 1",
          )
          .run(balanceAt, balance, pnlAt, realizedPnl, countAt, tradeCount, rateAt, winRate, ms);
      })
      .immediate();
  } finally {
    database.close();
  }
}

function at(bot: string): readonly [string, string, string, string] {
  return [`${bot}.portfolio.balance`, `${bot}.realizedPnl`, `${bot}.tradeCount`, `${bot}.winRate`];
}

/** An entry takes its margin off the balance, an exit gives it back with the profit; the fee of an entry was never charged. */
function after(sums: Sums, { action, size, pnl }: Turn["trade"]): Sums {
  if (action === "OPEN") return { ...sums, balance: new Exact(sums.balance).minus(size).toFixed() };
  const count = new Exact(sums.tradeCount);
  const wins = new Exact(sums.winRate).times(count).plus(new Exact(pnl).greaterThan(0) ? 1 : 0);
  return {
    balance: new Exact(sums.balance).plus(size).plus(pnl).toFixed(),
    realizedPnl: new Exact(sums.realizedPnl).plus(pnl).toFixed(),
    tradeCount: count.plus(1).toFixed(),
    winRate: wins.div(count.plus(1)).toDecimalPlaces(12).toFixed(),
  };
}
