import { decimalInput } from "./decimal-text.ts";
import { FifoError, shown, type FifoErrorCode } from "./errors.ts";
import { compareExact, multiply, ratio, type Exact, type Sharing } from "./exact.ts";
import { readInstant, type EpochMicros } from "./instant.ts";
import type { Rules } from "./options.ts";
import type { TradeInput } from "./trade.ts";
import { exact, readUnits, sumOf, scaledTo, zeroLike, type ScaledUnits, type Units } from "./units.ts";

/**
 * A checked trade inside the engine. `size` is what it adds to or takes from the lots: the quantity, less (buy) or plus (sell) a fee in the base asset.
 */
export interface Fill extends Money {
  readonly id: string;
  readonly symbol: string;
  readonly account: string;
  readonly kind: FillKind;
  readonly at: EpochMicros;
  /** -1 when the trade has none. */
  readonly sequence: number;
  readonly sharing: Sharing;
  /** Size in units of 10^-scale; set once more when the fill enters a book, to the book's scale. */
  size: Units;
  scale: number;
  /** How much of `size` is allocated so far; grows from 0 to `size`, and is of the same kind. */
  used: Units;
  /** How many allocations the fill has so far as a sell; their `part` counts from 0. */
  parts: number;
}

/** The amounts of a fill in quote currency, each in units of 10^-places. */
export interface Money {
  /** For one unit of the base asset. */
  readonly price: Units;
  /** The total without fee, or null when it is exactly price x size. */
  readonly gross: Units | null;
  /** 0 (or 0n) for none. */
  readonly fee: Units;
  readonly places: number;
}

/** The amounts at the places of the finest. */
export function moneyOf(price: ScaledUnits, gross: ScaledUnits | null, fee: ScaledUnits): Money {
  const places = Math.max(price.scale, gross === null ? 0 : gross.scale, fee.scale);
  return {
    price: scaledTo(price, places),
    gross: gross === null ? null : scaledTo(gross, places),
    fee: scaledTo(fee, places),
    places,
  };
}

/** A trade, or the quantity that a transfer takes out of an account. */
export type FillKind = "buy" | "sell" | "transfer";

/** Places at which an exact computation cuts a share (toward zero) before the last part takes what is left. */
export const EXACT_SHARING: Sharing = { scale: 18, rounding: "cut" };

/** Checks a trade and turns it into a fill; throws a {@link FifoError} that names the trade and the field. */
export function parseFill(input: TradeInput, rules: Pick<Rules, "fees" | "money"> = DEFAULTS): Fill {
  if (typeof input !== "object" || input === null) throw new FifoError("invalid-trade", `A trade is ${shown(input)}: give an object.`);
  const id = name(input.id, "id", "invalid-id", "?");
  const symbol = name(input.symbol, "symbol", "invalid-symbol", id);
  if (input.side !== "buy" && input.side !== "sell") throw refusal("invalid-side", id, "side", input.side, 'give "buy" or "sell"');
  const quantity = quantityOf(input.quantity, id, "quantity");
  const price = positive(input.price, "price", "invalid-price", id);
  const paid = (input.fee ?? null) === null ? NONE : amount(input.fee, "fee", "invalid-fee", id);
  const feeAt = feePlace(input, paid);
  const inQuote = feeAt < 0 ? feeInQuote(input) : paid;
  const size = feeAt === 0 ? sizeAfterBaseFee(quantity, paid, input) : quantity;
  const gross = grossOf(input, price, quantity, size);
  const fee = feeAt === 0 || rules.fees === "excluded" ? NONE : inQuote;
  const { money } = rules;
  const amounts =
    money === null ? moneyOf(price, gross, fee) : roundedMoney(money, price, gross ?? multiply(exact(price), exact(quantity)), fee);
  // In this order: what matching and amounts look at lies together, and fills of all origins have one shape.
  return {
    price: amounts.price,
    gross: amounts.gross,
    fee: amounts.fee,
    places: amounts.places,
    sharing: money ?? EXACT_SHARING,
    size: size.units,
    scale: size.scale,
    used: zeroLike(size.units),
    parts: 0,
    kind: input.side,
    account: input.account === undefined ? "" : accountOf(input.account, id, "account"),
    id,
    symbol,
    at: instantOf(input.executedAt, id),
    sequence: sequenceOf(input.sequence, id),
  };
}

const DEFAULTS: Pick<Rules, "fees" | "money"> = { fees: "included", money: null };
/** No money. */
export const NONE: ScaledUnits = { units: 0, scale: 0 };

