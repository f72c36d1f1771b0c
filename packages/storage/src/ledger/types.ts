// What callers of the ledger pass and get.
import type { FifoOptions, Method } from "@td/fifo";
import type { Decimal } from "decimal.js";

/**
 * The rules of a ledger: those of @td/fifo that give one row per sell and earlier buy, exact to the last digit. Shorts, money scales and named
 * lots are for `allocate`.
 */
export type LedgerRules = Pick<FifoOptions, "scope" | "fees" | "dust"> & {
  /** Which lot a sell takes from first; default `fifo`. */
  readonly method?: Exclude<Method, "specific">;
};

/** How a ledger is computed. Every field has a default. */
export interface ComputeOptions {
  /** Only these symbols. Default: every symbol that has fills or had a version. */
  readonly symbols?: readonly string[];
  /** The FIFO rules; default those of @td/fifo. Other rules than last time make every symbol count as changed. */
  readonly options?: LedgerRules;
  /** Compute symbols whose fills and rules have not changed, too, and every symbol from its first fill. Default false. */
  readonly force?: boolean;
  /** Who asks: `manual` (default), `scheduled`, `api` or a text of your own; kept in the log. */
  readonly triggeredBy?: string;
  /** Identity of the run in the log; default a random UUID. */
  readonly runId?: string;
  /** Stops the run between two batches: it is logged as failed, leaves nothing, and the signal's reason is thrown. */
  readonly signal?: AbortSignal;
  /** Told after every batch; when it returns a promise the run waits for it. */
  readonly onProgress?: (progress: ComputeProgress) => void | Promise<void>;
  /** Milliseconds to wait for a run of another process that overtook this one, before `superseded`. Default 60,000; 0 does not wait. */
  readonly waitMs?: number;
  /** The clock for the log; default the system's. */
  readonly now?: () => Date;
}

/** Where a run stands. */
export interface ComputeProgress {
  /** `allocating` reads fills and stages rows, `checking` balances what was staged, `switching` comes right before the version becomes current. */
  readonly phase: "allocating" | "checking" | "switching";
  /** The symbol in hand; the last one while switching. */
  readonly symbol: string;
  /** Fills read so far. */
  readonly trades: number;
  /** Fills to read in all. */
  readonly tradesTotal: number;
  /** Allocation rows staged so far. */
  readonly allocations: number;
}

/** Sums in quote currency or units, canonical decimal text. Over several symbols they are checksums: currencies and assets are added up. */
export interface LedgerTotals {
  /** Profit of the matched parts. */
  readonly realizedPnl: string;
  /** Units sold that no lot covers. */
  readonly unmatchedQuantity: string;
  /** Net proceeds of those units, beside the profit and never part of it. */
  readonly unmatchedProceeds: string;
  /** Units still held. */
  readonly openQuantity: string;
  /** Money paid for what is still held, fees included. */
  readonly openCost: string;
}

