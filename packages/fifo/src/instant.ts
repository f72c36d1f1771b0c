// Instants: microseconds since 1970-01-01T00:00:00Z as an integer in a `number`, always below 2^53.

/** Why a text is not an instant that td accepts. */
export type InstantIssue = "not-a-time" | "time-without-zone" | "time-too-precise" | "time-out-of-range";

/** Microseconds since the epoch, UTC; an integer between {@link MIN_INSTANT} and {@link MAX_INSTANT}. */
export type EpochMicros = number;

const DAY = 86_400_000_000;

/** 1700-01-01T00:00:00Z. Between these two every microsecond is an integer that a `number` holds exactly. */
export const MIN_INSTANT: EpochMicros = -98_615 * DAY;
/** 2199-12-31T23:59:59.999999Z. */
export const MAX_INSTANT: EpochMicros = 84_006 * DAY - 1;

const GRAMMAR = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?(Z|z|[+-]\d\d(?::?\d\d)?)?$/;
const ZONE = /^(?:UTC|Z|([+-])(\d\d):?(\d\d)?)$/i;
const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * Reads an instant from ISO-8601 text with an offset (`2025-03-01T10:00:00.123456Z`, `2025-03-01 10:00:00+00`) or from a `Date`.
 *
 * A time without an offset is refused as `time-without-zone` unless `zone` says which one it is: `UTC` or a fixed offset such as `+05:30`.
 * A fraction finer than a microsecond is refused as `time-too-precise`, never rounded. Impossible dates (February 30th, 24:00, a leap second)
 * are `not-a-time`; years outside 1700 to 2199 are `time-out-of-range`.
 */
export function readInstant(input: string | Date, zone?: string): EpochMicros | InstantIssue {
  if (typeof input !== "string") return input instanceof Date ? inRange(input.getTime() * 1000) : "not-a-time";
  return readCanonical(input) ?? readAny(input, zone);
}

const CODE_0 = 48;

/** The common spelling, `YYYY-MM-DDTHH:MM:SS[.f]Z` with at most six digits of fraction, read without a regular expression; else undefined. */
function readCanonical(text: string): EpochMicros | InstantIssue | undefined {
  const length = text.length;
  if (length < 20 || length > 27 || text.charCodeAt(length - 1) !== 90 || text.charCodeAt(10) !== 84) return undefined;
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45 || text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return undefined;
  const year = digits(text, 0, 4),
    month = digits(text, 5, 7),
    day = digits(text, 8, 10);
  const hour = digits(text, 11, 13),
    minute = digits(text, 14, 16),
    second = digits(text, 17, 19);
  let fraction = 0;
  if (length > 20) {
    if (text.charCodeAt(19) !== 46 || length === 21) return undefined;
    fraction = digits(text, 20, length - 1) * (POWERS_OF_TEN[27 - length] ?? 0);
  }
  if (!(year + month + day + hour + minute + second + fraction >= 0)) return undefined; // some character was no digit
  return inRange(civil(year, month, day, hour, minute, second) + fraction);
}

const POWERS_OF_TEN = [1, 10, 100, 1000, 10_000, 100_000];

/** The digits in [from, to) as an integer, NaN when one is none. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - CODE_0;
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : Number.NaN;
  }
  return value;
}

function readAny(input: string, zone?: string): EpochMicros | InstantIssue {
  const match = GRAMMAR.exec(input);
  if (match === null) return "not-a-time";
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const at = civil(year, month, day, hour, minute, second);
  if (Number.isNaN(at)) return "not-a-time";
  const fraction = match[7] ?? "";
  if (/[1-9]/.test(fraction.slice(6))) return "time-too-precise";
  const written = match[8] ?? zone;
  if (written === undefined) return "time-without-zone";
  const offset = offsetMinutes(written);
  if (offset === undefined) return "not-a-time";
  return inRange(at - offset * 60_000_000 + Number(fraction.slice(0, 6).padEnd(6, "0")));
}

/** The canonical text of an instant: UTC, always six digits after the second. */
export function writeInstant(micros: EpochMicros): string {
  const days = Math.floor(micros / DAY);
  const time = micros - days * DAY;
  const seconds = Math.floor(time / 1_000_000);
  return (
    new Date(days * 86_400_000 + seconds * 1000).toISOString().slice(0, 20) + String(time - seconds * 1_000_000).padStart(6, "0") + "Z"
  );
}

function inRange(micros: number): EpochMicros | InstantIssue {
  if (Number.isNaN(micros)) return "not-a-time";
  return micros >= MIN_INSTANT && micros <= MAX_INSTANT ? micros : "time-out-of-range";
}

/** Microseconds of a date and time of day in UTC, NaN when there is none such. */
function civil(year: number, month: number, day: number, hour: number, minute: number, second: number): number {
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59) return Number.NaN;
  return daysFromCivil(year, month, day) * DAY + ((hour * 60 + minute) * 60 + second) * 1_000_000;
}

function daysIn(year: number, month: number): number {
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return month === 2 && leap ? 29 : (MONTH_DAYS[month - 1] ?? 0);
}

/** Days since 1970-01-01 in the proleptic Gregorian calendar (Howard Hinnant's `days_from_civil`). */
function daysFromCivil(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468;
}

function offsetMinutes(zone: string): number | undefined {
  const match = ZONE.exec(zone);
  if (match === null) return undefined;
  const hours = Number(match[2] ?? 0),
    minutes = Number(match[3] ?? 0);
  if (hours > 15 || minutes > 59) return undefined;
  return (match[1] === "-" ? -1 : 1) * (hours * 60 + minutes);
}
