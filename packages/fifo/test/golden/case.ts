// The form of a worked case: what a public source publishes about lots, retyped as data. `check.ts` compares it with a result.
import type { FifoOptions } from "../../src/index.ts";

/** Where a case was published. */
export interface GoldenSource {
  readonly title: string;
  readonly publisher: string;
  /** A public address, or `owner/repo path` of a public repository. */
  readonly address: string;
}

interface TradeFacts {
  readonly id: string;
  /** `2020-01-31` (midnight UTC is entered) or a full instant with offset. */
  readonly at: string;
  /** Per unit. Where the source states only a total, 0 is entered here and the total as `gross`. */
  readonly price?: string;
  readonly gross?: string;
  readonly fee?: string;
  readonly feeCurrency?: string;
  readonly account?: string;
}

/** A purchase or a sale of so many units. */
export type GoldenTrade = TradeFacts & ({ readonly buy: string; readonly sell?: never } | { readonly sell: string; readonly buy?: never });

/** What a sell took from one lot; `buy: null` for what no lot covers. Only figures that are given are compared. */
export interface GoldenPart {
  readonly buy: string | null;
  readonly quantity: string;
  /** Default `"matched"` with a lot, `"unmatched"` without. */
  readonly kind?: "dust";
  readonly cost?: string;
  readonly gain?: string;
}

/** One sell and every part of it, in order. Cost and gain count the matched parts, net proceeds the whole sell. */
export interface GoldenSell {
  readonly id: string;
  readonly parts: readonly GoldenPart[];
  readonly cost?: string;
  readonly proceeds?: string;
  readonly gain?: string;
}

/** A lot that is still open. */
export interface GoldenLot {
  readonly id: string;
  readonly quantity: string;
  readonly cost?: string;
  readonly account?: string;
}

/** Sums that the source states for the whole case. */
export interface GoldenTotals {
  readonly cost?: string;
  readonly proceeds?: string;
  readonly gain?: string;
  readonly openCost?: string;
  readonly openQuantity?: string;
}

/** A split, or a move between two accounts. */
export type GoldenEvent =
  | { readonly type: "split"; readonly id: string; readonly at: string; readonly ratio: string }
  | {
      readonly type: "transfer";
      readonly id: string;
      readonly at: string;
      readonly from: string;
      readonly to: string;
      readonly quantity: string;
      readonly fee?: string;
    };

/** A worked case. */
export interface GoldenCase {
  /** What the case shows, as a test title. */
  readonly name: string;
  readonly source: GoldenSource;
  /** What was entered because the source states nothing (a time, a price), and where td sees it otherwise. */
  readonly entered: string;
  /** Default `ABC-USD`. */
  readonly symbol?: string;
  /** Default: none, plain FIFO. */
  readonly options?: FifoOptions;
  /** The source rounds its figures half-up to so many decimal places: then both sides are compared there, else exactly. */
  readonly places?: number;
  readonly entries: readonly (GoldenTrade | GoldenEvent)[];
  /** Every sell, in order. */
  readonly sells: readonly GoldenSell[];
  /** What the fee of each transfer took from lots; default none. */
  readonly fees?: readonly GoldenSell[];
  /** Every open lot at the end: by account, then oldest first. */
  readonly open: readonly GoldenLot[];
  readonly totals?: GoldenTotals;
}
