// Spellings of a time that are not ISO-8601, turned into it.
import { writeInstant } from "@td/fifo/values";

/**
 * How else a source writes times: `epoch-ms` (1762400000000), `epoch-s`, `dd-mon-yyyy` (27-Oct-2025 09:15:00, on the clock of the zone),
 * `utc-word` (2025-01-02 03:04:05 UTC).
 */
export type TimeSpelling = "epoch-ms" | "epoch-s" | "dd-mon-yyyy" | "utc-word";

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAY_MONTH = /^(\d\d)-([A-Za-z]{3})-(\d{4})[ T](\d\d:\d\d:\d\d(?:\.\d+)?)$/;

/** Turns each of the spellings into ISO-8601; any other text is given back as it is. */
export function spelledTimes(spellings: readonly TimeSpelling[]): (text: string) => string {
  const ways = new Set(spellings);
  return (text) => {
    if (/^\d{1,15}$/.test(text)) return ways.has("epoch-ms") ? epoch(text, 1000) : ways.has("epoch-s") ? epoch(text, 1_000_000) : text;
    if (ways.has("utc-word") && text.endsWith(" UTC")) return `${text.slice(0, -4)}Z`;
    return ways.has("dd-mon-yyyy") ? dayMonthYear(text) : text;
  };
}

/** Beyond the year 9999 no ISO text is made: the number stays what it is, and is no time. */
function epoch(text: string, micros: number): string {
  const at = Number(text) * micros;
  return at < 253_402_300_800_000_000 ? writeInstant(at) : text;
}

function dayMonthYear(text: string): string {
  const [, day, month = "", year, time] = DAY_MONTH.exec(text) ?? [];
  const number = MONTHS.indexOf(month.toLowerCase()) + 1;
  return day === undefined || number === 0 ? text : `${year}-${String(number).padStart(2, "0")}-${day}T${time}`;
}
