import type { Decimal } from "decimal.js";
import type { Allocation } from "./allocation.ts";
import { isDecimal } from "./decimal-text.ts";
import type { Entry } from "./entry.ts";
import { add, ZERO, type Exact } from "./exact.ts";
import type { Fill } from "./fill.ts";
import { named } from "./named.ts";
import { OpenLot } from "./open-lot.ts";
import { decimalOf } from "./write-exact.ts";

/** Sums over one symbol or over a whole result. Quantities of different symbols added up are a checksum, not a holding. */
export interface Totals {
  /** Trades seen. */
  readonly trades: number;
  /** Buys among them. */
  readonly buys: number;
  /** Sells among them. */
  readonly sells: number;
  /** Rows, not quantities. */
  readonly matched: number;
  /** Rows that no lot covers. */
  readonly unmatched: number;
  /** Rows that are dust. */
  readonly dust: number;
  /** Rows of transfer fees. */
  readonly fee: number;
  /** Over matched rows only, in quote currency. */
  readonly realizedPnl: Decimal;
  /** Units of the unmatched rows, base asset. */
  readonly unmatchedQuantity: Decimal;
  /** Net proceeds of the unmatched rows, beside the realised profit and never part of it. */
  readonly unmatchedProceeds: Decimal;
  /** Lots that are open. */
  readonly openLots: number;
  /** Units held; shorts count as negative. */
  readonly openQuantity: Decimal;
  /** Money paid for what is still open, fees included, in quote currency, less what open shorts brought in. */
  readonly openCost: Decimal;
}

/** {@link Totals} with canonical decimal text. */
export type TotalsJson = { readonly [K in keyof Totals]: Totals[K] extends Decimal ? string : number };

/** Running sums; grows by trades and allocations, needs none of them afterwards. */
export class Tally {
  buys = 0;
  sells = 0;
  matched = 0;
  unmatched = 0;
  dust = 0;
  fee = 0;
  realizedPnl: Exact = ZERO;
  unmatchedQuantity: Exact = ZERO;
  unmatchedProceeds: Exact = ZERO;

  countEntry(entry: Entry): void {
    if (entry.kind === "buy") this.buys++;
    if (entry.kind === "sell") this.sells++;
  }

  countAllocation(allocation: Allocation): void {
    this[allocation.kind]++;
    if (allocation.kind === "dust" || allocation.kind === "fee") return;
    const { pnl, quantity, netProceeds } = allocation.amounts();
    if (pnl !== null) {
      this.realizedPnl = add(this.realizedPnl, pnl);
      return;
    }
    this.unmatchedQuantity = add(this.unmatchedQuantity, quantity);
    this.unmatchedProceeds = add(this.unmatchedProceeds, netProceeds);
  }

  /** Adds another tally to this one. */
  include(other: Tally): void {
    for (const count of COUNTS) this[count] += other[count];
    for (const sum of SUMS) this[sum] = add(this[sum], other[sum]);
  }
}

export const COUNTS = ["buys", "sells", "matched", "unmatched", "dust", "fee"] as const;
export const SUMS = ["realizedPnl", "unmatchedQuantity", "unmatchedProceeds"] as const;

/** The public totals of all tallies and the lots open at their end. */
export function totalsOf(tallies: Iterable<Tally>, lots: readonly Fill[]): Totals & { toJSON(): TotalsJson } {
  const whole = new Tally();
  for (const tally of tallies) whole.include(tally);
  const open = lots.map((lot) => new OpenLot(lot));
  const sumOf = (field: "quantity" | "cost"): Decimal =>
    decimalOf(open.reduce((sum, lot) => add(sum, lot.amounts()[field], lot.side === "short" ? -1 : 1), ZERO)); // a short is a negative holding
  return {
    trades: whole.buys + whole.sells,
    ...named(COUNTS, (count) => whole[count]),
    ...named(SUMS, (sum) => decimalOf(whole[sum])),
    openLots: lots.length,
    openQuantity: sumOf("quantity"),
    openCost: sumOf("cost"),
    toJSON: totalsJson,
  };
}

/** Canonical text for each `Decimal`; counts as they are. */
function totalsJson(this: Totals): TotalsJson {
  const fields = Object.entries(this).filter(([name]) => name !== "toJSON");
  return Object.fromEntries(
    fields.map(([name, value]: [string, unknown]) => [name, isDecimal(value) ? value.toFixed() : value]),
  ) as TotalsJson;
}
