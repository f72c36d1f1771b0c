import { parseEntry, type Entry, type LedgerInput } from "./entry.ts";

/** What the order looks at. */
export type OrderKey = Pick<Entry, "at" | "sequence" | "kind" | "id">;

/** Within one instant and sequence: first what changes the lots, then what adds, moves and takes. */
const RANK = { split: 0, buy: 1, transfer: 2, sell: 3 } as const;

/**
 * The one total order: instant, then sequence (none before any), then splits, buys, transfers, sells, then id, where all-digit ids come
 * first and compare as numbers and the others compare by UTF-16 code unit. The order of arrival never matters.
 */
export function compareEntries(a: OrderKey, b: OrderKey): number {
  return a.at - b.at || a.sequence - b.sequence || RANK[a.kind] - RANK[b.kind] || compareIds(a.id, b.id);
}

/** The total order for trades and events as the caller has them; throws a `FifoError` for one that is not valid. */
export function compareTrades(a: LedgerInput, b: LedgerInput): number {
  return compareEntries(parseEntry(a), parseEntry(b));
}

/** The trades and events in the total order; each is read once. Throws a `FifoError` for one that is not valid. */
export function sortTrades<T extends LedgerInput>(trades: Iterable<T>): T[] {
  return Array.from(trades, (trade) => ({ trade, entry: parseEntry(trade) }))
    .sort((a, b) => compareEntries(a.entry, b.entry))
    .map(({ trade }) => trade);
}

const DIGITS = /^\d+$/;

/** All-digit ids first and by number, the others by code unit; equal numbers (`7`, `007`) fall back to code units. */
function compareIds(a: string, b: string): number {
  const left = DIGITS.test(a);
  if (left !== DIGITS.test(b)) return left ? -1 : 1;
  const [x, y] = left ? [withoutZeros(a), withoutZeros(b)] : ["", ""];
  return x.length - y.length || compareText(x, y) || compareText(a, b);
}

const withoutZeros = (digits: string): string => digits.replace(/^0+/, "");

/** By UTF-16 code unit, as JavaScript's `<`; never by locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Sorts in place, unless it is in order already: feeds mostly are, and that check is one pass. */
export function sortEntries(entries: Entry[]): void {
  if (entries.some((entry, i) => compareEntries(entries[Math.max(0, i - 1)] ?? entry, entry) > 0)) entries.sort(compareEntries);
}
