// me.stats: figures over a user's closes and snapshots, exact. Closes are added up inside the database, snapshots are read in the order of time.
import { readInstant, writeInstant } from "@td/fifo/values";
import { Decimal } from "decimal.js";
import { StorageError } from "../errors.ts";
import type { LedgerReader } from "../ledger/ledger-access.ts";
import { intOf, optionalText, textOf } from "../ledger/stored.ts";
import type { Cells } from "../ledger/query.ts";
import { instantText } from "../table/instant-text.ts";
import type { Engine } from "../table/types.ts";
import { closeSelection } from "./close-sql.ts";
import type { CloseSelection } from "./close-sql.ts";
import { equityParams, sinceOf, snapshotsQuery } from "./equity.ts";
import { curveWalk, fallWalk, readBotPoints, valueOf } from "./equity-walk.ts";
import type { CurvePoint, Fall } from "./equity-walk.ts";
import { addProfit, NO_PROFIT, readProfitSum } from "./profit-sum.ts";
import type { ProfitSum } from "./profit-sum.ts";
import { dayBucketsQuery, dayPartsQuery, daysQuery, extremesQuery, profitSlicesQuery, spanQuery, winRateQuery } from "./queries.ts";
import type { Close, DayPnl, Drawdown, EquityPoint, EquitySelection, StatsSelection, WinRate } from "./types.ts";
import { zoneDays } from "./zone-days.ts";
import type { DayPart } from "./zone-days.ts";
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
    winRate: async (selection: StatsSelection = {}) => winRate(access, closeSelection(userId, selection)),
    pnlByDay: async ({ zone, ...selection }: StatsSelection & { readonly zone: string }) => pnlByDay(access, zone, selection),
    best: async (count: number, selection: StatsSelection = {}) => extremes(count, selection, "desc"),
    worst: async (count: number, selection: StatsSelection = {}) => extremes(count, selection, "asc"),
    equityCurve: async (selection: EquitySelection = {}) => equityCurve(access, selection),
    drawdown: async (selection: EquitySelection = {}) => drawdown(access, selection),
  });
}

async function winRate(access: StatsAccess, closes: CloseSelection): Promise<WinRate> {
  if (access.engine === "postgres" || closes.over === "ledger")
    return winRateOf((await access.all(winRateQuery(closes), closes.params))[0] ?? []);
  const found = (await access.all(profitSlicesQuery(closes), closes.params)).flatMap(([sum]) => (typeof sum === "string" ? [sum] : []));
  return winRateFrom(found.map(readProfitSum).reduce(addProfit, NO_PROFIT));
}

async function equityCurve(access: StatsAccess, selection: EquitySelection): Promise<readonly EquityPoint[]> {
  const found: CurvePoint[] = [];
  const scale = await walk(access, selection, (point) => found.push(point));
  return found.map((point) => ({ at: instantText(point.at), value: valueOf(point, scale) }));
}

async function drawdown(access: StatsAccess, selection: EquitySelection): Promise<Drawdown | null> {
  const fall = fallWalk();
  const scale = await walk(access, selection, fall.take);
  const deepest = fall.deepest();
  return deepest === undefined ? null : drawdownOf(deepest, scale);
}

/** Gives the points of the curve in the order of time; the digits after the point of their units. */
async function walk(access: StatsAccess, selection: EquitySelection, use: (point: CurvePoint) => void): Promise<number> {
  const { engine, userId } = access;
  const { points, scale } = readBotPoints(engine, await access.all(snapshotsQuery(selection), equityParams(userId, selection)));
  const { take, end } = curveWalk(sinceOf(selection), use);
  // Each bot's are in order most often, and such runs are merged fast.
  for (const point of points.sort((a, b) => a.at - b.at)) take(point);
  end();
  return scale;
}

function drawdownOf({ peak, trough }: Fall, scale: number): Drawdown {
  const amount = valueOf({ at: trough.at, units: peak.units - trough.units }, scale);
  return {
    amount,
    rate: peak.units > 0n ? quotient(amount, valueOf(peak, scale)) : null,
    peak: valueOf(peak, scale),
    peakAt: instantText(peak.at),
    trough: valueOf(trough, scale),
    troughAt: instantText(trough.at),
  };
}

/**
 * Two reads: the span of the closes, whose offsets are then found, and the days within that span. What arrives between them outside the span is
 * not counted.
 */
async function pnlByDay(access: StatsAccess, zone: string, selection: StatsSelection): Promise<readonly DayPnl[]> {
  const closes = closeSelection(access.userId, selection);
  zoneSegments(zone, 0, 0);
  const [first, last] = (await access.all(spanQuery(closes), closes.params))[0] ?? [];
  if (typeof first !== "string" || typeof last !== "string") return [];
  const [from, to] = [Number(readInstant(first)), Number(readInstant(last))];
  if (closes.over === "trades") return tradesByDay(access, closes, zoneDays(zone, from, to));
  const segments = zoneSegments(zone, from, to).map((segment) =>
    access.engine === "sqlite"
      ? [segment.from, segment.to, segment.seconds]
      : [writeInstant(segment.from), writeInstant(segment.to), segment.seconds],
  );
  return (await access.all(daysQuery(closes), [...closes.params, JSON.stringify(segments)])).map(dayOf);
}

/** The sums of the parts of days, by their places. */
async function partSums(access: StatsAccess, closes: CloseSelection, parts: readonly DayPart[]): Promise<readonly Cells[]> {
  if (access.engine === "sqlite")
    return access.all(dayPartsQuery(closes), [...closes.params, JSON.stringify(parts.map(({ from, to }) => [from, to]))]);
  // What lies behind the last part has a place of its own, which no part has.
  const starts = [...parts.map(({ from }) => from), ...parts.slice(-1).map(({ to }) => to)];
  return access.all(dayBucketsQuery(closes), [...closes.params, JSON.stringify(starts.map(writeInstant))]);
}

/** Adds up the parts of each day. */
async function tradesByDay(access: StatsAccess, closes: CloseSelection, parts: readonly DayPart[]): Promise<readonly DayPnl[]> {
  const days = new Map<string, ProfitSum>();
  for (const [n, sum] of await partSums(access, closes, parts)) {
    const day = parts[intOf(n)]?.day;
    if (typeof sum !== "string" || day === undefined) continue;
    const before = days.get(day);
    const found = readProfitSum(sum);
    days.set(day, before === undefined ? found : addProfit(before, found));
  }
  return [...days]
    .map(([day, { pnl, closes: count, wins }]) => ({ day, pnl: new Decimal(pnl), closes: count, wins }))
    .toSorted((a, b) => (a.day < b.day ? -1 : 1));
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
function winRateOf([closes, wins, losses, pnl]: Cells): WinRate {
  return winRateFrom({ closes: intOf(closes), wins: intOf(wins), losses: intOf(losses), pnl: textOf(pnl) });
}

/** The win rate of closes that were added up. */
export function winRateFrom({ closes, wins, losses, pnl }: ProfitSum): WinRate {
  return { closes, wins, losses, rate: closes === 0 ? null : quotient(wins, closes), pnl: new Decimal(pnl) };
}

function dayOf([day, pnl, closes, wins]: Cells): DayPnl {
  return { day: textOf(day), pnl: new Decimal(textOf(pnl)), closes: intOf(closes), wins: intOf(wins) };
}

function closeOf([id, symbol, botId, at, pnl]: Cells): Close {
  return { id: textOf(id), symbol: textOf(symbol), botId: optionalText(botId), at: textOf(at), pnl: new Decimal(textOf(pnl)) };
}
