// The equity curve in one pass over a user's snapshots, in the order of time: the walk remembers the last value of each bot. It costs a
// fraction of what window functions over long decimals cost on either engine.
import { readDecimal, readInstant, writeDecimal, writeInstant } from "@td/fifo/values";
import type { Cells } from "../ledger/query.ts";
import type { StoredRow } from "../table/sqlite-codec.ts";

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

/** The row bot, time, value as SQLite stores it. */
export function botPointOfStored([bot, at, value]: StoredRow): BotPoint {
  return { bot: String(bot), at: Number(at), units: BigInt(String(value)) - OFFSET };
}

/** The row bot, time, value in canonical texts. */
export function botPointOfCells([bot, at, value]: Cells): BotPoint {
  const parts = readDecimal(String(value));
  if (typeof parts === "string") throw new TypeError("a stored value is no decimal");
  return { bot: String(bot), at: Number(readInstant(String(at))), units: parts.units * 10n ** BigInt(SCALE - parts.scale) };
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

/** The canonical texts of a point. */
export type PointTexts = (point: CurvePoint) => readonly [at: string, value: string];

const DAY = 86_400_000_000;

/** Writes points, of which most fall on the day of the one before: its date is written once. */
export function pointWriter(): PointTexts {
  let [day, date] = [Number.NaN, ""];
  return ({ at, units }) => {
    const days = Math.floor(at / DAY);
    if (days !== day) [day, date] = [days, writeInstant(days * DAY).slice(0, 11)];
    return [date + timeText(at - days * DAY), writeDecimal(units, SCALE)];
  };
}

function timeText(micros: number): string {
  const seconds = Math.floor(micros / 1_000_000);
  const minutes = Math.floor(seconds / 60);
  const fraction = String(micros - seconds * 1_000_000).padStart(6, "0");
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(seconds % 60)}.${fraction}Z`;
}

const two = (count: number): string => (count < 10 ? `0${count}` : `${count}`);
