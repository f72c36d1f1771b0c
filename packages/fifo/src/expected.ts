// The second computation. It shares no step with the engine: where that moves a head through a queue, this lays buys and sells on one axis of
// cumulated quantity and cuts the overlaps, and it computes every amount from its definition with integers.
import type { AllocationJson } from "./allocation.ts";
import { canonicalDecimal, readDecimal, writeDecimal } from "./decimal-text.ts";
import type { OpenLotJson } from "./open-lot.ts";
import { readInstant, writeInstant } from "./instant.ts";
import type { Rules } from "./options.ts";
import { compareIds, compareText } from "./order.ts";
import { currencies } from "./fill.ts";
import type { TradeInput } from "./trade.ts";

/** One trade as this computation sees it: every amount in units of 10^-scale of its own kind. */
interface Plain {
  readonly input: TradeInput;
  readonly account: string;
  readonly at: number;
  readonly sequence: number;
  readonly quantity: bigint;
  readonly gross: bigint;
  readonly isProduct: boolean;
  readonly fee: bigint;
  readonly price: string;
}

/** Rows and open lots of one symbol as they must be. */
export interface Expected {
  readonly rows: readonly AllocationJson[];
  readonly lots: readonly OpenLotJson[];
}

const SCALE = 120; // one scale for quantities (100 digits at most), and twice that for money: nothing is ever cut by accident
const ONE = 10n ** BigInt(SCALE);
const SHARE_UNIT = 10n ** BigInt(2 * SCALE - 18);

/** Computes one symbol's trades from the definition. The trades are valid: the engine has accepted them. */
export function expectedOf(trades: readonly TradeInput[], rules: Rules): Expected {
  const plain = trades.map((trade) => plainOf(trade, rules)).sort(inOrder);
  const accounts = rules.scope === "account" ? [...new Set(plain.map((trade) => trade.account))].sort(compareText) : [null];
  const symbol = plain[0]?.input.symbol ?? "";
  const dust = scaled(rules.dust === null || typeof rules.dust === "string" ? (rules.dust ?? "0") : (rules.dust[symbol] ?? "0"));
  const parts = accounts.map((account) => queueOf(plain.filter((trade) => account === null || trade.account === account), dust));
  const place = new Map(plain.map((trade, i) => [trade.input.id, i]));
  const rows = parts.flatMap((part) => part.rows).sort((a, b) => (place.get(a.sellId) ?? 0) - (place.get(b.sellId) ?? 0) || a.part - b.part);
  return { rows, lots: parts.flatMap((part) => part.lots) };
}

function queueOf(trades: readonly Plain[], dust: bigint): Expected {
  const buys = trades.filter((trade) => trade.input.side === "buy");
  const ends = cumulated(buys);
  const rows: AllocationJson[] = [];
  let bought = 0n;
  let taken = 0n; // everything left of it is used up
  let lot = 0;
  for (const trade of trades) {
    if (trade.input.side === "buy") {
      bought += trade.quantity;
      continue;
    }
    const end = min(taken + trade.quantity, bought);
    let done = 0n;
    let part = 0;
    while (taken < end) {
      while ((ends[lot] ?? 0n) <= taken) lot++;
      const to = min(end, ends[lot] ?? end);
      rows.push(rowOf("matched", trade, buys[lot] ?? trade, ends[lot] ?? 0n, taken, to, done, part++));
      done += to - taken;
      taken = to;
    }
    const left = (ends[lot] ?? taken) - taken;
    if (done > 0n && left > 0n && left <= dust && (ends[lot] ?? 0n) <= bought && left < (buys[lot]?.quantity ?? 0n)) {
      rows.push(rowOf("dust", trade, buys[lot] ?? trade, ends[lot] ?? 0n, taken, taken + left, done, part++));
      taken += left;
    }
    if (done < trade.quantity) rows.push(uncovered(trade, done, part, dust));
  }
  return { rows, lots: buys.flatMap((buy, i) => openLot(buy, ends[i] ?? 0n, taken)) };
}

function rowOf(kind: "matched" | "dust", sell: Plain, buy: Plain, buyEnd: bigint, from: bigint, to: bigint, done: bigint, part: number): AllocationJson {
  const start = buyEnd - buy.quantity;
  const cost = grossBetween(buy, from - start, to - start);
  const buyFee = feeBetween(buy, from - start, to - start);
  const isDust = kind === "dust";
  const proceeds = isDust ? 0n : grossBetween(sell, done, done + to - from);
  const sellFee = isDust ? 0n : feeBetween(sell, done, done + to - from);
  return {
    ...sellFacts(sell, kind, part),
    buyId: buy.input.id,
    reason: isDust ? "lot remainder at or below the dust threshold" : null,
    quantity: writeDecimal(to - from, SCALE),
    costBasis: money(cost + buyFee),
    proceeds: money(proceeds),
    netProceeds: money(proceeds - sellFee),
    pnl: isDust ? null : money(proceeds - sellFee - cost - buyFee),
    buyFee: money(buyFee),
    sellFee: money(sellFee),
    buyPrice: buy.price,
    buyTime: writeInstant(buy.at),
  };
}

