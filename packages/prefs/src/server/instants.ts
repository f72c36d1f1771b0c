// Instants to the microsecond, as text: a `Date` alone has milliseconds.

/** The canonical text of an instant some microseconds later. */
export function instantAfter(at: Date, microseconds: number): string {
  const later = new Date(at.getTime() + Math.floor(microseconds / 1000));
  return `${later.toISOString().slice(0, -1)}${String(microseconds % 1000).padStart(3, "0")}Z`;
}

/** Milliseconds from 1970, either way, to which microseconds can be counted exactly: the year 2255. */
const LAST = Number.MAX_SAFE_INTEGER / 1000 - 1000;

/** The canonical text of an ISO instant with an offset, up to the year 2255; `undefined` when it is none. */
export function canonicalInstant(text: string): string | undefined {
  const parts = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:\d\d)$/.exec(text);
  const [, seconds, fraction = "", offset] = parts ?? [];
  if (seconds === undefined || offset === undefined || !isCalendarTime(seconds)) return undefined;
  const at = Date.parse(`${seconds}${offset}`);
  return Number.isNaN(at) || Math.abs(at) > LAST ? undefined : `${new Date(at).toISOString().slice(0, 19)}.${fraction.padEnd(6, "0")}Z`;
}

// Date.parse takes 30 February for 2 March.
function isCalendarTime(seconds: string): boolean {
  const at = Date.parse(`${seconds}Z`);
  return !Number.isNaN(at) && new Date(at).toISOString().slice(0, 19) === seconds;
}
