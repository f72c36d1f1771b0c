// What is stored of one symbol's version as counts and sums.
import type { RowFacts, StoredSums } from "./balance.ts";
import { first } from "./ledger-access.ts";
import type { LedgerReader } from "./ledger-access.ts";
import { query } from "./query.ts";
import { intOf, optionalText, textOf } from "./stored.ts";

/** The counts and sums of a symbol's version. */
export interface SymbolFacts extends RowFacts, StoredSums {
  /** The version. */
  readonly version: number;
  /** The base version of its rows. */
  readonly base: number;
  /** How many rows it has. */
  readonly allocations: number;
}

const FACTS = query(
  `select allocation_version, base_version, allocations, matched, unmatched, dust, sells_matched, buys_used, open_lots, matched_size, realized_pnl,
    unmatched_size, unmatched_proceeds, open_size, open_cost, first_sell, last_sell
  from fifo_symbol_versions where user_id = ?1 and symbol = ?2 and allocation_version = ?3`,
  ["text", "text", "int"],
  [
    ...(["int", "int", "int", "int", "int", "int", "int", "int", "int"] as const),
    ...(["total", "total", "total", "total", "total", "total", "instant", "instant"] as const),
  ],
);

/** The stored facts of a version, or `undefined` when it did not compute the symbol. */
export async function symbolFacts(db: LedgerReader, userId: string, symbol: string, version: number): Promise<SymbolFacts | undefined> {
  const row = await first(db, FACTS, [userId, symbol, version]);
  if (row === undefined) return undefined;
  const [own, base, allocations, matched, unmatched, dust, sellsMatched, buysUsed, openLots] = row.map(intOf);
  const [matchedSize, realizedPnl, unmatchedQuantity, unmatchedProceeds, openQuantity, openCost] = row.slice(9, 15).map(textOf);
  return {
    version: own ?? 0,
    base: base ?? 0,
    allocations: allocations ?? 0,
    matched: matched ?? 0,
    unmatched: unmatched ?? 0,
    dust: dust ?? 0,
    sellsMatched: sellsMatched ?? 0,
    buysUsed: buysUsed ?? 0,
    openLots: openLots ?? 0,
    matchedSize: matchedSize ?? "0",
    realizedPnl: realizedPnl ?? "0",
    unmatchedQuantity: unmatchedQuantity ?? "0",
    unmatchedProceeds: unmatchedProceeds ?? "0",
    openQuantity: openQuantity ?? "0",
    openCost: openCost ?? "0",
    firstSell: optionalText(row[15]),
    lastSell: optionalText(row[16]),
  };
}
