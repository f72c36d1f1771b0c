import type { Allocation } from "./allocation.ts";
import { Book } from "./book.ts";
import { FifoError, shown } from "./errors.ts";
import { parseFill, type Fill } from "./fill.ts";
import { dustFor, rulesOf, type FifoOptions, type Rules } from "./options.ts";
import { compareText, sortFills } from "./order.ts";
import { FifoResult, type SymbolRun } from "./result.ts";
import type { TradeInput } from "./trade.ts";

/**
 * Allocates every sell to the lots it takes from, in the one total order of trades, whatever order they arrive in.
 *
 * The trades are read once and not changed. Throws a `FifoError` for the first trade that is not valid and for an id that is there twice;
 * a sell beyond its lots is no error but an unmatched row.
 */
export function allocate(trades: Iterable<TradeInput>, options?: FifoOptions): FifoResult {
  const rules = rulesOf(options);
  const bySymbol = groupBySymbol(trades, rules);
  const allocations: Allocation[] = [];
  const runs = [...bySymbol.keys()].sort(compareText).map((symbol) => runSymbol(symbol, bySymbol.get(symbol) ?? [], rules, allocations));
  return new FifoResult(rules, allocations, runs);
}

function groupBySymbol(trades: Iterable<TradeInput>, rules: Rules): Map<string, Fill[]> {
  const bySymbol = new Map<string, Fill[]>();
  const ids = new Set<string>();
  const feesExcluded = rules.fees === "excluded";
  let count = 0;
  for (const trade of trades) {
    const fill = parseFill(trade, feesExcluded);
    if (ids.add(fill.id).size === count++) throw duplicate(fill);
    const fills = bySymbol.get(fill.symbol);
    if (fills === undefined) bySymbol.set(fill.symbol, [fill]);
    else fills.push(fill);
  }
  return bySymbol;
}

function duplicate(fill: Fill): FifoError {
  return new FifoError("duplicate-id", `Trade ${shown(fill.id)} is there twice; give each execution once, under the exchange's own id for it.`, {
    tradeId: fill.id,
    symbol: fill.symbol,
  });
}

function runSymbol(symbol: string, fills: Fill[], rules: Rules, out: Allocation[]): SymbolRun {
  sortFills(fills);
  const books = new Map<string, Book>();
  const dust = dustFor(rules, symbol);
  const from = out.length;
  let buys = 0;
  for (const fill of fills) {
    const key = rules.scope === "account" ? fill.account : "";
    let book = books.get(key);
    if (book === undefined) books.set(key, (book = new Book(dust)));
    book.push(fill, out);
    if (fill.isBuy) buys++;
  }
  const lots = [...books.values()].flatMap((book) => book.openLots());
  if (books.size > 1) lots.sort((a, b) => compareText(a.account, b.account)); // stable: by account, then oldest first
  return { symbol, buys, sells: fills.length - buys, from, to: out.length, lots };
}
