// What is really in a made arena, told by what made it: no step of the migration has a part in it.
import { Decimal } from "decimal.js";
import type { LegacyOrder } from "./legacy-bot.ts";
import type { DamagedBot } from "./legacy-damage.ts";

/** What a migration of a bot must come to. */
export interface BotTruth {
  /** Null when nobody knows. */
  readonly userId: string | null;
  /** Entries in the list, damaged ones included. */
  readonly ordersInBlob: number;
  readonly logsInBlob: number;
  /** Trades and decisions, each once. */
  readonly trades: number;
  readonly decisions: number;
  readonly failedDecisions: number;
  /** Entries that stand twice, contradict another, or make no sense: orders and logs together. */
  readonly repeated: number;
  readonly contradicting: number;
  readonly senseless: number;
  readonly openPositions: number;
  /** Entry and exit both there. */
  readonly closedPositions: number;
  readonly closes: number;
  readonly wins: number;
  /** The exact sum of the closes' profits. */
  readonly realizedPnl: string;
  /** The same by UTC day. */
  readonly pnlByDay: Readonly<Record<string, string>>;
}

/** What a migration of an arena must come to. */
export interface ArenaTruth {
  readonly bots: Readonly<Record<string, BotTruth>>;
  /** Bytes of the blob. */
  readonly bytes: number;
  /** Orders in the file without its write-ahead log. */
  readonly ordersWithoutLog: number;
}

const Exact = Decimal.clone({ precision: 200 });

/** The truth of one bot. */
export function botTruth({ bot, pairs, written, repeated, contradicting, senseless }: DamagedBot, userId: string | null): BotTruth {
  const closes = bot.orders.filter(isClose);
  const length = (name: string): number => (Array.isArray(written[name]) ? written[name].length : 0);
  const days = Map.groupBy(closes, ({ timestamp }) => new Date(timestamp).toISOString().slice(0, 10));
  return {
    userId,
    ordersInBlob: length("orders"),
    logsInBlob: length("botLogs"),
    trades: bot.orders.length,
    decisions: bot.botLogs.length,
    failedDecisions: bot.botLogs.filter(({ decisions }) => (decisions as readonly unknown[]).length === 0).length,
    repeated: repeated.orders + repeated.logs,
    contradicting: contradicting.orders + contradicting.logs,
    senseless: senseless.orders + senseless.logs,
    openPositions: bot.portfolio.positions.length,
    closedPositions: pairs.length,
    closes: closes.length,
    wins: closes.filter(({ pnl }) => Number(pnl) > 0).length,
    realizedPnl: sumOf(closes),
    pnlByDay: Object.fromEntries([...days].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([day, some]) => [day, sumOf(some)])),
  };
}

/** On paper an exit has an exit price; of an exchange's fills those that booked a profit closed something. */
function isClose({ id, pnl, exitPrice }: LegacyOrder): boolean {
  return /^\d+$/.test(id ?? "") ? pnl !== 0 : exitPrice !== 0;
}

function sumOf(orders: readonly LegacyOrder[]): string {
  return orders.reduce((sum, { pnl }) => Exact.add(sum, String(pnl)), new Exact(0)).toFixed();
}
