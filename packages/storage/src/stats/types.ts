// What the statistics take and give. All amounts are exact and in the quote currency; a division is rounded half-even to 18 places.
import type { Decimal } from "decimal.js";
import type { InstantInput } from "../table/columns.ts";

/**
 * What is counted as a close. `trades`: the CLOSE rows of `me.trades`, with the profit that was booked. `ledger`: the sells of the FIFO
 * ledger's current versions, each with the profit of its matched parts.
 */
export type StatsSource = "trades" | "ledger";

/** Which closes are looked at. */
export interface StatsSelection {
  /** What is counted; default `trades`. */
  readonly over?: StatsSource;
  /** Those of one market; default all. */
  readonly symbol?: string;
  /** Those of one bot; default all. Only over trades. */
  readonly botId?: string;
  /** Those from this time on; default from the first. */
  readonly since?: InstantInput;
  /** Those before this time; default to the last. */
  readonly until?: InstantInput;
}

/** How often closes gained. */
export interface WinRate {
  /** Closes. */
  readonly closes: number;
  /** Those with profit above 0. */
  readonly wins: number;
  /** Those with profit below 0; the rest broke even. */
  readonly losses: number;
  /** Wins over closes, 0 to 1; null without closes. */
  readonly rate: Decimal | null;
  /** All profit. */
  readonly pnl: Decimal;
}

/** One day on which something was closed. */
export interface DayPnl {
  /** The day in the zone that was asked for, `2025-03-01`. */
  readonly day: string;
  /** Profit of the day's closes. */
  readonly pnl: Decimal;
  /** Closes. */
  readonly closes: number;
  /** Those with profit above 0. */
  readonly wins: number;
}

/** One close. */
export interface Close {
  /** The trade's id; over the ledger that of the fill that sold. */
  readonly id: string;
  /** The market. */
  readonly symbol: string;
  /** The bot; null for none, and over the ledger. */
  readonly botId: string | null;
  /** When it was closed. */
  readonly at: string;
  /** Its profit. */
  readonly pnl: Decimal;
}

/** Which snapshots are looked at. */
export interface EquitySelection {
  /** Those of one bot; default all, added up. */
  readonly botId?: string;
  /** Points from this time on; default from the first. */
  readonly since?: InstantInput;
  /** Points before this time; default to the last. */
  readonly until?: InstantInput;
}

/** One point of an equity curve. */
export interface EquityPoint {
  /** When. */
  readonly at: string;
  /** What the bots were worth: of each its latest snapshot up to then. */
  readonly value: Decimal;
}

/** The largest fall of an equity curve from a height before it, by amount. */
export interface Drawdown {
  /** How much it fell; more than 0. */
  readonly amount: Decimal;
  /** The fall over the height; null when that was not above 0. */
  readonly rate: Decimal | null;
  /** The height. */
  readonly peak: Decimal;
  /** When it last stood at that height before it fell. */
  readonly peakAt: string;
  /** The depth. */
  readonly trough: Decimal;
  /** When it was first reached. */
  readonly troughAt: string;
}
