// The views for the program: the same statements, limited to one user.
import { Decimal } from "decimal.js";
import type { StoredRow } from "../sqlite/connection.ts";
import { numbered } from "./numbered.ts";
import { intOf, optionalText, textOf } from "./stored.ts";
import type { LedgerHealth, SymbolPnl } from "./types.ts";
import { sqliteViews } from "./view-dialect.ts";
import { allocationHealth, pnlBySymbol } from "./views.ts";

/** `v_pnl_by_symbol` of user ?1. */
export const SELECT_PNL = numbered(pnlBySymbol(sqliteViews, "?1"));
/** `v_allocation_health` of user ?1. */
export const SELECT_HEALTH = numbered(allocationHealth(sqliteViews, "?1"));

/** A row of {@link SELECT_PNL}. */
export function pnlOf(row: StoredRow): SymbolPnl {
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

/** A row of {@link SELECT_HEALTH}. */
export function healthOf(row: StoredRow): LedgerHealth {
  return {
    version: intOf(row[1]),
    totalAllocations: intOf(row[2]),
    sellsMatched: intOf(row[3]),
    buysUsed: intOf(row[4]),
    unmatchedSells: intOf(row[5]),
    totalPnl: new Decimal(textOf(row[6])),
    firstAllocation: textOf(row[7]),
    lastAllocation: textOf(row[8]),
  };
}
