// The equity curve in one pass over a user's snapshots as SQLite stores them, in the order of time: memory holds the last value of each bot.
import { writeDecimal, writeInstant } from "@td/fifo/values";
import type { Stored, StoredRow } from "../table/sqlite-codec.ts";

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

/** Takes the rows bot, time, value in the order of time and gives each point once it is known to be complete. Points before `since` are left out. */
export function curveWalk(
  since: number | undefined,
  point: (point: CurvePoint) => void,
): { readonly take: (row: StoredRow) => void; readonly end: () => void } {
  const latest = new Map<Stored, bigint>();
  let units = 0n;
  let at: number | undefined;
  const end = (): void => {
    if (at !== undefined && (since === undefined || at >= since)) point({ at, units });
  };
  const take = ([bot = null, time, value]: StoredRow): void => {
    if (time !== at) end();
    at = Number(time);
    const now = BigInt(String(value)) - OFFSET;
    units += now - (latest.get(bot) ?? 0n);
    latest.set(bot, now);
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
export function pointTexts({ at, units }: CurvePoint): readonly [at: string, value: string] {
  return [writeInstant(at), writeDecimal(units, SCALE)];
}
