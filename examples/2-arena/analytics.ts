// What td's tables answer: win rate by bot, profit by day, leaderboard.
import type { Storage } from "@td/storage";
import { Decimal } from "decimal.js";
import type { Analytics, BotFigures } from "./report.ts";
import type { Side } from "./sides.ts";

const Exact = Decimal.clone({ precision: 200 });

/** Days that are shown. */
const DAYS = 7;

/** Asks the tables. */
export async function analytics(storage: Storage, sides: readonly Side[]): Promise<Analytics> {
  const bots: BotFigures[] = [];
  for (const side of sides) for (const { id } of side.bots) bots.push(await figuresOf(side, id));
  const system = await storage.system.open({ actor: "examples/2-arena", action: "leaderboard", reason: "the report of the migration" });
  const ranked = await system.leaderboard({ limit: 100 });
  return {
    bots: bots.toSorted((a, b) => (a.botId < b.botId ? -1 : 1)),
    days: await daysOf(sides),
    leaderboard: ranked.map(({ rank, userId, closes, wins, pnl }) => ({ rank, userId, closes, wins, pnl: pnl.toFixed() })),
  };
}

async function figuresOf({ me }: Side, botId: string): Promise<BotFigures> {
  const { closes, wins, rate, pnl } = await me.stats.winRate({ botId });
  return {
    botId,
    trades: await me.trades.count({ botId }),
    closes,
    wins,
    rate: rate?.toFixed() ?? null,
    pnl: pnl.toFixed(),
    openPositions: await me.positions.count({ botId, status: "open" }),
    closedPositions: await me.positions.count({ botId, status: "closed" }),
    decisions: await me.decisions.count({ botId }),
    failedDecisions: await me.decisions.count({ botId, succeeded: false }),
  };
}

async function daysOf(sides: readonly Side[]): Promise<Analytics["days"]> {
  const days = new Map<string, { closes: number; wins: number; pnl: Decimal }>();
  for (const { me } of sides) {
    for (const { day, closes, wins, pnl } of await me.stats.pnlByDay({ zone: "UTC" })) {
      const sum = days.get(day) ?? { closes: 0, wins: 0, pnl: new Exact(0) };
      days.set(day, { closes: sum.closes + closes, wins: sum.wins + wins, pnl: Exact.add(sum.pnl, pnl) });
    }
  }
  return [...days]
    .toSorted(([a], [b]) => (a < b ? 1 : -1))
    .slice(0, DAYS)
    .map(([day, { closes, wins, pnl }]) => ({ day, closes, wins, pnl: pnl.toFixed() }));
}
