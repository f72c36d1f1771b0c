// Times on the clock of a place -> instants: what a time without an offset means where it was written.
import { type EpochMicros, readInstant } from "@td/fifo/values";

/** Why a time on a clock is no instant: the clock skipped it, or showed it twice. */
export type ClockIssue = "time-does-not-exist" | "time-ambiguous";

/** Tells the instant at which the clock of a zone showed a time, given as if it were UTC. */
export type ReadClock = (local: EpochMicros) => EpochMicros | ClockIssue;

const DAY = 86_400_000_000;
const MICROS = 1_000_000;

/** The clock of `UTC`, of a fixed offset such as `+05:30`, or of an IANA zone such as `Asia/Kolkata`; `undefined` when it is none. */
export function clockOf(zone: string): ReadClock | undefined {
  const epoch = readInstant("1970-01-01T00:00:00", zone);
  if (typeof epoch === "number") return (local) => local + epoch;
  const offset = offsetsOf(zone);
  return offset === undefined ? undefined : (local) => onClock(local, offset);
}

function onClock(local: EpochMicros, offset: (at: EpochMicros) => number): EpochMicros | ClockIssue {
  // A day before and a day after: between the two a zone changes its offset once at most.
  const found = [...new Set([offset(local - DAY), offset(local + DAY)])]
    .map((ahead) => local - ahead)
    .filter((at) => at + offset(at) === local);
  const [first, second] = found;
  if (first === undefined) return "time-does-not-exist";
  return second === undefined ? first : "time-ambiguous";
}

/** Microseconds by which the clocks of a zone are ahead of UTC. */
function offsetsOf(zone: string): ((at: EpochMicros) => number) | undefined {
  const format = formatOf(zone);
  if (format === undefined) return undefined;
  const known = new Map<number, number>();
  const atDay = (day: number): number => {
    const found = known.get(day) ?? offsetAt(format, (day * DAY) / MICROS);
    known.set(day, found);
    return found;
  };
  return (at) => {
    const day = Math.floor(at / DAY);
    const [before, after] = [atDay(day), atDay(day + 1)];
    return before === after ? before : offsetAt(format, Math.floor(at / MICROS));
  };
}

function formatOf(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    const parts = { year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit" } as const;
    return timeZone === ""
      ? undefined
      : new Intl.DateTimeFormat("en-US", { timeZone, calendar: "iso8601", numberingSystem: "latn", hourCycle: "h23", ...parts });
  } catch {
    return undefined;
  }
}

function offsetAt(format: Intl.DateTimeFormat, second: number): number {
  const parts = new Map(format.formatToParts(second * 1000).map(({ type, value }) => [type, Number(value)]));
  const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
  return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second")) * 1000 - second * MICROS;
}
