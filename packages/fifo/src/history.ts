import type { Allocation } from "./allocation.ts";
import { SymbolStream } from "./allocator.ts";
import { parseEntry, type Entry, type LedgerInput } from "./entry.ts";
import { duplicateId, FifoError, invalidOption, shown } from "./errors.ts";
import type { Fill } from "./fill.ts";
import { groupBy } from "./group-by.ts";
import { readInstant, type EpochMicros } from "./instant.ts";
import { OpenLot } from "./open-lot.ts";
import { rulesOf, type FifoOptions, type Rules } from "./options.ts";
import { compareEntries, compareText } from "./order.ts";
import type { SymbolSnapshot } from "./snapshot.ts";
import { totalsOf, type Totals, type TotalsJson } from "./totals.ts";
import { zeroLike } from "./units.ts";

/** The state of all books after every trade up to and including an instant. */
export interface AsOf {
  /** What was open then. */
  readonly openLots: readonly OpenLot[];
  /** The sums up to then. */
  readonly totals: Totals & { toJSON(): TotalsJson };
}

/** What a recomputation did. */
export interface Recomputed {
  /** The symbols whose rows were computed again. */
  readonly symbols: readonly string[];
  /** Trades and events that were run again, the new ones included. */
  readonly replayed: number;
}

/** A book that takes trades in any order and late, and computes again only from the newest snapshot before the change. */
export interface History {
  /** The rules it works by, defaults applied. */
  readonly rules: Rules;
  /**
   * Adds trades and events, late ones too; the next read recomputes what they touch, and a symbol with a split among or after them is recomputed
   * at once. Throws as `allocate` of all of them does (late trades may make a split inexact: `split-not-exact`), and then adds none of them.
   */
  add(trades: Iterable<LedgerInput>): void;
  /** Brings everything up to date; from `from` at the latest, even where nothing was added (default: only what changed). */
  recompute(options?: { readonly from?: string | Date }): Recomputed;
  /** As `allocate` would give them: by symbol, then the closing trade in total order. */
  allocations(symbol?: string): readonly Allocation[];
  /** What is open, by symbol, then oldest first. */
  openLots(symbol?: string): readonly OpenLot[];
  /** The sums of one symbol; default: of all. */
  totals(symbol?: string): Totals & { toJSON(): TotalsJson };
  /** The state after every trade up to and including `instant`; the same as computing that prefix alone. */
  asOf(instant: string | Date): AsOf;
}

/** Entries between two snapshots: what a late trade costs at most, per symbol, beside what follows it. */
const SNAPSHOT_EVERY = 1000;

/**
 * Starts an empty history. `snapshotEvery` is the number of entries of a symbol between two snapshots, default 1,000; where a snapshot holds more
 * open lots than that, as many entries as it has lots, so that the memory of all snapshots grows with the entries.
 */
export function createHistory(
  options?: FifoOptions,
  { snapshotEvery = SNAPSHOT_EVERY }: { readonly snapshotEvery?: number } = {},
): History {
  if (!Number.isSafeInteger(snapshotEvery) || snapshotEvery < 1) throw invalidOption("snapshotEvery", snapshotEvery, "an integer above 0");
  return new SnapshotHistory(rulesOf(options), snapshotEvery);
}

class SnapshotHistory implements History {
  readonly rules: Rules;
  readonly #every: number;
  readonly #ids = new Set<string>();
  readonly #symbols = new Map<string, SymbolHistory>();

  constructor(rules: Rules, every: number) {
    this.rules = rules;
    this.#every = every;
  }

