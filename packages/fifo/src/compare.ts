import { Decimal } from "decimal.js";
import type { AllocationJson } from "./allocation.ts";
import { add, subtract, ZERO, type Exact } from "./exact.ts";
import { compareText } from "./order.ts";
import { rowsBySell, type AllocationLike } from "./row.ts";
import { exactOf } from "./units.ts";
import { decimalOf } from "./write-exact.ts";

/** What a sell took from one lot. */
export interface LotTaken {
  readonly buyId: string;
  readonly quantity: Decimal;
}

/** One sell that two results see differently. */
export interface Difference {
  readonly symbol: string;
  readonly sellId: string;
  /** Realised profit of the sell's matched parts, quote currency. */
  readonly pnlBefore: Decimal;
  readonly pnlAfter: Decimal;
  readonly pnlChange: Decimal;
  /** Quantity that no lot covered, base asset. */
  readonly unmatchedBefore: Decimal;
  readonly unmatchedAfter: Decimal;
  readonly lotsBefore: readonly LotTaken[];
  readonly lotsAfter: readonly LotTaken[];
  /** Buys that serve some sell of the symbol on one side only: what was backfilled or removed, directly or by pushing other lots on. */
  readonly causes: readonly string[];
  toJSON(): DifferenceJson;
}

/** A {@link Difference} as JSON, decimals as canonical text. */
export interface DifferenceJson {
  readonly symbol: string;
  readonly sellId: string;
  readonly pnlBefore: string;
  readonly pnlAfter: string;
  readonly pnlChange: string;
  readonly unmatchedBefore: string;
  readonly unmatchedAfter: string;
  readonly lotsBefore: readonly { readonly buyId: string; readonly quantity: string }[];
  readonly lotsAfter: readonly { readonly buyId: string; readonly quantity: string }[];
  readonly causes: readonly string[];
}

/** Anything with allocations: a `FifoResult`, or `{ allocations }` with rows of a database. */
export interface HasAllocations {
  readonly allocations: Iterable<AllocationLike>;
}

/** Every sell whose allocations differ between two results, by symbol and then sell time: why the profit changed. */
export function compare(before: HasAllocations, after: HasAllocations): readonly Difference[] {
  const left = rowsBySell(before.allocations);
  const right = rowsBySell(after.allocations);
  const causes = causesBySymbol(left, right);
  const sells = [...new Set([...left.keys(), ...right.keys()])];
  const changed = sells.filter((id) => fingerprint(left.get(id)) !== fingerprint(right.get(id)));
  return changed
    .map((id) => ({
      first: (left.get(id) ?? right.get(id))?.[0],
      difference: differenceOf(id, left.get(id) ?? [], right.get(id) ?? [], causes),
    }))
    .sort((a, b) => compareText(a.difference.symbol, b.difference.symbol) || compareText(a.first?.sellTime ?? "", b.first?.sellTime ?? ""))
    .map(({ difference }) => difference);
}

function fingerprint(rows: readonly AllocationJson[] = []): string {
  return rows.map((row) => [row.kind, row.buyId, row.quantity, row.costBasis, row.netProceeds].join("|")).join("\n");
}

type RowsBySell = ReadonlyMap<string, readonly AllocationJson[]>;

function causesBySymbol(left: RowsBySell, right: RowsBySell): ReadonlyMap<string, readonly string[]> {
  const sides = [buysOf(left), buysOf(right)];
  const causes = new Map<string, string[]>();
  for (const [mine, theirs] of [sides, [...sides].reverse()])
    for (const [buyId, symbol] of mine ?? []) {
      if (theirs?.has(buyId) !== false) continue;
      const list = causes.get(symbol);
      if (list === undefined) causes.set(symbol, [buyId]);
      else list.push(buyId);
    }
  return causes;
}

function buysOf(rows: RowsBySell): ReadonlyMap<string, string> {
  const buys = new Map<string, string>();
  for (const list of rows.values()) for (const row of list) if (row.buyId !== null) buys.set(row.buyId, row.symbol);
  return buys;
}

function differenceOf(
  sellId: string,
  before: readonly AllocationJson[],
  after: readonly AllocationJson[],
  causes: ReadonlyMap<string, readonly string[]>,
): Difference {
  const symbol = (before[0] ?? after[0])?.symbol ?? "";
  const pnl = [sum(before, "pnl"), sum(after, "pnl")] as const;
  return {
    symbol,
    sellId,
    pnlBefore: decimalOf(pnl[0]),
    pnlAfter: decimalOf(pnl[1]),
    pnlChange: decimalOf(subtract(pnl[1], pnl[0])),
    unmatchedBefore: decimalOf(
      sum(
        before.filter((row) => row.kind === "unmatched"),
        "quantity",
      ),
    ),
    unmatchedAfter: decimalOf(
      sum(
        after.filter((row) => row.kind === "unmatched"),
        "quantity",
      ),
    ),
    lotsBefore: lotsOf(before),
    lotsAfter: lotsOf(after),
    causes: causes.get(symbol) ?? [],
    toJSON(): DifferenceJson {
      return {
        symbol,
        sellId,
        pnlBefore: this.pnlBefore.toFixed(),
        pnlAfter: this.pnlAfter.toFixed(),
        pnlChange: this.pnlChange.toFixed(),
        unmatchedBefore: this.unmatchedBefore.toFixed(),
        unmatchedAfter: this.unmatchedAfter.toFixed(),
        lotsBefore: this.lotsBefore.map((lot) => ({ buyId: lot.buyId, quantity: lot.quantity.toFixed() })),
        lotsAfter: this.lotsAfter.map((lot) => ({ buyId: lot.buyId, quantity: lot.quantity.toFixed() })),
        causes: this.causes,
      };
    },
  };
}

function sum(rows: readonly AllocationJson[], field: "pnl" | "quantity"): Exact {
  return rows.reduce((total, row) => add(total, exactOf(row[field] ?? "0")), ZERO);
}

function lotsOf(rows: readonly AllocationJson[]): readonly LotTaken[] {
  return rows.flatMap((row) => (row.buyId === null ? [] : [{ buyId: row.buyId, quantity: new Decimal(row.quantity) }]));
}
