// The second computation: the rules written down as plainly as they read, one trade at a time over a list of lots, every amount from its definition
// on integers of one scale. It takes no shortcut and shares no step of the computation with the engine: no book, no queue, no fill, no order, no
// share. What the two have in common is the reading and writing of decimals and instants, which tests of their own hold to the grammar.
import type { AllocationJson } from "./allocation.ts";
import { canonicalDecimal, readDecimal, writeDecimal } from "./decimal-text.ts";
import type { LedgerInput } from "./entry.ts";
import type { SplitInput, TransferInput } from "./event.ts";
import { readInstant, writeInstant } from "./instant.ts";
import type { OpenLotJson } from "./open-lot.ts";
import type { Rules } from "./options.ts";
import type { TradeInput } from "./trade.ts";

/** Rows and open lots of one symbol as they must be. */
export interface Expected {
  readonly rows: readonly AllocationJson[];
  readonly lots: readonly OpenLotJson[];
}

/** The two scales of a computation: quantities in units of 10^-quantity, money in units of 10^-money. */
interface Scales {
  readonly quantity: number;
  readonly money: number;
}

/** A trade, or what is left of it: `total` and `fee` are shared out over `size`. */
interface Holding {
  readonly id: string;
  readonly account: string;
  readonly at: number;
  readonly sequence: number;
  readonly side: "buy" | "sell";
  readonly price: string;
  readonly size: bigint;
  /** Money for the whole size without fee. */
  readonly total: bigint;
  /** Money for one quantity unit where the total is exactly price x size; null where it is shared out. */
  readonly unitPrice: bigint | null;
  readonly fee: bigint;
  used: bigint;
  parts: number;
}

interface State {
  readonly symbol: string;
  readonly rules: Rules;
  readonly scales: Scales;
  readonly dust: bigint;
  readonly rows: AllocationJson[];
  /** The open lots of each queue, oldest first; closed ones leave its ends at once and its middle in time. */
  longs: Map<string, Holding[]>;
  shorts: Holding[];
}

/** Computes one symbol's trades and events from the definition. They are valid: the engine has accepted them. */
export function expectedOf(entries: readonly LedgerInput[], rules: Rules): Expected {
  const ordered = [...entries].sort(inOrder);
  const symbol = ordered[0]?.symbol ?? "";
  const scales = scalesOf(ordered, rules);
  const state: State = {
    symbol,
    rules,
    scales,
    dust: scaled(typeof rules.dust === "string" ? rules.dust : (own(rules.dust, symbol) ?? "0"), scales.quantity),
    rows: [],
    longs: new Map(),
    shorts: [],
  };
  for (const entry of ordered) apply(state, entry);
  const accounts = [...new Set([...state.longs.keys(), ...state.shorts.map((lot) => queueName(state, lot.account))])].sort(byCodeUnit);
  const lots = accounts.flatMap((account) => [...openOf(state.longs.get(account) ?? []), ...openOf(shortsOf(state, account)).sort(byAge)]);
  return { rows: state.rows, lots: lots.map((lot) => openLot(state, lot)) };
}

function apply(state: State, entry: LedgerInput): void {
  if (entry.type === "split") applySplit(state, entry);
  else if (entry.type === "transfer") applyTransfer(state, entry);
  else {
    const holding = holdingOf(state, entry);
    if (holding.side === "buy") applyBuy(state, holding);
    else applySell(state, holding);
  }
}

function applyBuy(state: State, buy: Holding): void {
  if (state.rules.shorts === "open")
    for (const short of openOf(shortsOf(state, queueName(state, buy.account))).sort(byAge)) {
      const quantity = min(short.size - short.used, buy.size - buy.used);
      if (quantity > 0n) match(state, short, buy, quantity);
    }
  if (buy.used < buy.size) longsOf(state, buy.account).push(buy);
}