/** A symbol that could not be computed because of a fill of its own. */
export interface RefusedSymbol {
  /** The market. */
  readonly symbol: string;
  /** Code of the error: one of @td/fifo, or `value-rejected` for an amount that fits no column. */
  readonly code: string;
  /** Its message, which names the fill. */
  readonly message: string;
  /** Its details. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What a run did. Counts and totals cover the symbols that it computed. */
export interface ComputeReport {
  /** `unchanged`: nothing was computed, the ledger stands as it was. */
  readonly status: "completed" | "unchanged";
  /** The run in the log. */
  readonly runId: string;
  /** The version that is current now; 0 when there has never been one. */
  readonly version: number;
  /** The symbols computed, sorted by code units. */
  readonly symbols: readonly string[];
  /** Those of them whose current version was gone on with, since every new fill was later than all that it covers; the rows are the same. */
  readonly extended: readonly string[];
  /**
   * Symbols that were left at their current version because a fill of theirs cannot be computed; the next run tries them again. When no other
   * symbol had to be computed, the error is thrown instead.
   */
  readonly refused: readonly RefusedSymbol[];
  /** Fills read. */
  readonly read: number;
  /** Allocation rows written. */
  readonly written: number;
  /** Fills of those symbols. */
  readonly trades: number;
  /** Buys among them. */
  readonly buys: number;
  /** Sells among them. */
  readonly sells: number;
  /** Allocation rows of those symbols: matched, unmatched and dust. */
  readonly allocations: number;
  /** Rows with a buy. */
  readonly matched: number;
  /** Rows that no lot covers; one per such sell. */
  readonly unmatched: number;
  /** Rows at or below the dust threshold. */
  readonly dust: number;
  /** Lots that are still open. */
  readonly openLots: number;
  /** Sums. */
  readonly totals: LedgerTotals;
  /** Unmatched and dust rows by reason. */
  readonly byReason: Readonly<Record<string, number>>;
  /** What became of the review queue. */
  readonly review: ReviewChanges;
  /** Milliseconds by the clock given in `now`. */
  readonly durationMs: number;
}

/** What one switch did to the review queue. */
export interface ReviewChanges {
  /** Items that are new. */
  readonly opened: number;
  /** Items that had been resolved and were found again. */
  readonly reopened: number;
  /** Items that were open and are not found any more. */
  readonly closed: number;
}

/** The current version of one symbol. */
export interface CurrentVersion {
  /** The market. */
  readonly symbol: string;
  /** The version that readers see. */
  readonly version: number;
  /** The highest ingest sequence that it covers. */
  readonly throughSeq: number;
  /** What it was computed from. */
  readonly fingerprint: string;
  /** When it became current. */
  readonly switchedAt: string;
}

/** Which allocations or lots are read. */
export interface LedgerSelection {
  /** The ledger as it stood after this version; default the current one. Throws `not-found` for a version that never became current. */
  readonly version?: number;
  /** Only this symbol. */
  readonly symbol?: string;
}

/** Realised profit of one symbol in its current version: a row of `v_pnl_by_symbol`. */
export interface SymbolPnl {
  /** The market. */
  readonly symbol: string;
  /** Sells with a matched part. */
  readonly numSells: number;
  /** Buys that matched parts took from. */
  readonly numBuys: number;
  /** Units matched. */
  readonly totalSize: Decimal;
  /** Profit of the matched parts. */
  readonly totalPnl: Decimal;
  /** `totalPnl` over the matched rows, to 18 places, half-even; null when there are none. */
  readonly avgPnlPerAllocation: Decimal | null;
  /** The first matched sell; null when there is none. */
  readonly firstSell: string | null;
  /** The last matched sell; null when there is none. */
  readonly lastSell: string | null;
  /** Units sold that no lot covers. */
  readonly unmatchedSize: Decimal;
  /** Net proceeds of those units. */
  readonly unmatchedProceeds: Decimal;
  /** The version that is current for the symbol. */
  readonly version: number;
}

/** The whole ledger as it stood after one version: a row of `v_allocation_health`. */
export interface LedgerHealth {
  /** The version. */
  readonly version: number;
  /** Allocation rows of every kind. */
  readonly totalAllocations: number;
  /** Sells with a matched part. */
  readonly sellsMatched: number;
  /** Buys that matched parts took from. */
  readonly buysUsed: number;
  /** Sells with an unmatched part. */
  readonly unmatchedSells: number;
  /** Profit of the matched parts. */
  readonly totalPnl: Decimal;
  /** When the oldest of its symbol versions became current. */
  readonly firstAllocation: string;
  /** When the newest of its symbol versions became current. */
  readonly lastAllocation: string;
  /**
   * Of the newest version: the symbols, sorted, that a run had to leave as they were, because of a new or changed fill that cannot be computed; until they
   * are computed, or the fill is gone. The log has the reason. Empty for older versions.
   */
  readonly refused: readonly string[];
}
