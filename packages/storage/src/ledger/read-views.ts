// The views for the program: the same statements, limited to one user.
import { Decimal } from "decimal.js";
import { query } from "./query.ts";
import type { Cells } from "./query.ts";
import { intOf, optionalText, textOf } from "./stored.ts";
import type { LedgerHealth, SymbolPnl } from "./types.ts";
import { allocationHealth, pnlBySymbol } from "./views.ts";

/** `v_pnl_by_symbol` of user ?1. */
export const SELECT_PNL = query(
  (d) => pnlBySymbol(d, "?1"),
  ["text"],
  ["text", "text", "int", "int", "text", "text", "text", "text", "text", "text", "text", "int"],
);
/** `v_allocation_health` of user ?1. */
export const SELECT_HEALTH = query(
  (d) => allocationHealth(d, "?1"),
  ["text"],
  ["text", "int", "int", "int", "int", "int", "text", "text", "text"],
);

/** A row of {@link SELECT_PNL}. */
export function pnlOf(row: Cells): SymbolPnl {
  const average = optionalText(row[6]);
  return {
    symbol: textOf(row[1]),
    numSells: intOf(row[2]),
    numBuys: intOf(row[3]),
    totalSize: new Decimal(textOf(row[4])),
    totalPnl: new Decimal(textOf(row[5])),
    avgPnlPerAllocation: average === null ? null : new Decimal(average),
    firstSell: optionalText(row[7]),
    lastSell: optionalText(row[8]),
    unmatchedSize: new Decimal(textOf(row[9])),
    unmatchedProceeds: new Decimal(textOf(row[10])),
    version: intOf(row[11]),
  };
}

/** A row of {@link SELECT_HEALTH}, with the symbols that wait. */
export function healthOf(row: Cells, refused: readonly string[]): LedgerHealth {
  return {
    version: intOf(row[1]),
    totalAllocations: intOf(row[2]),
    sellsMatched: intOf(row[3]),
    buysUsed: intOf(row[4]),
    unmatchedSells: intOf(row[5]),
    totalPnl: new Decimal(textOf(row[6])),
    firstAllocation: textOf(row[7]),
    lastAllocation: textOf(row[8]),
    refused,
  };
}