function applySell(state: State, sell: Holding): void {
  for (const lot of lotOrder(state, sell)) {
    if (sell.used === sell.size) break;
    const open = lot.size - lot.used;
    const quantity = min(open, sell.size - sell.used);
    if (quantity === 0n) continue;
    match(state, sell, lot, quantity);
    const left = open - quantity;
    if (left > 0n && left <= state.dust) {
      state.rows.push(row(state, "dust", sell, lot, left, "lot remainder at or below the dust threshold"));
      lot.used = lot.size;
    }
  }
  dropClosed(longsOf(state, sell.account));
  const rest = sell.size - sell.used;
  if (rest === 0n) return;
  if (rest <= state.dust) state.rows.push(row(state, "dust", sell, null, rest, "sell remainder at or below the dust threshold"));
  else if (state.rules.shorts === "open") state.shorts.push(sell);
  else
    state.rows.push(
      row(
        state,
        "unmatched",
        sell,
        null,
        rest,
        sell.parts === 0 ? "no open lot when it was sold" : "more was sold than the open lots held",
      ),
    );
}

/** The lots in the order in which this sell must take from them. */
function* lotOrder(state: State, sell: Holding): Generator<Holding> {
  const lots = longsOf(state, sell.account);
  for (const id of own(state.rules.lots, sell.id) ?? []) yield* lots.filter((lot) => lot.id === id);
  switch (state.rules.method) {
    case "fifo":
    case "specific":
      return yield* lots;
    case "lifo":
      return yield* lots.toReversed();
    case "hifo":
      return yield* openOf(lots).sort((a, b) => compareUnitCost(b, a)); // the oldest first among equals: sorting keeps their order
    case "lofo":
      return yield* openOf(lots).sort(compareUnitCost);
  }
}

function compareUnitCost(a: Holding, b: Holding): number {
  return sign((a.total + a.fee) * b.size - (b.total + b.fee) * a.size);
}

function dropClosed(lots: Holding[]): void {
  const isClosed = (lot: Holding | undefined): boolean => lot !== undefined && lot.used === lot.size;
  while (isClosed(lots.at(-1))) lots.pop();
  let closed = 0;
  while (isClosed(lots[closed])) closed++;
  lots.splice(0, closed);
}

function applyTransfer(state: State, transfer: TransferInput): void {
  const { quantity: scale } = state.scales;
  const fee = scaled(transfer.fee ?? "0", scale);
  const arriving = scaled(transfer.quantity, scale);
  const at = microsOf(transfer);
  const out: Holding = {
    id: transfer.id,
    account: transfer.from,
    at,
    sequence: transfer.sequence ?? -1,
    side: "sell",
    price: "0",
    size: arriving + fee,
    total: 0n,
    unitPrice: 0n,
    fee: 0n,
    used: 0n,
    parts: 0,
  };
  const moved: Holding[] = [];
  if (state.rules.scope === "symbol") out.used = arriving; // one queue for all accounts: only the fee leaves it
  for (const lot of lotOrder(state, out)) {
    if (out.used === out.size) break;
    const going = min(lot.size - lot.used, max(0n, arriving - out.used));
    if (going > 0n) moved.push(piece(state, lot, going, transfer.to));
    lot.used += going;
    out.used += going;
    const kept = out.used < arriving ? 0n : min(lot.size - lot.used, out.size - out.used);
    if (kept > 0n) state.rows.push(row(state, "fee", out, lot, kept, "fee of a transfer, in the asset"));
    lot.used += kept;
    out.used += kept;
  }
  dropClosed(longsOf(state, transfer.from));
  state.longs.set(queueName(state, transfer.to), [...longsOf(state, transfer.to), ...moved].sort(byAge));
  if (out.used < out.size)
    state.rows.push(row(state, "unmatched", out, null, out.size - out.used, "more was moved than the open lots held"));
}

