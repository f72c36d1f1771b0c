// Allocation rows as the readers of results take them: from `allocate`, from an allocator, or read back from a database.
import type { Decimal } from "decimal.js";
import { Allocation, type AllocationJson, type AllocationKind } from "./allocation.ts";
import { canonicalDecimal } from "./decimal-text.ts";
import { FifoError, shown } from "./errors.ts";
import { groupBy } from "./group-by.ts";

/** A decimal as a caller may hold it. */
export type DecimalLike = string | Decimal;

/** An allocation from anywhere: an {@link Allocation}, its JSON, or a row of a database with the same field names. */
export interface AllocationLike {
  /** Matched, unmatched, dust or a fee. */
  readonly kind: AllocationKind;
  /** The market. */
  readonly symbol: string;
  /** The account; default the empty text. */
  readonly account?: string;
  /** The id of the sell. */
  readonly sellId: string;
  /** The id of the buy; null when no lot covers the part. */
  readonly buyId: string | null;
  /** 0 for the first part of a sell, then 1, 2, ... */
  readonly part: number;
  /** Default false. */
  readonly short?: boolean;
  /** Why no lot covers it; default null. */
  readonly reason?: string | null;
  /** Units, base asset. */
  readonly quantity: DecimalLike;
  /** Cost, quote currency; null without a lot. */
  readonly costBasis: DecimalLike | null;
  /** What the units brought in, quote currency. */
  readonly proceeds: DecimalLike;
  /** `proceeds` less `sellFee`. */
  readonly netProceeds: DecimalLike;
  /** `netProceeds` less `costBasis`; null without a lot. */
  readonly pnl: DecimalLike | null;
  /** Share of the buy's fee, quote currency; null without a lot. */
  readonly buyFee: DecimalLike | null;
  /** Share of the sell's fee, quote currency. */
  readonly sellFee: DecimalLike;
  /** Price per unit of the buy; null without a lot. */
  readonly buyPrice: DecimalLike | null;
  /** Price per unit of the sell. */
  readonly sellPrice: DecimalLike;
  /** Instant of the sell. */
  readonly sellTime: string;
  /** Instant of the buy; null without a lot. */
  readonly buyTime: string | null;
}

/** The row as canonical JSON, whatever it came as. Throws `invalid-trade` where an amount is no decimal. */
export function rowOf(row: AllocationLike): AllocationJson {
  if (row instanceof Allocation) return row.toJSON();
  const text = (field: string, value: DecimalLike): string => canonicalText(row.sellId, field, value);
  const optional = (field: string, value: DecimalLike | null): string | null => (value === null ? null : text(field, value));
  return {
    kind: row.kind,
    symbol: row.symbol,
    account: row.account ?? "",
    sellId: row.sellId,
    buyId: row.buyId,
    part: row.part,
    short: row.short ?? false,
    reason: row.reason ?? null,
    quantity: text("quantity", row.quantity),
    costBasis: optional("costBasis", row.costBasis),
    proceeds: text("proceeds", row.proceeds),
    netProceeds: text("netProceeds", row.netProceeds),
    pnl: optional("pnl", row.pnl),
    buyFee: optional("buyFee", row.buyFee),
    sellFee: text("sellFee", row.sellFee),
    buyPrice: optional("buyPrice", row.buyPrice),
    sellPrice: text("sellPrice", row.sellPrice),
    sellTime: row.sellTime,
    buyTime: row.buyTime,
  };
}

/** The rows of each sell, in the order they come. */
export function rowsBySell(rows: Iterable<AllocationLike>): Map<string, AllocationJson[]> {
  return groupBy(Array.from(rows, rowOf), (row) => row.sellId);
}

function canonicalText(sellId: string, field: string, value: DecimalLike): string {
  const canonical = canonicalDecimal(value);
  if (typeof canonical !== "string") return canonical.text;
  throw new FifoError(
    "invalid-trade",
    `The allocation row of sell ${shown(sellId)} has ${field} ${shown(value)} (${canonical}); give a decimal.`,
    {
      tradeId: sellId,
      field,
      reason: canonical,
    },
  );
}
