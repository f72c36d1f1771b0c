// The bot's trades against the exchange's fills, one symbol after the other: memory holds one symbol.
import { reconcile, type ExchangeFill, type ExchangeOrder, type FieldDifference, type Reconciliation, type TradeInput } from "@td/fifo";
import type { FillRow, Scope } from "@td/storage";
import { exchangeFills } from "./exchange-fills.ts";
import { beginStep } from "./progress.ts";
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
  const exchange: ExchangeFill[] = [];
  for await (const rows of me.table(exchangeFills).stream({ where: { symbol }, orderBy: "by_symbol", chunk: 5000 })) exchange.push(...rows);
  const orders = new Set(exchange.map((fill) => fill.orderId));
  const local: TradeInput[] = [];
  let older = 0;
  for await (const rows of me.fills.stream({ where: { symbol }, orderBy: "by_symbol_time", chunk: 5000 })) {
    const near = rows.filter((row) => row.executedAt >= from || orders.has(row.id));
    older += rows.length - near.length;
    local.push(...near.map(tradeOf));
  }
  const { counts, ...rest } = reconcile(local, exchange, { retention: { from } });
  return { ...rest, counts: { ...counts, outsideLocal: counts.outsideLocal + older } };
}

function tradeOf({ id, symbol, side, quantity, price, gross, fee, feeInQuote, executedAt }: FillRow): TradeInput {
  return { id, symbol, side, quantity, price, gross, fee, feeInQuote, executedAt };
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
    outsideLocal: sum("outsideLocal"),
    outsideExchange: sum("outsideExchange"),
  };
}