/** A part of a lot as a lot of its own: its share of the cost as it stands, shared out anew over its own size. */
function piece(state: State, lot: Holding, quantity: bigint, account: string): Holding {
  const to = lot.used + quantity;
  return { ...lot, account, size: quantity, used: 0n, total: gross(state, lot, lot.used, to), fee: feeShare(state, lot, lot.used, to) };
}

function applySplit(state: State, split: SplitInput): void {
  const [numerator = 1n, denominator = 1n] = split.ratio.split(":").map(BigInt);
  const splitAll = (lots: readonly Holding[]): Holding[] => {
    const unit = splitUnit(
      state,
      openOf(lots).map((lot) => lot.size - lot.used),
    );
    const cut = (units: bigint): bigint => ((units * numerator) / (denominator * unit)) * unit;
    let before = 0n;
    return openOf(lots).map((lot) => {
      const size = cut(before + lot.size - lot.used) - cut(before);
      before += lot.size - lot.used;
      return splitLot(state, lot, size, numerator, denominator);
    });
  };
  for (const [account, lots] of state.longs) state.longs.set(account, splitAll(lots));
  const accounts = new Set(state.shorts.map((lot) => queueName(state, lot.account)));
  state.shorts = [...accounts].flatMap((account) => splitAll(shortsOf(state, account).sort(byAge)));
}

/** The parts of a split are cut at 18 places, or at as many as the finest of the quantities that are split has. */
function splitUnit({ scales }: State, quantities: readonly bigint[]): bigint {
  let places = Math.min(18, scales.quantity);
  while (quantities.some((quantity) => quantity % 10n ** BigInt(scales.quantity - places) !== 0n)) places++;
  return 10n ** BigInt(scales.quantity - places);
}

function splitLot(state: State, lot: Holding, size: bigint, numerator: bigint, denominator: bigint): Holding {
  const price = (scaled(lot.price, state.scales.money) * denominator) / numerator;
  const shown = writeDecimal(price / 10n ** BigInt(state.scales.money - 18), 18);
  const total = gross(state, lot, lot.used, lot.size);
  return { ...lot, price: shown, size, used: 0n, unitPrice: null, total, fee: feeShare(state, lot, lot.used, lot.size) };
}

function match(state: State, sell: Holding, buy: Holding, quantity: bigint): void {
  state.rows.push(row(state, "matched", sell, buy, quantity, null));
  sell.used += quantity;
  buy.used += quantity;
}

function row(
  state: State,
  kind: AllocationJson["kind"],
  sell: Holding,
  buy: Holding | null,
  quantity: bigint,
  reason: string | null,
): AllocationJson {
  const ofSell = !(buy !== null && (kind === "dust" || kind === "fee"));
  const proceeds = ofSell ? gross(state, sell, sell.used, sell.used + quantity) : 0n;
  const sellFee = ofSell ? feeShare(state, sell, sell.used, sell.used + quantity) : 0n;
  const buyFee = buy === null ? null : feeShare(state, buy, buy.used, buy.used + quantity);
  const cost = buy === null || buyFee === null ? null : gross(state, buy, buy.used, buy.used + quantity) + buyFee;
  const money = (units: bigint | null): string | null => (units === null ? null : writeDecimal(units, state.scales.money));
  return {
    kind,
    symbol: state.symbol,
    account: sell.account,
    sellId: sell.id,
    buyId: buy?.id ?? null,
    part: sell.parts++,
    short: buy !== null && inTime(sell, buy) < 0,
    reason,
    quantity: writeDecimal(quantity, state.scales.quantity),
    costBasis: money(cost),
    proceeds: money(proceeds) ?? "0",
    netProceeds: money(proceeds - sellFee) ?? "0",
    pnl: kind === "matched" && cost !== null ? money(proceeds - sellFee - cost) : null,
    buyFee: money(buyFee),
    sellFee: money(sellFee) ?? "0",
    buyPrice: buy?.price ?? null,
    sellPrice: sell.price,
    sellTime: writeInstant(sell.at),
    buyTime: buy === null ? null : writeInstant(buy.at),
  };
}

