import type { Allocation } from "./allocation.ts";
import { parseEntry, type Entry, type LedgerInput } from "./entry.ts";
import { duplicateId, FifoError, invalidSnapshot, shown } from "./errors.ts";
import { EXACT_SHARING, type Fill } from "./fill.ts";
import { writeInstant } from "./instant.ts";
import { OpenLot } from "./open-lot.ts";
import { rulesOf, type FifoOptions, type Rules } from "./options.ts";
import { compareEntries, compareText } from "./order.ts";
import {
  canonicalJson,
  lotOf,
  lotSnapshot,
  openSnapshot,
  placeOf,
  placeSnapshot,
  sealSnapshot,
  tallyOf,
  tallySnapshot,
  type AllocatorSnapshot,
  type StreamPlace,
  type SymbolSnapshot,
} from "./snapshot.ts";
import { SymbolBooks } from "./symbol-books.ts";
import { Tally, totalsOf, type Totals, type TotalsJson } from "./totals.ts";

/** A computation that goes on: its state is the open lots and the sums, whatever the length of the history. */
export interface Allocator {
  /** The rules it works by, defaults applied. */
  readonly rules: Rules;
  /**
   * Takes the next trade and gives the allocations that it causes (a plain buy causes none). The trades of one symbol must come in the total
   * order; symbols may interleave. Throws `out-of-order` for a trade that belongs before one already taken, `duplicate-id` for the id of an open lot
   * or short of any symbol, and for the trade just taken (same instant, sequence, kind and id); the state is then unchanged. Ids of trades
   * that are closed are not kept: one that comes again later is another trade, unless the caller sees to it.
   */
  push(trade: LedgerInput): readonly Allocation[];
  /** The lots open now, by symbol (code units), account, then oldest first. */
  openLots(symbol?: string): readonly OpenLot[];
  /** The sums so far, of one symbol or of all. */
  totals(symbol?: string): Totals & { toJSON(): TotalsJson };
  /** The whole state as plain JSON; `createAllocator(undefined, snapshot)` goes on as if it had never stopped. */
  snapshot(): AllocatorSnapshot;
}

/** Starts an allocator, or resumes one from a snapshot: then the snapshot's rules hold, and other `options` are refused as `invalid-snapshot`. */
export function createAllocator(options?: FifoOptions, snapshot?: AllocatorSnapshot): Allocator {
  const restored = snapshot === undefined ? undefined : openSnapshot(snapshot);
  const rules = restored === undefined || options !== undefined ? rulesOf(options) : restored.rules;
  if (restored !== undefined && canonicalJson(restored.rules) !== canonicalJson(rules))
    throw invalidSnapshot("The snapshot has other rules (without options, it goes on with them)");
  return new StreamAllocator(rules, restored?.symbols ?? []);
}

class StreamAllocator implements Allocator {
  declare readonly rules: Rules;
  readonly #streams = new Map<string, SymbolStream>();
  /** Ids of all open lots, and of trades since it was made. */
  #ids = new Set<string>();
  #room = -1;

  constructor(rules: Rules, symbols: readonly SymbolSnapshot[]) {
    this.rules = rules;
    for (const symbol of symbols) this.#streams.set(symbol.symbol, SymbolStream.from(rules, symbol));
  }

  push(trade: LedgerInput): readonly Allocation[] {
    const entry = parseEntry(trade, this.rules);
    const { id, symbol } = entry;
    if (this.#ids.size > this.#room || this.#ids.has(id)) {
      this.#ids = new Set(this.#open().map((lot) => lot.id));
      this.#room = 2 * this.#ids.size + 1000;
      if (this.#ids.has(id)) throw duplicateId(id, symbol);
    }
    let stream = this.#streams.get(symbol);
    if (stream === undefined) this.#streams.set(symbol, (stream = new SymbolStream(this.rules, symbol)));
    const rows = stream.push(entry);
    this.#ids.add(id);
    return rows;
  }

  openLots(symbol?: string): readonly OpenLot[] {
    return this.#open(symbol).map((lot) => new OpenLot(lot));
  }

  totals(symbol?: string): Totals & { toJSON(): TotalsJson } {
    return totalsOf(
      this.#selected(symbol).map((stream) => stream.tally),
      this.#open(symbol),
    );
  }

  snapshot(): AllocatorSnapshot {
    return sealSnapshot(
      this.rules,
      this.#selected().flatMap((stream) => stream.snapshot()),
    );
  }

  #open(symbol?: string): readonly Fill[] {
    return this.#selected(symbol).flatMap((stream) => stream.open());
  }

  #selected(symbol?: string): readonly SymbolStream[] {
    const streams = [...this.#streams.values()].filter((stream) => symbol === undefined || stream.symbol === symbol);
    return streams.sort((a, b) => compareText(a.symbol, b.symbol));
  }
}

/** One symbol on its way: its books, its sums and the place of its last entry. */
export class SymbolStream {
  declare readonly symbol: string;
  readonly #books: SymbolBooks;
  tally = new Tally();
  #last: StreamPlace | undefined;

  constructor(rules: Rules, symbol: string) {
    this.symbol = symbol;
    this.#books = new SymbolBooks(rules, symbol);
  }

  static from(rules: Rules, snapshot: SymbolSnapshot): SymbolStream {
    const stream = new SymbolStream(rules, snapshot.symbol);
    stream.tally = tallyOf(snapshot);
    stream.#last = placeOf(snapshot.last);
    for (const lot of snapshot.lots) stream.#books.restore(lotOf(snapshot.symbol, lot, rules.money ?? EXACT_SHARING));
    return stream;
  }

  push(entry: Entry): readonly Allocation[] {
    if (this.#last !== undefined) checkOrder(this.#last, entry);
    const allocations: Allocation[] = [];
    this.#books.push(entry, allocations);
    this.#last = entry;
    this.tally.countEntry(entry);
    for (const allocation of allocations) this.tally.countAllocation(allocation);
    return allocations;
  }

  open(): ReturnType<SymbolBooks["open"]> {
    return this.#books.open();
  }

  snapshot(): readonly SymbolSnapshot[] {
    if (this.#last === undefined) return [];
    return [{ symbol: this.symbol, last: placeSnapshot(this.#last), ...tallySnapshot(this.tally), lots: this.open().map(lotSnapshot) }];
  }
}

function checkOrder(last: StreamPlace, next: Entry): void {
  const order = compareEntries(last, next);
  if (order < 0) return;
  if (order === 0) throw duplicateId(next.id, next.symbol);
  const [executedAt, lastExecutedAt] = [writeInstant(next.at), writeInstant(last.at)];
  throw new FifoError(
    "out-of-order",
    `Trade ${shown(next.id)} of ${executedAt} belongs before ${shown(last.id)} of ${lastExecutedAt}, which was taken; recompute ${next.symbol} from a snapshot before it.`,
    { tradeId: next.id, symbol: next.symbol, executedAt, lastId: last.id, lastExecutedAt },
  );
}
