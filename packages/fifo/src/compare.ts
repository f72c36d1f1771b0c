import { Decimal } from "decimal.js";
import type { AllocationJson } from "./allocation.ts";
import { causeIds, causesBySell, type Book, type Causes, type CauseSide, type OpenLotFacts } from "./change-causes.ts";
import { decimalInput } from "./decimal-text.ts";
import { add, compareExact, subtract, ZERO, type Exact } from "./exact.ts";
import type { Rules } from "./options.ts";
import { compareText } from "./order.ts";
import type { TradeFacts } from "./result.ts";
import { rowsBySell, type AllocationLike, type DecimalLike } from "./row.ts";
import { exactOf } from "./units.ts";
import { decimalOf, writeExact } from "./write-exact.ts";

/** What a sell took from one lot. */
export interface LotTaken {
  /** The id of the buy. */
  readonly buyId: string;
  /** Units taken from it, base asset. */
  readonly quantity: Decimal;
}

/** One sell that two results see differently. */
export interface Difference {
  /** The market. */
  readonly symbol: string;
  /** The id of the sell. */
  readonly sellId: string;
  /** Realised profit of the sell's matched parts, quote currency. */
  readonly pnlBefore: Decimal;
  /** The same in the second result. */
  readonly pnlAfter: Decimal;
  /** `pnlAfter` less `pnlBefore`. */
  readonly pnlChange: Decimal;
  /** Quantity that no lot covered, base asset. */
  readonly unmatchedBefore: Decimal;
  /** The same in the second result. */
  readonly unmatchedAfter: Decimal;
  /** What it took in the first result, in the order it took. */
  readonly lotsBefore: readonly LotTaken[];
  /** What it took in the second. */
  readonly lotsAfter: readonly LotTaken[];
  /**
   * The trades and events that made the difference, oldest first: those that one side lacks, or has at another time or of another quantity, and whose
   * effect had not worn off when this sell was executed (a buy more pushes every later sell on to older lots, until both sides hold the same
   * lots again; a split or a transfer is felt to the end), a buy of another cost among its lots, and the sell itself where its own proceeds
   * differ. Without the histories of both results, splits and transfers are not seen, and a split counts as other buys.
   */
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

/** Anything with allocations: a `FifoResult`, or `{ allocations, openLots }` with rows of a database. */
export interface HasAllocations {
  /** The rows. */
  readonly allocations: Iterable<AllocationLike>;
  /** Needed to tell a buy that is not there from one that no sell has reached: without them and a history, both count as causes. */
  readonly openLots?: Iterable<OpenLotLike>;
  /** The rules it was computed by; default: those of `allocate` without options. */
  readonly rules?: Rules;
  /** The history of a symbol, oldest first. */
  trades?(symbol: string): readonly TradeFacts[];
}

/** An open lot from anywhere. */
export interface OpenLotLike {
  /** The id of the buy; of the sell for a short. */
  readonly id: string;
  /** The market. */
  readonly symbol: string;
  /** Still open. */
  readonly quantity: DecimalLike;
  /** Canonical instant. */
  readonly executedAt: string;
}

/** Every sell whose allocations differ between two results, by symbol and then sell time: why the profit changed. */
export function compare(before: HasAllocations, after: HasAllocations): readonly Difference[] {
  const left = rowsBySell(before.allocations);
  const right = rowsBySell(after.allocations);
  const { causes, books } = causesBySell(sideOf(before, left), sideOf(after, right));
  const sells = [...new Set([...left.keys(), ...right.keys()])];
  const changed = sells.filter((id) => fingerprint(left.get(id)) !== fingerprint(right.get(id)));
  return changed
    .map((id) => ({
      first: (left.get(id) ?? right.get(id))?.[0],
      difference: differenceOf(id, left.get(id) ?? [], right.get(id) ?? [], causes.get(id) ?? null, books),
    }))
    .sort((a, b) => compareText(a.difference.symbol, b.difference.symbol) || compareText(a.first?.sellTime ?? "", b.first?.sellTime ?? ""))
    .map(({ difference }) => difference);
}

function fingerprint(rows: readonly AllocationJson[] = []): string {
  return rows.map((row) => [row.kind, row.buyId, row.quantity, row.costBasis, row.netProceeds].join("|")).join("\n");
}

function sideOf(result: HasAllocations, bySell: ReadonlyMap<string, readonly AllocationJson[]>): CauseSide {
  const trades = result.trades === undefined ? undefined : (symbol: string) => result.trades?.(symbol) ?? [];
  return { bySell, openLots: lotFacts(result), trades, rules: result.rules };
}

function lotFacts({ openLots }: HasAllocations): readonly OpenLotFacts[] | null {
  if (openLots === undefined) return null;
  return Array.from(openLots, ({ id, symbol, quantity, executedAt }) => ({ id, symbol, quantity: decimalInput(quantity), executedAt }));
}

/** What differs in the sell's own rows: lots of another cost for the same units, its own time and its own proceeds. */
function ownCauses(
  sellId: string,
  before: readonly AllocationJson[],
  after: readonly AllocationJson[],
  book: Book | undefined,
): readonly string[] {
  const keyOf = (row: AllocationJson, side: 0 | 1): string => {
    const quantity = book?.taken(row, side)?.quantity;
    return `${quantity === undefined ? row.quantity : writeExact(quantity)}|${row.buyId}`;
  };
  const costs = new Map(before.map((row) => [keyOf(row, 0), row.costBasis]));
  const lots = after.flatMap((row) => {
    const cost = row.buyId === null ? undefined : costs.get(keyOf(row, 1));
    return row.buyId === null || cost === undefined || cost === row.costBasis ? [] : [row.buyId];
  });
  const isMoved = before.length > 0 && after.length > 0 && before[0]?.sellTime !== after[0]?.sellTime;
  return !isMoved && compareExact(sum(before, "netProceeds"), sum(after, "netProceeds")) === 0 ? lots : [...lots, sellId];
}

function differenceOf(
  sellId: string,
  before: readonly AllocationJson[],
  after: readonly AllocationJson[],
  causes: Causes | null,
  books: ReadonlyMap<string, Book>,
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
    get causes(): readonly string[] {
      return [...new Set([...causeIds(causes), ...ownCauses(sellId, before, after, books.get(symbol))])];
    },
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

function sum(rows: readonly AllocationJson[], field: "pnl" | "quantity" | "netProceeds"): Exact {
  return rows.reduce((total, row) => add(total, exactOf(row[field] ?? "0")), ZERO);
}

function lotsOf(rows: readonly AllocationJson[]): readonly LotTaken[] {
  return rows.flatMap((row) => (row.buyId === null ? [] : [{ buyId: row.buyId, quantity: new Decimal(row.quantity) }]));
}
