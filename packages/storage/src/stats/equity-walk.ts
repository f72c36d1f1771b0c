// The equity curve in one pass over a user's snapshots, in the order of time: the walk remembers the last value of each bot. It costs a
// fraction of what window functions over long decimals cost on either engine.
import type { Decimal } from "decimal.js";
import type { Cell, Cells } from "../ledger/query.ts";
import { decimalOfDigits } from "../table/decimal-of.ts";
import type { Engine } from "../table/types.ts";

/** Digits in front of the point of a stored decimal(76,36) on SQLite, its sign digit included. */
const WHOLE = 41;
const ZERO = 48;

/** A point of the curve: units of the curve's last digit at a microsecond since 1970. */
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

/** What bots were worth, in no order. */
export interface BotPoints {
  /** The points. */
  readonly points: BotPoint[];
  /** Digits after the point of their units: as few as keep all of them. */
  readonly scale: number;
}

/** Reads the rows bot, text, text of an engine. A text is `time value time value ...`: SQLite keeps shifted digits without their last zeros. */
export function readBotPoints(engine: Engine, rows: readonly Cells[]): BotPoints {
  const bots = rows.map(([bot, ...texts]) => ({ bot: String(bot), words: texts.flatMap(wordsOf) }));
  const [scaleOf, unitsOf] = engine === "sqlite" ? [storedScale, storedUnits] : [writtenScale, writtenUnits];
  let scale = 0;
  for (const { words } of bots) for (let at = 1; at < words.length; at += 2) scale = Math.max(scale, scaleOf(words[at] ?? ""));
  const points: BotPoint[] = [];
  const read = unitsOf(scale);
  for (const { bot, words } of bots)
    for (let at = 0; at < words.length; at += 2) points.push({ bot, at: Number(words[at]), units: read(words[at + 1] ?? "") });
  return { points, scale };
}

const wordsOf = (text: Cell): readonly string[] => (text === null ? [] : String(text).split(" "));

const storedScale = (digits: string): number => digits.length - WHOLE;

function storedUnits(scale: number): (digits: string) => bigint {
  const offset = 10n ** BigInt(WHOLE - 1 + scale);
  return (digits) => {
    const units = digits.padEnd(WHOLE + scale, "0");
    // Long numbers are slow: from zero up the sign digit and the zeros behind it are left away.
    let first = 1;
    while (units.charCodeAt(first) === ZERO) first++;
    return units.startsWith("1") ? BigInt(units.slice(first)) : BigInt(units) - offset;
  };
}

function writtenScale(text: string): number {
  const point = text.indexOf(".");
  return point < 0 ? 0 : text.length - point - 1;
}

function writtenUnits(scale: number): (text: string) => bigint {
  return (text) => BigInt(text.replace(".", "") + "0".repeat(scale - writtenScale(text)));
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
export function valueOf({ units }: CurvePoint, scale: number): Decimal {
  const isNegative = units < 0n;
  const digits = String(isNegative ? -units : units).padStart(scale + 1, "0");
  return decimalOfDigits(digits, 0, digits.length - scale, isNegative);
}
