// Instants: microseconds since 1970-01-01T00:00:00Z as an integer in a `number`, always below 2^53.
import { SMALL_POWERS } from "./decimal-text.ts";

/** Why a text is not an instant that td accepts. */
export type InstantIssue = "not-a-time" | "time-without-zone" | "time-too-precise" | "time-out-of-range";

/** Microseconds since the epoch, UTC; an integer between {@link MIN_INSTANT} and {@link MAX_INSTANT}. */
export type EpochMicros = number;

const DAY = 86_400_000_000;

/** 1700-01-01T00:00:00Z. Between these two every microsecond is an integer that a `number` holds exactly. */
export const MIN_INSTANT: EpochMicros = -98_615 * DAY;
/** 2199-12-31T23:59:59.999999Z. */
export const MAX_INSTANT: EpochMicros = 84_006 * DAY - 1;

const GRAMMAR = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,12}))?(Z|z|[+-]\d\d(?::?\d\d)?)?$/;
const ZONE = /^(?:UTC|Z|([+-])(\d\d):?(\d\d)?)$/i;

/**
 * Reads an instant from ISO-8601 text with an offset (`2025-03-01T10:00:00.123456Z`, `2025-03-01 10:00:00+00`) or from a `Date`.
 *
 * A time without an offset is refused as `time-without-zone` unless `zone` says which one it is: `UTC` or a fixed offset such as `+05:30`.
 * A fraction finer than a microsecond is refused as `time-too-precise`, never rounded. Impossible dates (February 30th, 24:00, a leap second)
 * are `not-a-time`; years outside 1700 to 2199 are `time-out-of-range`.
 */
export function readInstant(input: string | Date, zone?: string): EpochMicros | InstantIssue {
  if (typeof input !== "string") return input instanceof Date ? inRange(input.getTime() * 1000) : "not-a-time";
  const at = readCanonical(input);
  return at === undefined ? readAny(input, zone) : inRange(at);
}

/**
 * The common spelling, `YYYY-MM-DDTHH:MM:SS[.f]Z` with at most six digits of fraction, read without a regular expression; undefined for another, NaN
 * for a time that there is not.
 */
function readCanonical(text: string): number | undefined {
  const length = text.length;
  if (length < 20 || length > 27 || text.charCodeAt(length - 1) !== 90 || text.charCodeAt(10) !== 84) return undefined;
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45 || text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return undefined;
  if (length === 21 || (length > 20 && text.charCodeAt(19) !== 46)) return undefined;
  const [year, month, day] = [digits(text, 0, 4), digits(text, 5, 7), digits(text, 8, 10)];
  const [hour, minute, second] = [digits(text, 11, 13), digits(text, 14, 16), digits(text, 17, 19)];
  const fraction = length > 20 ? digits(text, 20, length - 1) * (SMALL_POWERS[27 - length] ?? 1) : 0;
  if ((year | month | day | hour | minute | second | fraction) < 0) return Number.NaN;
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59) return Number.NaN;
  // Days in the proleptic Gregorian calendar, whose year begins in March here (Howard Hinnant's `days_from_civil`).
  const y = month < 3 ? year - 1 : year;
  const days = y * 365 + (y >> 2) - ((y / 100) | 0) + ((y / 400) | 0) + (((((month + 9) % 12) * 153 + 2) / 5) | 0) + day - 719_469;
  return days * DAY + ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction;
}

/** The digits in [from, to) as an integer, -1 when one is none. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48; // "0"
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function readAny(input: string, zone?: string): EpochMicros | InstantIssue {
  const match = GRAMMAR.exec(input);
  if (match === null) return "not-a-time";
  const [, date, time, fraction = "", offset] = match;
  const at = readCanonical(`${date}T${time}.${fraction.slice(0, 6).padEnd(6, "0")}Z`) ?? Number.NaN;
  if (Number.isNaN(at)) return "not-a-time";
  if (/[1-9]/.test(fraction.slice(6))) return "time-too-precise";
  const written = offset ?? zone;
  if (written === undefined) return "time-without-zone";
  const minutes = offsetMinutes(written);
  return minutes === undefined ? "not-a-time" : inRange(at - minutes * 60_000_000);
}

/** The canonical text of an instant: UTC, always six digits after the second. */
export function writeInstant(micros: EpochMicros): string {
  const millis = Math.floor(micros / 1000);
  return new Date(millis).toISOString().slice(0, 23) + String(micros - millis * 1000).padStart(3, "0") + "Z";
}

function inRange(micros: number): EpochMicros | InstantIssue {
  if (Number.isNaN(micros)) return "not-a-time";
  return micros >= MIN_INSTANT && micros <= MAX_INSTANT ? micros : "time-out-of-range";
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return 30 + ((month + (month >> 3)) & 1); // 31 for odd months up to July and for even ones after
}

function offsetMinutes(zone: string): number | undefined {
  const match = ZONE.exec(zone);
  if (match === null) return undefined;
  const hours = Number(match[2] ?? 0),
    minutes = Number(match[3] ?? 0);
  if (hours > 15 || minutes > 59) return undefined;
  return (match[1] === "-" ? -1 : 1) * (hours * 60 + minutes);
}