function openLot(state: State, lot: Holding): OpenLotJson {
  const total = gross(state, lot, lot.used, lot.size);
  const fee = feeShare(state, lot, lot.used, lot.size);
  return {
    symbol: state.symbol,
    account: lot.account,
    id: lot.id,
    side: lot.side === "buy" ? "long" : "short",
    quantity: writeDecimal(lot.size - lot.used, state.scales.quantity),
    original: writeDecimal(lot.size, state.scales.quantity),
    cost: writeDecimal(lot.side === "buy" ? total + fee : total - fee, state.scales.money),
    executedAt: writeInstant(lot.at),
  };
}

function gross(state: State, lot: Holding, from: bigint, to: bigint): bigint {
  if (lot.unitPrice !== null) return lot.unitPrice * (to - from);
  return cumulative(state, lot.total, to, lot.size) - cumulative(state, lot.total, from, lot.size);
}

function feeShare(state: State, lot: Holding, from: bigint, to: bigint): bigint {
  return cumulative(state, lot.fee, to, lot.size) - cumulative(state, lot.fee, from, lot.size);
}

/** F(used): total x used / size, cut at 18 places or rounded at the money scale; F(size) is the total. */
function cumulative({ rules, scales }: State, total: bigint, used: bigint, size: bigint): bigint {
  if (used === size) return total;
  const unit = 10n ** BigInt(scales.money - (rules.money?.scale ?? 18));
  return rounded(total * used, size * unit, rules.money?.rounding) * unit;
}

function rounded(numerator: bigint, denominator: bigint, rounding: "half-even" | "half-up" | undefined): bigint {
  const down = numerator / denominator;
  if (rounding === undefined) return down;
  const away = down + (numerator < 0n ? -1n : 1n);
  const toDown = abs(numerator - down * denominator);
  const toAway = abs(away * denominator - numerator);
  if (toDown !== toAway) return toDown < toAway ? down : away;
  return rounding === "half-up" || down % 2n !== 0n ? away : down;
}

function holdingOf({ rules, scales }: State, trade: TradeInput): Holding {
  const [, base, quote] = /^(.+)[-/]([^-/]+)$/s.exec(trade.symbol) ?? [];
  const currency = trade.feeCurrency ?? quote ?? null;
  const given = trade.fee ?? "0";
  const inQuote = trade.feeCurrency === undefined || trade.feeCurrency === null || currency === quote;
  const inBase = !inQuote && currency === base;
  const ordered = scaled(trade.quantity, scales.quantity);
  const baseFee = inBase ? scaled(given, scales.quantity) : 0n;
  const size = trade.side === "buy" ? ordered - baseFee : ordered + baseFee;
  const unitPrice = scaled(trade.price, scales.money - scales.quantity);
  const stated = trade.gross === undefined || trade.gross === null ? unitPrice * ordered : scaled(trade.gross, scales.money);
  const isProduct = rules.money === null && stated === unitPrice * ordered && size === ordered;
  const hasFee = scaled(given, scales.money) !== 0n;
  const fee = inQuote ? given : inBase || !hasFee ? "0" : (trade.feeInQuote ?? "0");
  const toMoney = (units: bigint): bigint => {
    if (rules.money === null) return units;
    const unit = 10n ** BigInt(scales.money - rules.money.scale);
    return rounded(units, unit, rules.money.rounding) * unit;
  };
  const price = canonicalDecimal(trade.price);
  return {
    id: trade.id,
    account: trade.account ?? "",
    at: microsOf(trade),
    sequence: trade.sequence ?? -1,
    side: trade.side,
    price: typeof price === "string" ? "0" : price.text,
    size,
    total: toMoney(stated),
    unitPrice: isProduct ? unitPrice : null,
    fee: rules.fees === "excluded" ? 0n : toMoney(scaled(fee, scales.money)),
    used: 0n,
    parts: 0,
  };
}

