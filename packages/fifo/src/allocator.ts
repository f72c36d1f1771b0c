import type { Allocation } from "./allocation.ts";
import { Book } from "./book.ts";
import { FifoError, shown } from "./errors.ts";
import { parseFill, type Fill } from "./fill.ts";
import { writeInstant } from "./instant.ts";
import { OpenLot } from "./open-lot.ts";
import { dustFor, rulesOf, type FifoOptions, type Rules } from "./options.ts";
import { compareFills, compareText } from "./order.ts";
import {
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
import { Tally, totalsOf, type Totals, type TotalsJson } from "./totals.ts";
import type { TradeInput } from "./trade.ts";

/** A computation that goes on: its state is the open lots and the sums, whatever the length of the history. */
export interface Allocator {
  readonly rules: Rules;
  /**
   * Takes the next trade and gives the allocations that it causes (none for a buy). The trades of one symbol must come in the total
   * order; symbols may interleave. Throws `out-of-order` for a trade that belongs before one already taken, `duplicate-id` for the
   * same trade again; the state is then unchanged.
   */
  push(trade: TradeInput): readonly Allocation[];
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
  if (restored !== undefined && JSON.stringify(restored.rules) !== JSON.stringify(rules))
    throw new FifoError("invalid-snapshot", "The snapshot was made under other rules; recompute from the trades, or leave the options out.");
  return new StreamAllocator(rules, restored?.symbols ?? []);
}

class StreamAllocator implements Allocator {
  readonly rules: Rules;
  readonly #streams = new Map<string, SymbolStream>();

  constructor(rules: Rules, symbols: readonly SymbolSnapshot[]) {
    this.rules = rules;
    for (const symbol of symbols) this.#streams.set(symbol.symbol, SymbolStream.from(rules, symbol));
  }

  push(trade: TradeInput): readonly Allocation[] {
    const fill = parseFill(trade, this.rules.fees === "excluded");
    let stream = this.#streams.get(fill.symbol);
    if (stream === undefined) this.#streams.set(fill.symbol, (stream = new SymbolStream(this.rules, fill.symbol)));
    return stream.push(fill);
  }

  openLots(symbol?: string): readonly OpenLot[] {
    return this.#selected(symbol).flatMap((stream) => stream.lots().map((lot) => new OpenLot(lot)));
  }

  totals(symbol?: string): Totals & { toJSON(): TotalsJson } {
    const streams = this.#selected(symbol);
    const whole = new Tally();
    for (const stream of streams) whole.include(stream.tally);
    return totalsOf(whole, streams.flatMap((stream) => stream.lots()));
  }

  snapshot(): AllocatorSnapshot {
    return sealSnapshot(this.rules, this.#selected().flatMap((stream) => stream.snapshot()));
  }

  #selected(symbol?: string): readonly SymbolStream[] {
    const streams = [...this.#streams.values()].filter((stream) => symbol === undefined || stream.symbol === symbol);
    return streams.sort((a, b) => compareText(a.symbol, b.symbol));
  }
}

class SymbolStream {
  readonly symbol: string;
  tally = new Tally();
  readonly #rules: Rules;
  readonly #books = new Map<string, Book>();
  #last: StreamPlace | undefined;

  constructor(rules: Rules, symbol: string) {
    this.symbol = symbol;
    this.#rules = rules;
  }

  static from(rules: Rules, snapshot: SymbolSnapshot): SymbolStream {
    const stream = new SymbolStream(rules, snapshot.symbol);
    stream.tally = tallyOf(snapshot);
    stream.#last = placeOf(snapshot.last);
    for (const lot of snapshot.lots) stream.#book(lot.account).push(lotOf(snapshot.symbol, lot), []);
    return stream;
  }

  push(fill: Fill): readonly Allocation[] {
    if (this.#last !== undefined) checkOrder(this.#last, fill);
    const allocations: Allocation[] = [];
    this.#book(fill.account).push(fill, allocations);
    this.#last = { at: fill.at, sequence: fill.sequence, isBuy: fill.isBuy, id: fill.id };
    this.tally.countFill(fill.isBuy);
    for (const allocation of allocations) this.tally.countAllocation(allocation);
    return allocations;
  }

  lots(): readonly Fill[] {
    const accounts = [...this.#books.keys()].sort(compareText);
    return accounts.flatMap((account) => this.#books.get(account)?.openLots() ?? []);
  }

  snapshot(): readonly SymbolSnapshot[] {
    if (this.#last === undefined) return [];
    return [{ symbol: this.symbol, last: placeSnapshot(this.#last), ...tallySnapshot(this.tally), lots: this.lots().map(lotSnapshot) }];
  }

  #book(account: string): Book {
    const key = this.#rules.scope === "account" ? account : "";
    let book = this.#books.get(key);
    if (book === undefined) this.#books.set(key, (book = new Book(dustFor(this.#rules, this.symbol))));
    return book;
  }
}

function checkOrder(last: StreamPlace, next: Fill): void {
  const order = compareFills(last, next);
  if (order < 0) return;
  if (order === 0) throw new FifoError("duplicate-id", `Trade ${shown(next.id)} was already taken; give each execution once.`, { tradeId: next.id });
  throw new FifoError(
    "out-of-order",
    `Trade ${shown(next.id)} of ${writeInstant(next.at)} belongs before ${shown(last.id)} of ${writeInstant(last.at)}, which was already taken; recompute ${next.symbol} from a snapshot before it.`,
    { tradeId: next.id, symbol: next.symbol, executedAt: writeInstant(next.at), lastId: last.id, lastExecutedAt: writeInstant(last.at) },
  );
}
