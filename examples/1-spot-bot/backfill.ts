// The buys that only the exchange has become fills of their own, together with a note of the version that lacked them.
import { multiplyText } from "./exact.ts";
import type { ExchangeOrder } from "@td/fifo/audit";
import { c, defineTable, type FillInput, type Scope } from "@td/storage";

/** Which version was current when missing buys were added: it and the next one are what a comparison is about. */
export const exchangeBackfills = defineTable(
  "exchange_backfills",
  {
    userId: c.text(),
    /** The version without the buys. */
    version: c.int(),
    /** How many orders were added. */
    orders: c.int(),
  },
  { primaryKey: ["userId", "version"] },
);

/** What became of the missing buys. */
export interface Backfilled {
  readonly added: number;
  /** Orders that could not be added, and why. */
  readonly refused: readonly { readonly id: string; readonly why: string }[];
}

/** Adds the orders and the note in one transaction. */
export async function backfill(me: Scope, orders: readonly ExchangeOrder[], version: number): Promise<Backfilled> {
  if (orders.length === 0) return { added: 0, refused: [] };
  return await me.transaction(async (tx) => {
    const { written, conflicts, rejected } = await tx.fills.importMany(orders.map(fillOf));
    if (written > 0) await tx.table(exchangeBackfills).importMany([{ version, orders: written }]);
    const taken = conflicts.map(({ row }) => ({ id: row.id, why: "another trade has its id" }));
    const unfit = rejected.map(({ row, issues }) => ({
      id: row.id,
      why: issues.map(({ column, issue }) => `${column ?? "row"}: ${issue}`).join(", "),
    }));
    return { added: written, refused: [...taken, ...unfit] };
  });
}

/** The note about the last backfill; `null` when there was none. */
export async function lastBackfill(me: Scope): Promise<{ readonly version: number; readonly orders: number } | null> {
  const { rows } = await me.table(exchangeBackfills).page({ direction: "desc", limit: 1 });
  return rows[0] ?? null;
}

/** The average price says all when it is exact; only where it is not does the total stand beside it. */
function fillOf(order: ExchangeOrder): FillInput {
  const { id, symbol, side, quantity, price, gross, fee, executedAt, fills } = order;
  const total = multiplyText(price, quantity) === gross ? null : gross;
  return {
    id,
    symbol,
    side,
    quantity,
    price,
    gross: total,
    fee,
    executedAt,
    source: "exchange-backfill",
    attributes: { fills: String(fills) },
  };
}
