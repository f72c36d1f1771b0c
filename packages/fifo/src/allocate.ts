import type { Allocation } from "./allocation.ts";
import { parseEntry, type Entry, type LedgerInput } from "./entry.ts";
import { duplicateId, invalidOption } from "./errors.ts";
import { AN_INSTANT } from "./fill.ts";
import { readInstant, type EpochMicros } from "./instant.ts";
import { rulesOf, type FifoOptions, type Rules } from "./options.ts";
import { sortEntries } from "./order.ts";
import { FifoResult, type SymbolRun } from "./result.ts";
import { SymbolBooks } from "./symbol-books.ts";

/** {@link FifoOptions} and the moment up to which to compute. */
export interface AllocateOptions extends FifoOptions {
  /** Leaves out every trade after this instant (the instant itself is in): ISO-8601 text with an offset, or a `Date`. Default: none. */
  readonly asOf?: string | Date;
}

/**
 * Allocates every sell to the lots it takes from, in the one total order of trades, whatever order they arrive in.
 *
 * The trades are read once and not changed. Throws a `FifoError` for the first trade that is not valid and for an id that is there twice;
 * a sell beyond its lots is no error but an unmatched row. Throws `invalid-option` for an option that there is not, and for an id in `lots` that no trade has.
 */
export function allocate(trades: Iterable<LedgerInput>, options: AllocateOptions = {}): FifoResult {
  const { asOf: until, ...ruling } = options;
  const rules = rulesOf(ruling);
  const asOf = asOfMicros(until);
  const bySymbol = groupBySymbol(trades, rules, asOf);
  const allocations: Allocation[] = [];
  const runs = [...bySymbol.keys()].sort().map((symbol) => runSymbol(symbol, bySymbol.get(symbol) ?? [], rules, allocations));
  return new FifoResult(rules, allocations, runs, asOf);
}

function asOfMicros(asOf: string | Date | undefined): EpochMicros {
  if (asOf === undefined) return Infinity;
  const at = readInstant(asOf);
  if (typeof at === "number") return at;
  throw invalidOption("asOf", asOf, `${AN_INSTANT} (${at})`);
}

function groupBySymbol(trades: Iterable<LedgerInput>, rules: Rules, asOf: EpochMicros): Map<string, Entry[]> {
  const bySymbol = new Map<string, Entry[]>();
  const ids: string[] = [];
  let last = "";
  // Ids that count up are all different: the set is made at the first one that is not above the one before, or where named lots are looked up in it.
  let seen = rules.lots === null ? undefined : new Set<string>();
  for (const trade of trades) {
    const entry = parseEntry(trade, rules);
    if (seen === undefined && !(entry.id.length > last.length || (entry.id.length === last.length && entry.id > last))) seen = new Set(ids);
    if (seen === undefined) ids.push((last = entry.id));
    else if (seen.size === seen.add(entry.id).size) throw duplicateId(entry.id, entry.symbol);
    if (entry.at > asOf) continue;
    const entries = bySymbol.get(entry.symbol);
    if (entries === undefined) bySymbol.set(entry.symbol, [entry]);
    else entries.push(entry);
  }
  const unknown = Object.entries(rules.lots ?? {})
    .flat(2)
    .find((id) => seen?.has(id) !== true);
  if (unknown !== undefined) throw invalidOption("lots", unknown, "ids of trades that are there");
  return bySymbol;
}

function runSymbol(symbol: string, entries: Entry[], rules: Rules, out: Allocation[]): SymbolRun {
  sortEntries(entries);
  const books = new SymbolBooks(rules, symbol);
  const from = out.length;
  for (const entry of entries) books.push(entry, out);
  return { symbol, entries, from, to: out.length, lots: books.open() };
}
