// Books as a reader would write them down, and results as a reader would: the tests' common language.
import type { Allocation, FifoOptions, OpenLot, TradeInput } from "../src/index.ts";
import { allocate } from "../src/index.ts";

/** The instant `minute` minutes after the tests' epoch. */
export function minuteAt(minute: number): string {
  return new Date(Date.UTC(2025, 2, 1, 10, minute)).toISOString();
}

/**
 * One trade a line, `id side quantity @ price` and then `key=value` for the rest: `s1 sell 4 @ 3 fee=0.1 seq=2`.
 * A trade is one minute after the line before, unless `at=` says which minute it is. The symbol is `BTC-USD` unless `symbol=` says.
 */
export function book(text: string): TradeInput[] {
  return text.trim().split("\n").map(tradeOf);
}

function tradeOf(line: string, minute: number): TradeInput {
  const [id = "", side, quantity = "", , price = "", ...facts] = line.trim().split(/\s+/);
  const given: Record<string, string> = Object.fromEntries(facts.map((fact) => fact.split("=")));
  const { at = String(minute), seq, ...rest } = given;
  const sequence = seq === undefined ? {} : { sequence: Number(seq) };
  const known = { id, symbol: "BTC-USD", side: side === "buy" ? "buy" : "sell", quantity, price } as const;
  return { ...known, executedAt: minuteAt(Number(at)), ...sequence, ...rest };
}

/** `s1 takes 4 of b1: cost 8, net 12, pnl 4`, or for what no lot covers `s1 unmatched 2: net 6`. */
export function rowText(row: Allocation): string {
  const { kind, sellId, buyId, quantity, costBasis, netProceeds, pnl } = row.toJSON();
  if (kind === "matched") return `${sellId} takes ${quantity} of ${buyId}: cost ${costBasis}, net ${netProceeds}, pnl ${pnl}`;
  const lot = buyId === null ? "" : ` of ${buyId}, cost ${costBasis}`;
  return `${sellId} ${kind} ${quantity}${lot}: net ${netProceeds}`;
}

/** `b1 6: cost 12`. */
export function lotText(lot: OpenLot): string {
  return `${lot.id} ${lot.text("quantity")}: cost ${lot.text("cost")}`;
}

/** The rows of a book. */
export function rowsOf(text: string, options?: FifoOptions): string[] {
  return allocate(book(text), options).allocations.map(rowText);
}

/** The open lots of a book. */
export function lotsOf(text: string, options?: FifoOptions): string[] {
  return allocate(book(text), options).openLots.map(lotText);
}