function roundedMoney(sharing: Sharing, price: ScaledUnits, gross: ScaledUnits, fee: ScaledUnits): Money {
  const rounded = (value: ScaledUnits): Exact => ratio(exact(value), 1n, 1n, sharing);
  return moneyOf(price, rounded(gross), rounded(fee));
}

export function refusal(code: FifoErrorCode, id: string, field: string, value: unknown, todo: string, reason?: string): FifoError {
  return new FifoError(code, `Trade ${shown(id)}: ${field} is ${shown(value)}${reason === undefined ? "" : ` (${reason})`}; ${todo}.`, {
    tradeId: id,
    field,
    value: shown(value),
    reason: reason ?? null,
  });
}

export function name(value: unknown, field: string, code: FifoErrorCode, id: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw refusal(code, id, field, value, "give a text that is not empty");
}

export function accountOf(value: unknown, id: string, field: string): string {
  if (typeof value === "string") return value;
  throw refusal("invalid-account", id, field, value, "give a text or leave it out");
}

export function quantityOf(value: unknown, id: string, field: string): ScaledUnits {
  const quantity = amount(value, field, "invalid-quantity", id);
  if (quantity.units > 0) return quantity;
  throw refusal("invalid-quantity", id, field, value, "give a quantity above 0", "not-positive");
}

/** A decimal of at least 0. */
function positive(value: unknown, field: string, code: FifoErrorCode, id: string): ScaledUnits {
  const units = amount(value, field, code, id);
  if (units.units >= 0) return units;
  throw refusal(code, id, field, value, "give a decimal of at least 0", "negative");
}

function amount(value: unknown, field: string, code: FifoErrorCode, id: string): ScaledUnits {
  const units = readUnits(decimalInput(value));
  if (typeof units !== "string") return units;
  throw refusal(code, id, field, value, "give a decimal as text or Decimal", units);
}

/** What an instant must be, for messages. */
export const AN_INSTANT = "ISO-8601 text with an offset, or a Date";

export function instantOf(value: unknown, id: string): EpochMicros {
  const at = typeof value === "string" || value instanceof Date ? readInstant(value) : "not-a-time";
  if (typeof at === "number") return at;
  throw refusal("invalid-time", id, "executedAt", value, `give ${AN_INSTANT}`, at);
}

export function sequenceOf(value: unknown, id: string): number {
  if (value === undefined || value === null) return -1;
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw refusal("invalid-sequence", id, "sequence", value, "give an integer of at least 0 or leave it out");
}

/** The stated total, or null where price x quantity is exact and says the same: then every part of it is an exact product. */
function grossOf(input: TradeInput, price: ScaledUnits, quantity: ScaledUnits, size: ScaledUnits): ScaledUnits | null {
  const given = (input.gross ?? null) === null ? null : positive(input.gross, "gross", "invalid-gross", input.id);
  if (given === null && size === quantity) return null;
  const product = multiply(exact(price), exact(quantity));
  if (given === null) return product;
  return size === quantity && compareExact(exact(given), product) === 0 ? null : given;
}

/** The place of a fee's currency in the pair, base first: 0 for base, 1 for quote and for no fee, -1 for a third currency. */
function feePlace({ feeCurrency, symbol }: TradeInput, fee: ScaledUnits): number {
  if (fee.units === 0 || feeCurrency === undefined || feeCurrency === null) return 1;
  const pair: readonly string[] = currencies(symbol);
  return pair.lastIndexOf(feeCurrency);
}

function feeInQuote({ id, symbol, feeCurrency, feeInQuote: value }: TradeInput): ScaledUnits {
  if (value !== undefined && value !== null) return amount(value, "feeInQuote", "invalid-fee", id);
  throw refusal(
    "fee-needs-quote-value",
    id,
    "feeCurrency",
    feeCurrency,
    "give feeInQuote, the fee's value in quote currency at the time",
    `neither currency of ${shown(symbol)}`,
  );
}

/** Base and quote of `BTC-USD` or `BTC/USD`; nothing for a symbol of another form. */
export function currencies(symbol: string): readonly [base: string, quote: string] | readonly [] {
  const at = Math.max(symbol.lastIndexOf("-"), symbol.lastIndexOf("/"));
  return at <= 0 || at === symbol.length - 1 ? [] : [symbol.slice(0, at), symbol.slice(at + 1)];
}

function sizeAfterBaseFee(quantity: ScaledUnits, fee: ScaledUnits, input: TradeInput): ScaledUnits {
  const size = sumOf(quantity, fee, input.side === "buy" ? -1 : 1);
  if (size.units > 0) return size;
  throw refusal("fee-exceeds-quantity", input.id, "fee", input.fee, "check feeCurrency", "nothing is left of the quantity");
}
