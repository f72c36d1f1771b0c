// The offsets of a time zone over a span of time. Both engines cut days by these, so they agree to the row, whatever zone data the server has.
import { StorageError } from "../errors.ts";

/** A stretch of time in which a zone's offset stays the same. */
export interface ZoneSegment {
  /** Its first microsecond since 1970 in UTC. */
  readonly from: number;
  /** The microsecond behind its last. */
  readonly to: number;
  /** Seconds by which the zone's clocks are ahead of UTC. */
  readonly seconds: number;
}

const MICROS = 1_000_000;
/** Zones change their offset less often than daily. */
const STEP = 86_400;

/** The segments of an IANA zone that cover a span, both ends included. Throws `bad-request` for a zone that is not known. */
export function zoneSegments(zone: string, from: number, to: number): readonly ZoneSegment[] {
  const offset = offsetOf(zone);
  // From the midnight in UTC before it: the offsets of midnights are remembered.
  const [first, last] = [Math.floor(from / MICROS / STEP) * STEP, Math.floor(to / MICROS) + 1];
  const segments: ZoneSegment[] = [];
  let start = first;
  let seconds = offset(start);
  for (let at = first; at < last; at += STEP) {
    const next = Math.min(at + STEP, last);
    const then = offset(next);
    if (then === seconds) continue;
    const change = changeBetween(offset, at, next);
    segments.push({ from: start * MICROS, to: change * MICROS, seconds });
    [start, seconds] = [change, then];
  }
  return [...segments, { from: start * MICROS, to: last * MICROS + MICROS, seconds }];
}

/** The first second that has the offset of `to`, where those of `from` and `to` differ. */
function changeBetween(offset: (second: number) => number, from: number, to: number): number {
  const target = offset(to);
  let [before, after] = [from, to];
  while (after - before > 1) {
    const middle = Math.floor((before + after) / 2);
    if (offset(middle) === target) after = middle;
    else before = middle;
  }
  return after;
}

const known = new Map<string, (second: number) => number>();
/** Zones remembered; there are some six hundred. */
const MAX_KNOWN = 1000;

function offsetOf(zone: string): (second: number) => number {
  const found = known.get(zone);
  if (found !== undefined) return found;
  const format = formatOf(zone);
  const offsets = new Map<number, number>();
  const offset = (second: number): number => {
    const kept = offsets.get(second);
    if (kept !== undefined) return kept;
    const made = offsetAt(format, second);
    // Whole days are asked for again and again.
    if (second % STEP === 0) offsets.set(second, made);
    return made;
  };
  if (known.size < MAX_KNOWN) known.set(zone, offset);
  return offset;
}

function formatOf(zone: unknown): Intl.DateTimeFormat {
  try {
    if (typeof zone !== "string" || zone === "") throw new RangeError("no zone");
    return new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      calendar: "iso8601",
      numberingSystem: "latn",
      hourCycle: "h23",
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
    });
  } catch (cause) {
    throw new StorageError("bad-request", `${String(zone)} is not a time zone: give an IANA name such as Asia/Kolkata or UTC.`, {
      facts: { zone: String(zone) },
      cause,
    });
  }
}

function offsetAt(format: Intl.DateTimeFormat, second: number): number {
  const parts = new Map(format.formatToParts(second * 1000).map(({ type, value }) => [type, Number(value)]));
  const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second")) / 1000 - second;
}