  add(trades: Iterable<LedgerInput>): void {
    const entries = Array.from(trades, (trade) => parseEntry(trade, this.rules));
    const newIds = new Set<string>();
    for (const { id, symbol } of entries) {
      if (this.#ids.has(id) || newIds.has(id)) throw duplicateId(id, symbol);
      newIds.add(id);
    }
    const undo: (() => void)[] = [];
    try {
      for (const [name, added] of groupBy(entries, (entry) => entry.symbol)) {
        let symbol = this.#symbols.get(name);
        if (symbol === undefined) this.#symbols.set(name, (symbol = new SymbolHistory(this.rules, name, this.#every)));
        undo.push(symbol.insert(added.sort(compareEntries)));
      }
    } catch (error) {
      for (const step of undo) step();
      throw error;
    }
    for (const id of newIds) this.#ids.add(id);
  }

  recompute({ from }: { readonly from?: string | Date } = {}): Recomputed {
    const at = from === undefined ? undefined : microsOf(from);
    const replays = this.#selected().map((symbol) => ({ symbol: symbol.symbol, replayed: symbol.recompute(at) }));
    const touched = replays.filter(({ replayed }) => replayed > 0);
    return { symbols: touched.map(({ symbol }) => symbol), replayed: touched.reduce((sum, { replayed }) => sum + replayed, 0) };
  }

  allocations(symbol?: string): readonly Allocation[] {
    return this.#selected(symbol).flatMap((one) => one.allocations());
  }

  openLots(symbol?: string): readonly OpenLot[] {
    return stateOf(this.#selected(symbol).map((one) => one.end())).openLots;
  }

  totals(symbol?: string): Totals & { toJSON(): TotalsJson } {
    return stateOf(this.#selected(symbol).map((one) => one.end())).totals;
  }

  asOf(instant: string | Date): AsOf {
    const at = microsOf(instant);
    return stateOf(this.#selected().map((one) => one.asOf(at)));
  }

  #selected(symbol?: string): readonly SymbolHistory[] {
    return [...this.#symbols.values()]
      .filter((one) => symbol === undefined || one.symbol === symbol)
      .sort((a, b) => compareText(a.symbol, b.symbol));
  }
}

/** A state that can be gone back to: after `entries` entries, with `rows` allocations. */
interface Checkpoint {
  readonly entries: number;
  readonly rows: number;
  readonly state: SymbolSnapshot | undefined;
}

const START: Checkpoint = { entries: 0, rows: 0, state: undefined };

class SymbolHistory {
  readonly symbol: string;
  readonly #rules: Rules;
  readonly #every: number;
  readonly #entries: Entry[] = [];
  #rows: Allocation[] = [];
  #checkpoints: Checkpoint[] = [START];
  #stream: SymbolStream;
  /** Entries before this index are computed. */
  #done = 0;

  constructor(rules: Rules, symbol: string, every: number) {
    this.#rules = rules;
    this.symbol = symbol;
    this.#every = every;
    this.#stream = new SymbolStream(rules, symbol);
  }

  /**
   * Merges entries that are in order among themselves. A split is the one entry that the books may refuse, so what has one among or after it is
   * computed here: throws and leaves everything as it was. Calling what it gives takes the entries out again.
   */
  insert(added: readonly Entry[]): () => void {
    const at = this.#after((other) => added[0] !== undefined && compareEntries(other, added[0]) < 0);
    const later = this.#entries.slice(at);
    const tail = later.length === 0 ? added : [...later, ...added].sort(compareEntries); // two runs: one merge
    const undo = (): void => this.#replace(at, later);
    this.#replace(at, tail);
    try {
      if (tail.some((entry) => entry.kind === "split")) this.recompute();
    } catch (error) {
      undo();
      throw error;
    }
    return undo;
  }

  #replace(at: number, tail: readonly Entry[]): void {
    this.#entries.length = at;
    for (const entry of tail) this.#entries.push(entry);
    if (at < this.#done) this.#rewind(at);
  }

  /** Computes what is not computed yet; gives how many entries were run. */
  recompute(from?: EpochMicros): number {
    if (from !== undefined)
      this.#rewind(
        Math.min(
          this.#done,
          this.#after((entry) => entry.at < from),
        ),
      );
    const start = this.#done;
    for (; this.#done < this.#entries.length; this.#done++) {
      if (this.#done >= this.#nextCheckpoint())
        this.#checkpoints.push({ entries: this.#done, rows: this.#rows.length, state: this.#stream.snapshot()[0] });
      const entry = this.#entries[this.#done];
      if (entry !== undefined) for (const row of this.#stream.push(fresh(entry))) this.#rows.push(row);
    }
    return this.#done - start;
  }

  allocations(): readonly Allocation[] {
    this.recompute();
    return this.#rows;
  }

  end(): SymbolStream {
    this.recompute();
    return this.#stream;
  }

  asOf(at: EpochMicros): SymbolStream {
    this.recompute();
    const count = this.#after((entry) => entry.at <= at);
    const checkpoint = this.#checkpoints.findLast((one) => one.entries <= count) ?? START;
    const stream = this.#resume(checkpoint);
    for (const entry of this.#entries.slice(checkpoint.entries, count)) stream.push(fresh(entry));
    return stream;
  }

  /** So far after the last one that all snapshots together hold at most two lots per entry, however many are open. */
  #nextCheckpoint(): number {
    const { entries, state } = this.#checkpoints.at(-1) ?? START;
    return entries + Math.max(this.#every, state?.lots.length ?? 0);
  }

  /** Goes back to the newest checkpoint at or before the entry with this index. */
  #rewind(index: number): void {
    const keep = this.#checkpoints.filter((checkpoint) => checkpoint.entries <= index);
    const checkpoint = keep.at(-1) ?? START;
    if (checkpoint.entries === this.#done) return;
    this.#checkpoints = keep;
    this.#done = checkpoint.entries;
    this.#rows = this.#rows.slice(0, checkpoint.rows);
    this.#stream = this.#resume(checkpoint);
  }

  #resume({ state }: Checkpoint): SymbolStream {
    return state === undefined ? new SymbolStream(this.#rules, this.symbol) : SymbolStream.from(this.#rules, state);
  }

  /** How many entries hold; they are the first ones. */
  #after(holds: (entry: Entry) => boolean): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const entry = this.#entries[middle];
      if (entry !== undefined && holds(entry)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** An entry that no book has touched: books count on the fill itself. */
function fresh(entry: Entry): Entry {
  if (entry.kind === "split") return entry;
  return "out" in entry ? { ...entry, out: unused(entry.out) } : unused(entry);
}

/** The same trade, not allocated yet. */
function unused(fill: Fill): Fill {
  return { ...fill, used: zeroLike(fill.size), parts: 0 };
}

function stateOf(streams: readonly SymbolStream[]): AsOf {
  const lots = streams.flatMap((stream) => stream.open());
  return {
    openLots: lots.map((lot) => new OpenLot(lot)),
    totals: totalsOf(
      streams.map(({ tally }) => tally),
      lots,
    ),
  };
}

function microsOf(instant: string | Date): EpochMicros {
  const at = readInstant(instant);
  if (typeof at === "number") return at;
  throw new FifoError("invalid-option", `The instant is ${shown(instant)} (${at}): give ISO-8601 text with an offset, or a Date.`, {
    reason: at,
  });
}
