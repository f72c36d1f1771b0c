// The bot's trades against the exchange's fills, one symbol after the other: memory holds one symbol.
import type { TradeInput } from "@td/fifo";
import { reconcile, type ExchangeFill, type ExchangeOrder, type FieldDifference, type Reconciliation } from "@td/fifo/audit";
import type { FillRow, Scope } from "@td/storage";
import { exchangeFills } from "./exchange-fills.ts";
import { beginStep } from "@td/example-shared/progress";
import type { Work } from "./steps.ts";

/** A trade that the exchange does not know. */
export type ExtraTrade = Reconciliation["extra"][number];

/** Both sides compared over all symbols. */
export interface BookReconciliation {
  /** The first instant that is compared; what is older the exchange may have forgotten. */
  readonly from: string;
  readonly counts: Reconciliation["counts"];
  readonly missing: readonly ExchangeOrder[];
  /** The missing buys. */
  readonly backfill: readonly ExchangeOrder[];
  readonly extra: readonly ExtraTrade[];
  readonly different: readonly FieldDifference[];
}

/** Rows per read. */
const CHUNK = 10_000;

/** Compares everything from an instant on. */
export async function reconcileBook({ me, signal, stream }: Work, from: string): Promise<BookReconciliation> {
  const step = beginStep("Comparing with the exchange", "symbols", stream);
  const symbols = await symbolsOf(me);
  const parts: Reconciliation[] = [];
  try {
    for (const symbol of symbols) {
      signal.throwIfAborted();
      parts.push(await reconcileSymbol(me, symbol, from));
      step.update(parts.length / symbols.length, parts.length);
    }
  } finally {
    step.end();
  }
  return {
    from,
    counts: sumCounts(parts.map((part) => part.counts)),
    missing: byTime(parts.flatMap((part) => part.missing)),
    backfill: byTime(parts.flatMap((part) => part.backfill)),
    extra: byTime(parts.flatMap((part) => part.extra)),
    different: parts.flatMap((part) => part.different),
  };
}

async function reconcileSymbol(me: Scope, symbol: string, from: string): Promise<Reconciliation> {
  const exchange = await exchangeSide(me, symbol);
  const local = await localSide(me, symbol, from, new Set(exchange.map((fill) => fill.orderId)));
  const { counts, ...rest } = reconcile(local, exchange, { retention: { from } });
  const older = await me.fills.count({ symbol, executedAt: { lt: from } });
  const olderButCompared = local.filter(({ executedAt }) => executedAt < from).length;
  return { ...rest, counts: { ...counts, outsideLocal: older - olderButCompared } };
}

/** Only what is compared is kept in memory, and as text. */
async function exchangeSide(me: Scope, symbol: string): Promise<readonly ExchangeFill[]> {
  const fills: ExchangeFill[] = [];
  for await (const rows of me.table(exchangeFills).stream({ where: { symbol }, orderBy: "by_symbol", chunk: CHUNK })) {
    for (const { fillId, orderId, side, quantity, price, fee, executedAt } of rows) {
      fills.push({ fillId, orderId, symbol, side, quantity: quantity.toFixed(), price: price.toFixed(), fee: fee.toFixed(), executedAt });
    }
  }
  return fills;
}

/** The trades inside the window, and older ones that the exchange still has. */
async function localSide(me: Scope, symbol: string, from: string, orders: Set<string>): Promise<readonly LocalTrade[]> {
  const trades: LocalTrade[] = [];
  for await (const rows of me.fills.stream({ where: { symbol, executedAt: { gte: from } }, orderBy: "by_symbol_time", chunk: CHUNK })) {
    for (const row of rows) {
      const trade = tradeOf(row);
      orders.delete(trade.id);
      trades.push(trade);
    }
  }
  for (const id of orders) {
    const row = await me.fills.get({ id });
    if (row !== null) trades.push(tradeOf(row));
  }
  return trades;
}

type LocalTrade = TradeInput & { readonly executedAt: string };

/** The bot wrote some orders under their id with an ending of its own, when a message had come twice or not at all: it is the same order. */
function orderOf(id: string): string {
  return id.replace(/-FALLBACK\d*$/, "");
}

function tradeOf({ id, symbol, side, quantity, price, gross, fee, feeInQuote, executedAt }: FillRow): LocalTrade {
  const exact = { quantity: quantity.toFixed(), price: price.toFixed(), fee: fee.toFixed() };
  return {
    id: orderOf(id),
    symbol,
    side,
    ...exact,
    gross: gross?.toFixed() ?? null,
    feeInQuote: feeInQuote?.toFixed() ?? null,
    executedAt,
  };
}

/** Every symbol of either side. */
async function symbolsOf(me: Scope): Promise<readonly string[]> {
  const ours = await distinct((after) => me.fills.page({ where: { symbol: { gt: after } }, orderBy: "by_symbol_time", limit: 1 }));
  const theirs = await distinct((after) =>
    me.table(exchangeFills).page({ where: { symbol: { gt: after } }, orderBy: "by_symbol", limit: 1 }),
  );
  return [...new Set([...ours, ...theirs])].toSorted((a, b) => (a < b ? -1 : 1));
}

/** Jumps from symbol to symbol through the index. */
async function distinct(
  next: (after: string) => Promise<{ readonly rows: readonly { readonly symbol: string }[] }>,
): Promise<readonly string[]> {
  const symbols: string[] = [];
  for (let row = (await next("")).rows[0]; row !== undefined; row = (await next(row.symbol)).rows[0]) symbols.push(row.symbol);
  return symbols;
}

function byTime<T extends { readonly executedAt: string }>(items: readonly T[]): readonly T[] {
  return items.toSorted((a, b) => (a.executedAt < b.executedAt ? -1 : a.executedAt > b.executedAt ? 1 : 0));
}

function sumCounts(all: readonly Reconciliation["counts"][]): Reconciliation["counts"] {
  const sum = (name: keyof Reconciliation["counts"]) => all.reduce((total, counts) => total + counts[name], 0);
  return {
    exchangeFills: sum("exchangeFills"),
    duplicateFills: sum("duplicateFills"),
    exchangeOrders: sum("exchangeOrders"),
    localTrades: sum("localTrades"),
    equal: sum("equal"),
    different: sum("different"),
    partial: sum("partial"),
    outsideLocal: sum("outsideLocal"),
    outsideExchange: sum("outsideExchange"),
  };
}