/** Scales at which every input is an integer, and so is every product and every share. */
function scalesOf(entries: readonly LedgerInput[], rules: Rules): Scales {
  let quantity = 0;
  let money = Math.max(18, rules.money?.scale ?? 0);
  let price = 0;
  for (const entry of entries) {
    if (entry.type === "split") quantity = Math.max(quantity, 18);
    else if (entry.type === "transfer") quantity = Math.max(quantity, decimals(entry.quantity), decimals(entry.fee ?? "0"));
    else {
      quantity = Math.max(quantity, decimals(entry.quantity), decimals(entry.fee ?? "0"));
      price = Math.max(price, decimals(entry.price));
      money = Math.max(money, decimals(entry.gross ?? "0"), decimals(entry.fee ?? "0"), decimals(entry.feeInQuote ?? "0"));
    }
  }
  for (const threshold of rules.dust === null ? [] : typeof rules.dust === "string" ? [rules.dust] : Object.values(rules.dust))
    quantity = Math.max(quantity, decimals(threshold));
  return { quantity, money: Math.max(money, price + quantity + 18) };
}

const ORDER = { split: 0, buy: 1, transfer: 2, sell: 3 } as const;

function inOrder(a: LedgerInput, b: LedgerInput): number {
  const rank = (entry: LedgerInput): number => ORDER["side" in entry ? entry.side : entry.type];
  return microsOf(a) - microsOf(b) || (a.sequence ?? -1) - (b.sequence ?? -1) || rank(a) - rank(b) || byId(a.id, b.id);
}

/** All-digit ids first and by number, then the others; by code unit where that does not decide. */
function byId(a: string, b: string): number {
  const [left, right] = [numberOf(a), numberOf(b)];
  if (left === undefined || right === undefined) return left !== undefined ? -1 : right !== undefined ? 1 : byCodeUnit(a, b);
  return sign(left - right) || byCodeUnit(a, b);
}

const numberOf = (id: string): bigint | undefined => (/^\d+$/.test(id) ? BigInt(id) : undefined);
const byCodeUnit = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1);

/** Only own names count: a symbol may be called `constructor`. */
function own<T>(record: Readonly<Record<string, T>> | null, name: string): T | undefined {
  return record !== null && Object.hasOwn(record, name) ? record[name] : undefined;
}

/** The age of a lot, by the total order of the trades behind it. */
function byAge(a: Holding, b: Holding): number {
  return inTime(a, b);
}

function inTime(a: Holding, b: Holding): number {
  return a.at - b.at || a.sequence - b.sequence || ORDER[a.side] - ORDER[b.side] || byId(a.id, b.id);
}

function queueName({ rules }: State, account: string): string {
  return rules.scope === "account" ? account : "";
}

function longsOf(state: State, account: string): Holding[] {
  const name = queueName(state, account);
  const lots = state.longs.get(name) ?? [];
  state.longs.set(name, lots);
  return lots;
}

function shortsOf(state: State, name: string): Holding[] {
  return state.shorts.filter((lot) => queueName(state, lot.account) === name);
}

function openOf(lots: readonly Holding[]): Holding[] {
  return lots.filter((lot) => lot.used < lot.size);
}

function microsOf(entry: LedgerInput): number {
  const at = readInstant(entry.executedAt);
  return typeof at === "number" ? at : Number.NaN;
}

function decimals(value: TradeInput["quantity"]): number {
  const parts = readDecimal(value);
  return typeof parts === "string" ? 0 : parts.scale;
}

function scaled(value: TradeInput["quantity"], scale: number): bigint {
  const parts = readDecimal(value);
  return typeof parts === "string" ? 0n : parts.units * 10n ** BigInt(scale - parts.scale);
}

const sign = (value: bigint): number => (value < 0n ? -1 : value > 0n ? 1 : 0);
const abs = (value: bigint): bigint => (value < 0n ? -value : value);
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
