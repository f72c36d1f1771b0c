import type { Allocation, AllocationJson } from "./allocation.ts";
import { writeUnits } from "./attos.ts";
import type { Entry } from "./entry.ts";
import type { Fill } from "./fill.ts";
import { writeInstant, type EpochMicros } from "./instant.ts";
import { OpenLot, type OpenLotJson } from "./open-lot.ts";
import type { Rules } from "./options.ts";
import { Tally, totalsOf, type Totals, type TotalsJson } from "./totals.ts";

/** One symbol of a run: its trades, its slice [from, to) of the allocations and the lots that stay open. */
export interface SymbolRun {
  readonly symbol: string;
  /** In the total order. */
  readonly entries: readonly Entry[];
  readonly from: number;
  readonly to: number;
  readonly lots: readonly Fill[];
}

/** A result as plain JSON with canonical texts; the same trades give the same bytes in any order of arrival. */
export interface FifoResultJson {
  readonly format: "td-fifo-result/1";
  readonly rules: Rules;
  readonly allocations: readonly AllocationJson[];
  readonly openLots: readonly OpenLotJson[];
  readonly totals: TotalsJson;
  readonly symbols: Readonly<Record<string, TotalsJson>>;
}

/** A trade or event as a computation saw it. */
export interface TradeFacts {
  /** Its id. */
  readonly id: string;
  /** What it is. */
  readonly kind: Entry["kind"];
  /** Its account; the empty text for none. */
  readonly account: string;
  /** Canonical UTC instant. */
  readonly executedAt: string;
  /** The same as microseconds since 1970. */
  readonly at: EpochMicros;
  /** Order among entries of one instant; null for none. */
  readonly sequence: number | null;
  /** What it added to or took from the lots, a fee in the base asset included; canonical text, `"0"` for a split. */
  readonly quantity: string;
  /** Price per unit as it was given; `"0"` for an event. */
  readonly price: string;
  /** New units for old ones, `"2:1"`; null for all but a split. */
  readonly ratio: string | null;
}

function factsOf(entry: Entry): TradeFacts {
  const fill = "out" in entry ? entry.out : entry.kind === "split" ? undefined : entry;
  return {
    id: entry.id,
    kind: entry.kind,
    account: fill?.account ?? "",
    executedAt: writeInstant(entry.at),
    at: entry.at,
    sequence: entry.sequence < 0 ? null : entry.sequence,
    quantity: fill === undefined ? "0" : writeUnits(fill.size, fill.scale),
    price: fill === undefined ? "0" : writeUnits(fill.price, fill.places),
    ratio: "numerator" in entry ? `${entry.numerator}:${entry.denominator}` : null,
  };
}

/** What `allocate` found. Sums and views are computed when they are read first. */
export class FifoResult {
  /** The rules that were applied, every default filled in. */
  declare readonly rules: Rules;
  /** By symbol (code units), then sell in total order, then lot order; what no lot covers is the last part of its sell. */
  declare readonly allocations: readonly Allocation[];
  /** The moment up to which it was computed, canonical; null for all trades. */
  declare readonly asOf: string | null;
  readonly #runs: readonly SymbolRun[];
  #tallies: ReadonlyMap<string, Tally> | undefined;

  constructor(rules: Rules, allocations: readonly Allocation[], runs: readonly SymbolRun[], asOf: EpochMicros) {
    this.rules = rules;
    this.asOf = asOf < Infinity ? writeInstant(asOf) : null;
    this.allocations = allocations;
    this.#runs = runs;
  }

  /** The trades and events of a symbol in the total order, as the computation saw them: what `explain` looks at. */
  trades(symbol: string): readonly TradeFacts[] {
    return (this.#runs.find((run) => run.symbol === symbol)?.entries ?? []).map(factsOf);
  }

  /** By symbol, account, lots before shorts, then oldest first. */
  get openLots(): readonly OpenLot[] {
    return this.#runs.flatMap((run) => run.lots.map((lot) => new OpenLot(lot)));
  }
  /** The rows that no lot covers. */
  get unmatched(): readonly Allocation[] {
    return this.allocations.filter((allocation) => allocation.kind === "unmatched");
  }
  /** The rows classified as dust. */
  get dust(): readonly Allocation[] {
    return this.allocations.filter((allocation) => allocation.kind === "dust");
  }
  /** The sums of everything. */
  get totals(): Totals & { toJSON(): TotalsJson } {
    return totalsOf(
      this.#tally().values(),
      this.#runs.flatMap((run) => run.lots),
    );
  }
  /** The totals of each symbol, in the order of the allocations. */
  get symbols(): ReadonlyMap<string, Totals & { toJSON(): TotalsJson }> {
    const tallies = this.#tally();
    return new Map(this.#runs.map((run) => [run.symbol, totalsOf([tallies.get(run.symbol) ?? new Tally()], run.lots)]));
  }

  toJSON(): FifoResultJson {
    return {
      format: "td-fifo-result/1",
      rules: this.rules,
      allocations: this.allocations.map((allocation) => allocation.toJSON()),
      openLots: this.openLots.map((lot) => lot.toJSON()),
      totals: this.totals.toJSON(),
      symbols: Object.fromEntries([...this.symbols].map(([symbol, totals]) => [symbol, totals.toJSON()])),
    };
  }

  #tally(): ReadonlyMap<string, Tally> {
    return (this.#tallies ??= new Map(this.#runs.map((run) => [run.symbol, this.#tallyOf(run)])));
  }

  #tallyOf(run: SymbolRun): Tally {
    const tally = new Tally();
    for (const entry of run.entries) tally.countEntry(entry);
    for (let i = run.from; i < run.to; i++) {
      const allocation = this.allocations[i];
      if (allocation !== undefined) tally.countAllocation(allocation);
    }
    return tally;
  }
}
