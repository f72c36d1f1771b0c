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
  readonly kind: AllocationKind;
  readonly symbol: string;
  readonly account?: string;
  readonly sellId: string;
  readonly buyId: string | null;
  readonly part: number;
  /** Default false. */
  readonly short?: boolean;
  readonly reason?: string | null;
  readonly quantity: DecimalLike;
  readonly costBasis: DecimalLike | null;
  readonly proceeds: DecimalLike;
  readonly netProceeds: DecimalLike;
  readonly pnl: DecimalLike | null;
  readonly buyFee: DecimalLike | null;
  readonly sellFee: DecimalLike;
  readonly buyPrice: DecimalLike | null;
  readonly sellPrice: DecimalLike;
  readonly sellTime: string;
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
