// What a run found, as plain values: decimals and instants are canonical text. The text for people and the JSON are made from this.
import type { DifferenceJson, ExchangeOrder, Explanation, FieldDifference } from "@td/fifo/audit";
import type { TradesKind } from "./find-inputs.ts";
import type { BookReconciliation, ExtraTrade } from "./reconcile-book.ts";

/** The whole report. */
export interface Report {
  readonly format: "td-spot-bot/1";
  readonly user: string;
  readonly input: InputReport;
  readonly database: { readonly path: string; readonly commands: readonly string[] };
  /** False when this run found everything done already. */
  readonly changed: boolean;
  /** What stood for the present. */
  readonly asOf: string;
  readonly imports: { readonly trades: ImportSummary; readonly exchange: ImportSummary | null };
  /** Before and after the last backfill (twice the same when there was none), and now. */
  readonly versions: { readonly before: VersionSummary; readonly after: VersionSummary; readonly current: VersionSummary };
  /** One for each version that this run computed, or for the one that it found. */
  readonly validation: readonly ValidationReport[];
  /** `null` without the exchange's fills. */
  readonly reconciliation: ReconciliationReport | null;
  /** `null` when no version changed another. */
  readonly comparison: ComparisonReport | null;
  /** `null` when nothing was ever sold. */
  readonly explanation: Explanation | null;
  readonly pnlBySymbol: readonly SymbolReport[];
  readonly health: readonly HealthReport[];
  readonly reviewQueue: readonly ReviewReport[];
  /** For a made book: whether both versions are exactly its known answer. `null` for a person's own. */
  readonly knownAnswer: { readonly before: boolean; readonly after: boolean } | null;
}

export interface InputReport {
  readonly kind: TradesKind;
  readonly trades: string;
  readonly exchange: string | null;
  /** The book that was made, or `null`. */
  readonly made: { readonly seed: number; readonly scale: number; readonly dirty: boolean } | null;
}

/** `read = written + identical + conflict + rejected`. */
export interface ImportSummary {
  readonly file: string;
  readonly runId: string;
  readonly sha256: string | null;
  readonly read: number;
  readonly written: number;
  readonly identical: number;
  readonly conflict: number;
  readonly rejected: number;
  /** The line at which a stopped import went on. */
  readonly resumedAtLine: number | null;
  readonly byReason: Readonly<Record<string, number>>;
  /** Each line that was not taken, at most 1,000. */
  readonly keptAside: readonly KeptLine[];
}

/** A line that was not taken. */
export interface KeptLine {
  readonly line: number;
  readonly kind: "rejected" | "conflict";
  readonly reason: string;
  /** The field at fault and a note, where there are. */
  readonly detail: string;
}

/** Totals of one version. Quantities of different symbols added up are a checksum. */
export interface VersionTotals {
  readonly allocations: { readonly total: number; readonly matched: number; readonly unmatched: number };
  readonly unmatchedSells: { readonly count: number; readonly quantity: string };
  readonly realizedPnl: string;
  readonly openLots: number;
  readonly openQuantity: string;
  readonly openCost: string;
}

/** One version of the whole ledger. */
export interface VersionSummary extends VersionTotals {
  readonly version: number;
  /** Digest of all allocations: equal ledgers have equal digests anywhere. */
  readonly sha256: string;
  readonly symbols: Readonly<Record<string, VersionTotals>>;
}

/** The second computation, which shares no step with the first. */
export interface ValidationReport {
  /** The version that was current. */
  readonly version: number;
  readonly sound: boolean;
  readonly symbols: number;
  readonly trades: number;
  readonly allocations: number;
  readonly damage: readonly { readonly symbol: string; readonly what: string }[];
}

export interface ReconciliationReport {
  readonly from: string;
  readonly counts: BookReconciliation["counts"];
  /** Found missing in this run; a second run finds none. */
  readonly missing: readonly ExchangeOrder[];
  readonly extra: readonly ExtraTrade[];
  readonly different: readonly FieldDifference[];
  /** Added in this run. */
  readonly added: number;
  readonly refused: readonly { readonly id: string; readonly why: string }[];
  /** Orders that the exchange alone had, added by this run or an earlier one. */
  readonly backfilled: readonly BackfilledOrder[];
}

/** A fill that came from the exchange alone. */
export interface BackfilledOrder {
  readonly id: string;
  readonly symbol: string;
  readonly quantity: string;
  readonly price: string;
  readonly fee: string;
  readonly executedAt: string;
}

export interface ComparisonReport {
  readonly before: number;
  readonly after: number;
  readonly pnlChange: string;
  /** By symbol and sell time. */
  readonly sells: readonly Omit<DifferenceJson, "causes">[];
}

export interface SymbolReport {
  readonly symbol: string;
  readonly version: number;
  readonly sells: number;
  readonly buys: number;
  readonly matchedSize: string;
  readonly realizedPnl: string;
  readonly unmatchedSize: string;
  readonly unmatchedProceeds: string;
  readonly openLots: number;
  readonly openQuantity: string;
  readonly openCost: string;
}

export interface HealthReport {
  readonly version: number;
  readonly allocations: number;
  readonly sellsMatched: number;
  readonly buysUsed: number;
  readonly unmatchedSells: number;
  readonly realizedPnl: string;
}

export interface ReviewReport {
  readonly orderId: string;
  readonly issue: string;
  readonly severity: string;
  readonly status: string;
  readonly description: string;
  readonly resolution: string | null;
}
