// The days of a zone over a span of time, as stretches of time: a day in which the clocks change has one on each side of the change.
import { zoneSegments } from "./zone-segments.ts";

/** A stretch of one day. */
export interface DayPart {
  /** The day on the zone's clocks, `2025-03-01`. */
  readonly day: string;
  /** Its first microsecond since 1970 in UTC. */
  readonly from: number;
  /** The microsecond behind its last. */
  readonly to: number;
}

const DAY = 86_400;
const MICROS = 1_000_000;

/** The parts of the days of an IANA zone that cover a span, both ends included and nothing beyond them. Throws `bad-request` for a zone that is not known. */
export function zoneDays(zone: string, from: number, to: number): readonly DayPart[] {
  return zoneSegments(zone, from, to).flatMap((segment) => {
    const [start, end] = [Math.max(segment.from, from), Math.min(segment.to, to + 1)];
    return start < end ? daysBetween(start, end, segment.seconds) : [];
  });
}

function daysBetween(from: number, to: number, seconds: number): readonly DayPart[] {
  const parts: DayPart[] = [];
  for (let start = from; start < to;) {
    const day = Math.floor((Math.floor(start / MICROS) + seconds) / DAY);
    const end = Math.min(((day + 1) * DAY - seconds) * MICROS, to);
    parts.push({ day: new Date(day * DAY * 1000).toISOString().slice(0, 10), from: start, to: end });
    start = end;
  }
  return parts;
}
