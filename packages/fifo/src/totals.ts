import { Decimal } from "decimal.js";
import type { Allocation } from "./allocation.ts";
import { feePart, grossPart } from "./amounts.ts";
import { writeDecimal } from "./decimal-text.ts";
import { add, ZERO, type Exact } from "./exact.ts";
import type { Fill } from "./fill.ts";
import { minus } from "./units.ts";

/** Sums over one symbol or over a whole result. Quantities of different symbols added up are a checksum, not a holding. */
export interface Totals {
  readonly trades: number;
  readonly buys: number;
  readonly sells: number;
  /** Rows, not quantities. */
  readonly matched: number;
  readonly unmatched: number;
  readonly dust: number;
  /** Over matched rows only, in quote currency. */
  readonly realizedPnl: Decimal;
  readonly unmatchedQuantity: Decimal;
  /** Net proceeds of the unmatched rows, beside the realised profit and never part of it. */
  readonly unmatchedProceeds: Decimal;
  readonly openLots: number;
  readonly openQuantity: Decimal;
  /** Money paid for what is still open, fees included, in quote currency. */
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
  realizedPnl: Exact = ZERO;
  unmatchedQuantity: Exact = ZERO;
  unmatchedProceeds: Exact = ZERO;

  countFill(isBuy: boolean): void {
    if (isBuy) this.buys++;
    else this.sells++;
  }

  countAllocation(allocation: Allocation): void {
    this[allocation.kind]++;
    if (allocation.kind === "dust") return;
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
    this.buys += other.buys;
    this.sells += other.sells;
    this.matched += other.matched;
    this.unmatched += other.unmatched;
    this.dust += other.dust;
    this.realizedPnl = add(this.realizedPnl, other.realizedPnl);
    this.unmatchedQuantity = add(this.unmatchedQuantity, other.unmatchedQuantity);
    this.unmatchedProceeds = add(this.unmatchedProceeds, other.unmatchedProceeds);
  }
}

/** The public totals of a tally and the lots open at its end. */
export function totalsOf(tally: Tally, lots: readonly Fill[]): Totals & { toJSON(): TotalsJson } {
  const openQuantity = lots.reduce((sum, lot) => add(sum, { units: BigInt(minus(lot.size, lot.used)), scale: lot.scale }), ZERO);
  const openCost = lots.reduce((sum, lot) => add(sum, add(grossPart(lot, lot.used, lot.size), feePart(lot, lot.used, lot.size))), ZERO);
  return {
    trades: tally.buys + tally.sells,
    buys: tally.buys,
    sells: tally.sells,
    matched: tally.matched,
    unmatched: tally.unmatched,
    dust: tally.dust,
    realizedPnl: decimal(tally.realizedPnl),
    unmatchedQuantity: decimal(tally.unmatchedQuantity),
    unmatchedProceeds: decimal(tally.unmatchedProceeds),
    openLots: lots.length,
    openQuantity: decimal(openQuantity),
    openCost: decimal(openCost),
    toJSON(): TotalsJson {
      return {
        trades: this.trades,
        buys: this.buys,
        sells: this.sells,
        matched: this.matched,
        unmatched: this.unmatched,
        dust: this.dust,
        realizedPnl: this.realizedPnl.toFixed(),
        unmatchedQuantity: this.unmatchedQuantity.toFixed(),
        unmatchedProceeds: this.unmatchedProceeds.toFixed(),
        openLots: this.openLots,
        openQuantity: this.openQuantity.toFixed(),
        openCost: this.openCost.toFixed(),
      };
    },
  };
}

function decimal(value: Exact): Decimal {
  return new Decimal(writeDecimal(value.units, value.scale));
}
