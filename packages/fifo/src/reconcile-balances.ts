import type { Decimal } from "decimal.js";
import { parseEntry, type LedgerInput } from "./entry.ts";
import { FifoError, shown } from "./errors.ts";
import type { Split, Transfer } from "./event.ts";
import { add, multiply, negate, pow10, subtract, ZERO, type Exact } from "./exact.ts";
import { accountOf, currencies, name, type Fill } from "./fill.ts";
import { readInstant, writeInstant } from "./instant.ts";
import { compareEntries, compareText } from "./order.ts";
import { readExact } from "./read-exact.ts";
import type { TradeInput } from "./trade.ts";
import { writeExact } from "./write-exact.ts";

/** What an account holds of an asset. */
export interface Balance {
  /** Default: the empty text. Only `scope: "account"` tells accounts apart. */
  readonly account?: string;
  /** The asset as symbols name it: `BTC` of `BTC-USD`, or the whole of a symbol that names no pair. */
  readonly asset: string;
  /** Units held, locked ones included; negative for a debt. */
  readonly quantity: string | Decimal;
}

/** How to compare balances. */
export interface BalanceOptions {
  /** The instant of the exchange's balances: what was executed later does not count. Default: everything counts. */
  readonly asOf?: string | Date;
  /** What was held before the history begins. Default: nothing. */
  readonly opening?: Iterable<Balance>;
  /** `"asset"` adds the accounts up on both sides (default); `"account"` compares each. */
  readonly scope?: "asset" | "account";
}

/** One asset of which the two sides do not hold the same; decimals as canonical text. */
export interface BalanceDifference {
  /** The empty text with `scope: "asset"`. */
  readonly account: string;
  /** The asset. */
  readonly asset: string;
  /** Held by the history: opening, purchases, sales, transfers, splits and every fee in the asset. */
  readonly local: string;
  /** Held by the exchange. */
  readonly exchange: string;
  /** exchange - local: above 0 something is missing in the history, below 0 it has something too much. */
  readonly difference: string;
}

/** Balances compared. `equal + missing + extra + different = compared`. */
export interface BalanceReconciliation {
  /** Canonical instant, or null where everything counted. */
  readonly asOf: string | null;
  /** Assets (times accounts) that were compared. */
  readonly compared: number;
  /** Assets of which both sides hold the same. */
  readonly equal: number;
  /** The exchange holds it and the history does not. */
  readonly missing: readonly BalanceDifference[];
  /** The history holds it and the exchange does not. */
  readonly extra: readonly BalanceDifference[];
  /** Both hold it, not the same. */
  readonly different: readonly BalanceDifference[];
}

/**
 * Compares what the history adds up to with the balances that the exchange reports, exactly: what `reconcile` finds by id inside the
 * exchange's window, this finds for all time, without saying which trade it was.
 *
 * A split changes the asset as a whole, whatever symbol it is recorded in: splits of one asset by one ratio in several symbols count once when they
 * are at most a day apart. An asset that is only ever paid with (the USD of `BTC-USD`) is compared only where `balances` or `opening` names it: deposits are no trades.
 * Throws a `FifoError` for an entry or a balance that cannot be read, and for a balance that is given twice (`duplicate-id`).
 */
export function reconcileBalances(
  history: Iterable<LedgerInput>,
  balances: Iterable<Balance>,
  options: BalanceOptions = {},
): BalanceReconciliation {
  const apart = options.scope === "account";
  const asOf = options.asOf === undefined ? null : instant(options.asOf);
  const reported = readBalances(balances, apart);
  const opening = readBalances(options.opening ?? [], apart);
  const local = new Holdings(opening);
  for (const { input, entry } of entriesUntil(history, asOf)) record(local, input, entry, apart);
  const keys = new Set([...local.compared(), ...reported.keys()]);
  const rows = [...keys].sort(compareText).map((key) => differenceOf(key, local.of(key), reported.get(key) ?? ZERO));
  const unequal = rows.filter(({ difference }) => difference !== "0");
  return {
    asOf: asOf === null ? null : writeInstant(asOf),
    compared: rows.length,
    equal: rows.length - unequal.length,
    missing: unequal.filter(({ local: ours }) => ours === "0"),
    extra: unequal.filter(({ exchange }) => exchange === "0"),
    different: unequal.filter(({ local: ours, exchange }) => ours !== "0" && exchange !== "0"),
  };
}

/** Quantities by account and asset. What only ever pays is kept, but not compared unless it was opened. */
class Holdings {
  readonly #held: Map<string, Exact>;
  readonly #compared: Set<string>;
  readonly #splits: { readonly asset: string; readonly split: Split; readonly symbols: Set<string> }[] = [];

  constructor(opening: ReadonlyMap<string, Exact>) {
    this.#held = new Map(opening);
    this.#compared = new Set(opening.keys());
  }

  of(key: string): Exact {
    return this.#held.get(key) ?? ZERO;
  }

  compared(): Iterable<string> {
    return this.#compared;
  }

  add(key: string, change: Exact): void {
    this.#compared.add(key);
    this.pay(key, change);
  }

  pay(key: string, change: Exact): void {
    this.#held.set(key, add(this.of(key), change));
  }