function uncovered(sell: Plain, done: bigint, part: number, dust: bigint): AllocationJson {
  const rest = sell.quantity - done;
  const isDust = rest <= dust;
  const proceeds = grossBetween(sell, done, sell.quantity);
  const sellFee = feeBetween(sell, done, sell.quantity);
  const unmatched = part === 0 ? "no open lot when it was sold" : "more was sold than the open lots held";
  return {
    ...sellFacts(sell, isDust ? "dust" : "unmatched", part),
    buyId: null,
    reason: isDust ? "sell remainder at or below the dust threshold" : unmatched,
    quantity: writeDecimal(rest, SCALE),
    costBasis: null,
    proceeds: money(proceeds),
    netProceeds: money(proceeds - sellFee),
    pnl: null,
    buyFee: null,
    sellFee: money(sellFee),
    buyPrice: null,
    buyTime: null,
  };
}

function sellFacts(sell: Plain, kind: AllocationJson["kind"], part: number): Pick<AllocationJson, "kind" | "symbol" | "account" | "sellId" | "part" | "sellPrice" | "sellTime"> {
  return { kind, symbol: sell.input.symbol, account: sell.account, sellId: sell.input.id, part, sellPrice: sell.price, sellTime: writeInstant(sell.at) };
}

function openLot(buy: Plain, end: bigint, taken: bigint): readonly OpenLotJson[] {
  if (end <= taken) return [];
  const used = max(0n, taken - (end - buy.quantity));
  const cost = grossBetween(buy, used, buy.quantity) + feeBetween(buy, used, buy.quantity);
  return [
    {
      symbol: buy.input.symbol,
      account: buy.account,
      id: buy.input.id,
      quantity: writeDecimal(buy.quantity - used, SCALE),
      original: writeDecimal(buy.quantity, SCALE),
      cost: money(cost),
      executedAt: writeInstant(buy.at),
    },
  ];
}

function grossBetween(trade: Plain, from: bigint, to: bigint): bigint {
  if (trade.isProduct) return scaled(trade.price) * (to - from);
  return cumulative(trade.gross, to, trade.quantity) - cumulative(trade.gross, from, trade.quantity);
}

function feeBetween(trade: Plain, from: bigint, to: bigint): bigint {
  return cumulative(trade.fee, to, trade.quantity) - cumulative(trade.fee, from, trade.quantity);
}

/** F(used): total x used / quantity, cut toward zero at 18 places; F(quantity) is the total. */
function cumulative(total: bigint, used: bigint, quantity: bigint): bigint {
  if (used === quantity) return total;
  const cut = (total * used) / (quantity * SHARE_UNIT);
  return cut * SHARE_UNIT;
}

function plainOf(trade: TradeInput, rules: Rules): Plain {
  const [base, quote] = currencies(trade.symbol);
  const currency = trade.feeCurrency ?? quote ?? null;
  const fee = scaled(trade.fee ?? "0");
  const inBase = trade.feeCurrency !== undefined && trade.feeCurrency !== null && currency === base && currency !== quote;
  const inQuote = trade.feeCurrency === undefined || trade.feeCurrency === null || currency === quote;
  const ordered = scaled(trade.quantity);
  const quantity = inBase ? ordered + (trade.side === "buy" ? -fee : fee) : ordered;
  const product = scaled(trade.price) * ordered;
  const gross = trade.gross === undefined || trade.gross === null ? product : scaled(trade.gross) * ONE;
  const quoteFee = inBase || fee === 0n ? 0n : inQuote ? fee : scaled(trade.feeInQuote ?? "0");
  const price = canonicalDecimal(trade.price);
  const at = readInstant(trade.executedAt);
  return {
    input: trade,
    account: trade.account ?? "",
    at: typeof at === "number" ? at : Number.NaN,
    sequence: trade.sequence ?? -1,
    quantity,
    gross,
    isProduct: gross === product && quantity === ordered,
    fee: rules.fees === "excluded" ? 0n : quoteFee * ONE,
    price: typeof price === "string" ? "0" : price.text,
  };
}

function inOrder(a: Plain, b: Plain): number {
  const sides = Number(a.input.side === "sell") - Number(b.input.side === "sell");
  return a.at - b.at || a.sequence - b.sequence || sides || compareIds(a.input.id, b.input.id);
}

function cumulated(buys: readonly Plain[]): readonly bigint[] {
  let end = 0n;
  return buys.map((buy) => (end += buy.quantity));
}

function scaled(value: TradeInput["quantity"]): bigint {
  const parts = readDecimal(value);
  return typeof parts === "string" ? 0n : parts.units * 10n ** BigInt(SCALE - parts.scale);
}

function money(units: bigint): string {
  return writeDecimal(units, 2 * SCALE);
}

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
