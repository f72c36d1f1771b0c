// me.stats: figures over a user's closes and snapshots, computed exactly inside the database.
import { readInstant, writeInstant } from "@td/fifo/values";
import { Decimal } from "decimal.js";
import { StorageError } from "../errors.ts";
import type { LedgerReader } from "../ledger/ledger-access.ts";
import { intOf, optionalText, textOf } from "../ledger/stored.ts";
import type { Cells } from "../ledger/query.ts";
import type { Engine } from "../table/types.ts";
import { closeSelection } from "./close-sql.ts";
import { curveQuery, drawdownQuery, equityParams } from "./equity.ts";
import { daysQuery, extremesQuery, spanQuery, winRateQuery } from "./queries.ts";
import type { Close, DayPnl, Drawdown, EquityPoint, EquitySelection, StatsSelection, WinRate } from "./types.ts";
import { zoneSegments } from "./zone-segments.ts";

/** Figures over a user's closes and snapshots. Nothing is rounded but what is divided: half-even, to 18 places. */
export interface Stats {
  /** How often closes gained: those with profit above 0 over all. Throws `bad-request`, `value-rejected`. */
  winRate(selection?: StatsSelection): Promise<WinRate>;
  /**
   * Profit by day in a zone (IANA name), the earliest day first; days without closes are left out. A day lasts from midnight to midnight of the
   * zone's own clocks: 23 or 25 hours when they change. Throws `bad-request`, `value-rejected`.
   */
  pnlByDay(selection: StatsSelection & { readonly zone: string }): Promise<readonly DayPnl[]>;
  /** The closes with the highest profit, highest first; of equal ones the later id. `count` 1 to 1000. Throws `bad-request`, `value-rejected`. */
  best(count: number, selection?: StatsSelection): Promise<readonly Close[]>;
  /** The closes with the lowest profit, lowest first; of equal ones the earlier id. `count` 1 to 1000. Throws `bad-request`, `value-rejected`. */
  worst(count: number, selection?: StatsSelection): Promise<readonly Close[]>;
  /** What the user's bots were worth at each moment that has a snapshot, the earliest first. Throws `value-rejected`. */
  equityCurve(selection?: EquitySelection): Promise<readonly EquityPoint[]>;
  /** The largest fall of that curve by amount; null when it never fell. Throws `value-rejected`. */
  drawdown(selection?: EquitySelection): Promise<Drawdown | null>;
}

/** What the statistics ask of a session. */
export interface StatsAccess extends LedgerReader {
  /** Whose figures they are. */
  readonly userId: string;
  /** Which engine computes them. */
  readonly engine: Engine;
}

/** The statistics of a user. */
export function createStats(access: StatsAccess): Stats {
  const { userId } = access;
  const extremes = async (count: number, selection: StatsSelection, direction: "asc" | "desc"): Promise<readonly Close[]> => {
    const closes = closeSelection(userId, selection);
    return (await access.all(extremesQuery(closes, direction), [...closes.params, checkedCount(count)])).map(closeOf);
  };
  return Object.freeze({
    winRate: async (selection: StatsSelection = {}) => {
      const closes = closeSelection(userId, selection);
      return winRateOf((await access.all(winRateQuery(closes), closes.params))[0] ?? []);
    },
    pnlByDay: async ({ zone, ...selection }: StatsSelection & { readonly zone: string }) => pnlByDay(access, zone, selection),
    best: async (count: number, selection: StatsSelection = {}) => extremes(count, selection, "desc"),
    worst: async (count: number, selection: StatsSelection = {}) => extremes(count, selection, "asc"),
    equityCurve: async (selection: EquitySelection = {}) =>
      (await access.all(curveQuery(selection), equityParams(userId, selection))).map(([at, value]) => ({
        at: textOf(at),
        value: new Decimal(textOf(value)),
      })),
    drawdown: async (selection: EquitySelection = {}) =>
      drawdownOf((await access.all(drawdownQuery(selection), equityParams(userId, selection)))[0]),
  });
}

/** Two reads: the span of the closes, whose offsets are then found, and the days within that span. What arrives between them is not counted. */
async function pnlByDay(access: StatsAccess, zone: string, selection: StatsSelection): Promise<readonly DayPnl[]> {
  const closes = closeSelection(access.userId, selection);
  zoneSegments(zone, 0, 0);
  const [first, last] = (await access.all(spanQuery(closes), closes.params))[0] ?? [];
  if (typeof first !== "string" || typeof last !== "string") return [];
  const [from, to] = [Number(readInstant(first)), Number(readInstant(last))];
  const segments = zoneSegments(zone, from, to).map((segment) =>
    access.engine === "sqlite"
      ? [segment.from, segment.to, segment.seconds]
      : [writeInstant(segment.from), writeInstant(segment.to), segment.seconds],
  );
  return (await access.all(daysQuery(closes), [...closes.params, JSON.stringify(segments)])).map(dayOf);
}

function checkedCount(count: number): number {
  if (Number.isInteger(count) && count >= 1 && count <= 1000) return count;
  throw new StorageError("bad-request", "Ask for 1 to 1000 closes.");
}

// Enough digits for any two amounts of td; a clone, so that a host's settings of Decimal change nothing.
const Wide = Decimal.clone({ precision: 200, defaults: true });

/** A quotient rounded half-even to 18 places. */
function quotient(dividend: Decimal.Value, divisor: Decimal.Value): Decimal {
  return new Decimal(new Wide(dividend).div(divisor).toDecimalPlaces(18, Decimal.ROUND_HALF_EVEN).toFixed());
}

/** The win rate in the columns closes, wins, losses, profit. */
export function winRateOf([closes, wins, losses, pnl]: Cells): WinRate {
  const [all, won] = [intOf(closes), intOf(wins)];
  return { closes: all, wins: won, losses: intOf(losses), rate: all === 0 ? null : quotient(won, all), pnl: new Decimal(textOf(pnl)) };
}

function dayOf([day, pnl, closes, wins]: Cells): DayPnl {
  return { day: textOf(day), pnl: new Decimal(textOf(pnl)), closes: intOf(closes), wins: intOf(wins) };
}

function closeOf([id, symbol, botId, at, pnl]: Cells): Close {
  return { id: textOf(id), symbol: textOf(symbol), botId: optionalText(botId), at: textOf(at), pnl: new Decimal(textOf(pnl)) };
}

function drawdownOf(row: Cells | undefined): Drawdown | null {
  const [peakText, peakAt, troughText, troughAt, fall] = row ?? [];
  const amount = new Decimal(textOf(fall ?? "0"));
  if (amount.isZero()) return null;
  const peak = new Decimal(textOf(peakText));
  return {
    amount,
    rate: peak.isPositive() && !peak.isZero() ? quotient(amount, peak) : null,
    peak,
    peakAt: textOf(peakAt),
    trough: new Decimal(textOf(troughText)),
    troughAt: textOf(troughAt),
  };
}
