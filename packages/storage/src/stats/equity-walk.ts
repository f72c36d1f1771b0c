// The equity curve in one pass over a user's snapshots, in the order of time: the walk remembers the last value of each bot. It costs a
// fraction of what window functions over long decimals cost on either engine.
import { readInstant } from "@td/fifo/values";
import type { Decimal } from "decimal.js";
import type { Cells } from "../ledger/query.ts";
import { decimalOfDigits } from "../table/decimal-of.ts";
import type { Engine } from "../table/types.ts";

/** Digits after the point of a value. */
const SCALE = 36;
/** What a stored value, decimal(76,36), is above its units. */
const OFFSET = 10n ** 76n;

/** A point of the curve: units of 10^-36 at a microsecond since 1970. */
export interface CurvePoint {
  /** The moment. */
  readonly at: number;
  /** What all bots were worth. */
  readonly units: bigint;
}

/** What a bot was worth at a moment. */
export interface BotPoint extends CurvePoint {
  /** The bot. */
  readonly bot: string;
}

/** The row bot, time, value of an engine: SQLite keeps microseconds and shifted units, PostgreSQL writes all decimals. */
export function botPointOf(engine: Engine, [bot, at, value]: Cells): BotPoint {
  const text = String(value);
  return engine === "sqlite"
    ? { bot: String(bot), at: Number(at), units: BigInt(text) - OFFSET }
    : { bot: String(bot), at: Number(readInstant(String(at))), units: BigInt(text.replace(".", "")) };
}

/** Takes what bots were worth in the order of time and gives each point once it is known to be complete. Points before `since` are left out. */
export function curveWalk(
  since: number | undefined,
  point: (point: CurvePoint) => void,
): { readonly take: (value: BotPoint) => void; readonly end: () => void } {
  const latest = new Map<string, bigint>();
  let units = 0n;
  let at: number | undefined;
  const end = (): void => {
    if (at !== undefined && (since === undefined || at >= since)) point({ at, units });
  };
  const take = (value: BotPoint): void => {
    if (value.at !== at) end();
    at = value.at;
    units += value.units - (latest.get(value.bot) ?? 0n);
    latest.set(value.bot, value.units);
  };
  return { take, end };
}

/** The deepest fall that {@link fallWalk} has seen. */
export interface Fall {
  /** The height: the last point at it before the fall. */
  readonly peak: CurvePoint;
  /** The depth: the first point at it. */
  readonly trough: CurvePoint;
}

/** Takes points in the order of time; `deepest` is the deepest fall so far, undefined before the first one. */
export function fallWalk(): { readonly take: (point: CurvePoint) => void; readonly deepest: () => Fall | undefined } {
  let peak: CurvePoint | undefined;
  let deepest: Fall | undefined;
  const take = (point: CurvePoint): void => {
    if (peak === undefined || point.units >= peak.units) peak = point;
    else if (deepest === undefined || peak.units - point.units > deepest.peak.units - deepest.trough.units)
      deepest = { peak, trough: point };
  };
  return { take, deepest: () => deepest };
}

/** The value of a point. */
export function valueOf({ units }: CurvePoint): Decimal {
  const isNegative = units < 0n;
  const digits = String(isNegative ? -units : units).padStart(SCALE + 1, "0");
  return decimalOfDigits(digits, 0, digits.length - SCALE, isNegative);
}