  /** Every account's holding of an asset becomes `numerator / denominator` of what it was, once for all symbols that record the same split. */
  split(asset: string, split: Split): void {
    const known = this.#splits.find((one) => one.asset === asset && isSame(one.split, split) && !one.symbols.has(split.symbol));
    if (known !== undefined) {
      known.symbols.add(split.symbol);
      return;
    }
    this.#splits.push({ asset, split, symbols: new Set([split.symbol]) });
    const { id, numerator, denominator } = split;
    for (const [key, held] of this.#held) if (partsOf(key)[1] === asset) this.#held.set(key, ratioOf(held, numerator, denominator, id));
  }
}

const DAY = 86_400_000_000;

/** One split of a company is an entry in each symbol that holds it, maybe not to the second at the same time. */
function isSame(a: Split, b: Split): boolean {
  return Math.abs(a.at - b.at) <= DAY && a.numerator * b.denominator === b.numerator * a.denominator;
}

interface Dated {
  readonly input: LedgerInput;
  readonly entry: Fill | Split | Transfer;
}

function entriesUntil(history: Iterable<LedgerInput>, asOf: number | null): Dated[] {
  // The value of a third currency in quote says nothing about balances, so that it may be left out here.
  const entries = Array.from(history, (input) => ({ input, entry: parseEntry(withoutQuoteValue(input)) }));
  return entries.filter(({ entry }) => asOf === null || entry.at <= asOf).sort((a, b) => compareEntries(a.entry, b.entry));
}

function withoutQuoteValue(input: LedgerInput): LedgerInput {
  return isTrade(input) ? { ...input, feeInQuote: input.feeInQuote ?? "0" } : input;
}

function isTrade(input: LedgerInput): input is TradeInput {
  return typeof input === "object" && input !== null && (input.type === undefined || input.type === "trade");
}

function record(held: Holdings, input: LedgerInput, entry: Dated["entry"], apart: boolean): void {
  const [base = entry.symbol] = currencies(entry.symbol);
  if (entry.kind === "split") held.split(base, entry);
  else if ("out" in entry) recordTransfer(held, entry, base, apart);
  else if (isTrade(input)) recordTrade(held, input, entry, apart);
}

function recordTransfer(held: Holdings, { from, to, out, fee }: Transfer, base: string, apart: boolean): void {
  const leaves = { units: BigInt(out.size), scale: out.scale };
  const kept = fee === null ? ZERO : { units: BigInt(fee.units), scale: fee.scale };
  held.add(keyOf(from, base, apart), negate(leaves));
  held.add(keyOf(to, base, apart), subtract(leaves, kept));
}

function recordTrade(held: Holdings, trade: TradeInput, { account, symbol, id }: Fill, apart: boolean): void {
  const [base = symbol, quote] = currencies(symbol);
  const quantity = readExact(trade.quantity, id, "quantity");
  const gross =
    trade.gross === undefined || trade.gross === null
      ? multiply(readExact(trade.price, id, "price"), quantity)
      : readExact(trade.gross, id, "gross");
  const isBuy = trade.side === "buy";
  held.add(keyOf(account, base, apart), isBuy ? quantity : negate(quantity));
  if (quote !== undefined) held.pay(keyOf(account, quote, apart), isBuy ? negate(gross) : gross);
  const feeCurrency = trade.feeCurrency ?? quote;
  if (feeCurrency !== undefined) held.pay(keyOf(account, feeCurrency, apart), negate(readExact(trade.fee ?? "0", id, "fee")));
}

function readBalances(balances: Iterable<Balance>, apart: boolean): Map<string, Exact> {
  const held = new Map<string, Exact>();
  const seen = new Set<string>();
  for (const balance of balances) {
    if (typeof balance !== "object" || balance === null)
      throw new FifoError("invalid-trade", `A balance is ${shown(balance)}: give an object.`);
    const asset = name(balance.asset, "asset", "invalid-symbol", "?");
    const account = balance.account === undefined ? "" : accountOf(balance.account, asset, "account");
    if (seen.has(keyOf(account, asset, true)))
      throw new FifoError("duplicate-id", `The balance of ${shown(asset)} in account ${shown(account)} is there twice; give it once.`, {
        account,
        asset,
      });
    seen.add(keyOf(account, asset, true));
    const key = keyOf(account, asset, apart);
    held.set(key, add(held.get(key) ?? ZERO, readExact(balance.quantity, asset, "quantity")));
  }
  return held;
}

function differenceOf(key: string, local: Exact, exchange: Exact): BalanceDifference {
  const [account, asset] = partsOf(key);
  return {
    account,
    asset,
    local: writeExact(local),
    exchange: writeExact(exchange),
    difference: writeExact(subtract(exchange, local)),
  };
}

function keyOf(account: string, asset: string, apart: boolean): string {
  return JSON.stringify([apart ? account : "", asset]);
}

function partsOf(key: string): readonly [account: string, asset: string] {
  return JSON.parse(key) as [string, string];
}

/** Exact at 18 more places than the holding has, else refused, as the engine refuses it. */
function ratioOf(held: Exact, numerator: bigint, denominator: bigint, id: string): Exact {
  const units = held.units * numerator * pow10(18);
  if (units % denominator === 0n) return { units: units / denominator, scale: held.scale + 18 };
  throw new FifoError(
    "split-not-exact",
    `Split ${shown(id)} of ${writeExact(held)} units is no decimal; book the fraction that was paid out in cash as a sell before it.`,
    { tradeId: id },
  );
}

function instant(value: string | Date): number {
  const at = readInstant(value);
  if (typeof at === "number") return at;
  throw new FifoError("invalid-time", `asOf: ${shown(value)} is no instant (${at}); give ISO-8601 text with an offset, or a Date.`, {
    field: "asOf",
    reason: at,
  });
}
