// The fills of one symbol in FIFO's total order, read in chunks by key: no snapshot of the database is held open meanwhile.
import { sortTrades } from "@td/fifo";
import type { TradeInput } from "@td/fifo";
import { collect } from "./collect.ts";
import type { LedgerAccess } from "./ledger-access.ts";
import { query } from "./query.ts";
import type { Cells } from "./query.ts";
import { optionalText, textOf } from "./stored.ts";

/** Fills per query. Memory holds one chunk, and all fills of one instant. */
const CHUNK = 2000;

const selection = (
  after: string,
) => `select id, account, side, quantity, price, gross, fee, fee_currency, fee_in_quote, executed_at, sequence
  from fills where user_id = ?1 and symbol = ?2 and ingest_seq <= ?3${after} order by executed_at, id limit ${CHUNK}`;
const COLUMNS = ["text", "text", "text", "size", "size", "money", "size", "text", "size", "instant", "int"] as const;
const ADDED = " and ingest_seq > ?4 and executed_at >= ?5";
const BEGIN = query(selection(""), ["text", "text", "int"], COLUMNS);
const GO_ON = query(selection(" and (executed_at, id) > (?4, ?5)"), ["text", "text", "int", "instant", "text"], COLUMNS);

const BEGIN_ADDED = query(selection(ADDED), ["text", "text", "int", "int", "instant"], COLUMNS);
const GO_ON_ADDED = query(
  selection(`${ADDED} and (executed_at, id) > (?6, ?7)`),
  ["text", "text", "int", "int", "instant", "instant", "text"],
  COLUMNS,
);

/** Which fills were added to a symbol: those beyond an ingest sequence, none of them before an instant. */
export interface Added {
  /** The highest ingest sequence that was there before. */
  readonly afterSeq: number;
  /** The earliest instant that they may have. */
  readonly from: string;
}

/**
 * Arrays of fills, each after the one before it in the total order. Fills that arrived or changed after `throughSeq` are left out:
 * a later run reads them. With `added` only those are read.
 */
export async function* fillsInOrder(
  access: LedgerAccess,
  symbol: string,
  throughSeq: number,
  added?: Added,
): AsyncGenerator<readonly TradeInput[]> {
  const [begin, goOn, only] = added === undefined ? [BEGIN, GO_ON, []] : [BEGIN_ADDED, GO_ON_ADDED, [added.afterSeq, added.from]];
  let held: TradeInput[] = [];
  let after: readonly string[] = [];
  for (;;) {
    const rows = await access.all(after.length === 0 ? begin : goOn, [access.userId, symbol, throughSeq, ...only, ...after]);
    for (const row of rows) held.push(tradeOf(symbol, row));
    const last = rows.at(-1);
    if (last === undefined || rows.length < CHUNK) break;
    after = [textOf(last[9]), textOf(last[0])];
    const cut = lastInstantFrom(held);
    yield inTotalOrder(held.slice(0, cut));
    held = cut === 0 ? held : held.slice(cut);
  }
  yield inTotalOrder(held);
}

/** All fills of one symbol in the total order. */
export function allFillsInOrder(access: LedgerAccess, symbol: string, throughSeq: number): Promise<readonly TradeInput[]> {
  return collect(fillsInOrder(access, symbol, throughSeq));
}

function tradeOf(symbol: string, row: Cells): TradeInput {
  return {
    id: textOf(row[0]),
    symbol,
    account: textOf(row[1]),
    side: row[2] === "buy" ? "buy" : "sell",
    quantity: textOf(row[3]),
    price: textOf(row[4]),
    gross: optionalText(row[5]),
    fee: optionalText(row[6]),
    feeCurrency: optionalText(row[7]),
    feeInQuote: optionalText(row[8]),
    executedAt: textOf(row[9]),
    sequence: row[10] === null || row[10] === undefined ? null : Number(row[10]),
  };
}

/** Where the fills of the last instant begin: more of them may stand in the next chunk. */
function lastInstantFrom(trades: readonly TradeInput[]): number {
  const last = trades.at(-1)?.executedAt;
  if (trades[0]?.executedAt === last) return 0;
  let from = trades.length - 1;
  while (trades[from - 1]?.executedAt === last) from--;
  return from;
}

/** Sorts within each instant; the instants are in order already. */
function inTotalOrder(trades: readonly TradeInput[]): readonly TradeInput[] {
  const sorted: TradeInput[] = [];
  for (let from = 0; from < trades.length;) {
    let to = from + 1;
    while (to < trades.length && trades[to]?.executedAt === trades[from]?.executedAt) to++;
    for (const trade of to - from === 1 ? trades.slice(from, to) : sortTrades(trades.slice(from, to))) sorted.push(trade);
    from = to;
  }
  return sorted;
}
