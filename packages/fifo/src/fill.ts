import { canonicalDecimal, decimalInput } from "./decimal-text.ts";
import { FifoError, shown, type FifoErrorCode } from "./errors.ts";
import { add, compareExact, multiply, negate, roundTo, type Exact } from "./exact.ts";
import { readInstant, type EpochMicros } from "./instant.ts";
import type { Rounding, Rules } from "./options.ts";
import type { TradeInput } from "./trade.ts";
import { exactOf, narrow, readUnits, zeroLike, type ScaledUnits, type Units } from "./units.ts";
import { writeExact } from "./write-exact.ts";

/**
 * A checked trade inside the engine. Its quantity is ready to be counted; its money is still text and is only read when somebody
 * asks for an amount. `size` is what it adds to or takes from the lots: the quantity, less (buy) or plus (sell) a fee in the base asset.
 */
export class Fill {
  declare readonly id: string;
  declare readonly symbol: string;
  declare readonly account: string;
  declare readonly kind: FillKind;
  declare readonly at: EpochMicros;
  /** -1 when the trade has none. */
  declare readonly sequence: number;
  declare readonly price: string;
  /** The total without fee, or null when it is exactly price x size. */
  declare readonly gross: string | null;
  /** The fee in quote currency, or null for none. */
  declare readonly fee: string | null;
  declare readonly sharing: Sharing;
  /** Size in units of 10^-scale; set once more when the fill enters a book, to the book's scale. */
  declare size: Units;
  declare scale: number;
  /** How much of `size` is allocated so far; grows from 0 to `size`, and is of the same kind. */
  declare used: Units;
  /** How many allocations the fill has so far as a sell; their `part` counts from 0. */
  declare parts: number;

  constructor(like: FillFacts, size: Units, scale: number, used: Units) {
    this.id = like.id;
    this.symbol = like.symbol;
    this.account = like.account;
    this.kind = like.kind;
    this.at = like.at;
    this.sequence = like.sequence;
    this.price = like.price;
    this.gross = like.gross;
    this.fee = like.fee;
    this.sharing = like.sharing;
    this.size = size;
    this.scale = scale;
    this.used = used;
    this.parts = 0;
  }

  /** The same trade, not allocated yet. */
  copy(): Fill {
    return new Fill(this, this.size, this.scale, zeroLike(this.size));
  }
}

/** What a fill is, apart from its size. */
export type FillFacts = Pick<Fill, "id" | "symbol" | "account" | "kind" | "at" | "sequence" | "price" | "gross" | "fee" | "sharing">;

/** A trade, or the quantity that a transfer takes out of an account. */
export type FillKind = "buy" | "sell" | "transfer";

/** How a total is shared out by quantity: places, and what happens to the digits beyond. */
export interface Sharing {
  readonly scale: number;
  readonly rounding: Rounding | "cut";
}

/** Places at which an exact computation cuts a share (toward zero) before the last part takes what is left. */
export const EXACT_SHARING: Sharing = { scale: 18, rounding: "cut" };

/** Checks a trade and turns it into a fill; throws a {@link FifoError} that names the trade and the field. */
export function parseFill(input: TradeInput, rules: Pick<Rules, "fees" | "money"> = DEFAULTS): Fill {
  if (typeof input !== "object" || input === null) throw new FifoError("invalid-trade", `A trade is ${shown(input)}: give an object.`);
  const id = name(input.id, "id", "invalid-id", "?");
  const symbol = name(input.symbol, "symbol", "invalid-symbol", id);
  if (input.side !== "buy" && input.side !== "sell") throw refusal("invalid-side", id, "side", input.side, 'give "buy" or "sell"');
  const quantity = quantityOf(input.quantity, id, "quantity");
  const price = amount(input.price, "price", "invalid-price", id);
  const fees = feesOf(input, id, symbol);
  const size = fees.base === null ? quantity : sizeAfterBaseFee(quantity, fees.base, input.side, id);
  const gross = grossOf(input, id, price, quantity, size);
  const fee = rules.fees === "excluded" ? null : fees.quote;
  const { money } = rules;
  const facts: FillFacts = {
    id,
    symbol,
    account: input.account === undefined ? "" : accountOf(input.account, id, "account"),
    kind: input.side,
    at: instantOf(input.executedAt, id),
    sequence: sequenceOf(input.sequence, id),
    price,
    gross: money === null ? gross : rounded(gross ?? writeExact(multiply(exactOf(price), bigUnits(quantity))), money),
    fee: money === null || fee === null ? fee : rounded(fee, money),
    sharing: money ?? EXACT_SHARING,
  };
  return new Fill(facts, size.units, size.scale, zeroLike(size.units));
}

const DEFAULTS: Pick<Rules, "fees" | "money"> = { fees: "included", money: null };

function rounded(text: string, { scale, rounding }: Sharing): string {
  return writeExact(roundTo(exactOf(text), scale, rounding));
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
  const units = readUnits(decimalInput(value));
  if (typeof units === "string") throw refusal("invalid-quantity", id, field, value, "give a decimal as text or Decimal", units);
  if (units.units <= 0) throw refusal("invalid-quantity", id, field, value, "give a quantity above 0", "not-positive");
  return units;
}

const PLAIN = /^\d{1,50}(?:\.\d{1,50})?$/;

/** A decimal of at least 0, as text that `exactOf` can read. */
function amount(value: unknown, field: string, code: FifoErrorCode, id: string): string {
  const text = signedAmount(value, field, code, id);
  if (text.startsWith("-")) throw refusal(code, id, field, value, "give a decimal of at least 0", "negative");
  return text;
}

function signedAmount(value: unknown, field: string, code: FifoErrorCode, id: string): string {
  if (typeof value === "string" && PLAIN.test(value)) return value;
  const canonical = canonicalDecimal(decimalInput(value));
  if (typeof canonical === "string") throw refusal(code, id, field, value, "give a decimal as text or Decimal", canonical);
  return canonical.text;
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
function grossOf(input: TradeInput, id: string, price: string, quantity: ScaledUnits, size: ScaledUnits): string | null {
  const given = input.gross === undefined || input.gross === null ? null : amount(input.gross, "gross", "invalid-gross", id);
  if (given === null && size === quantity) return null;
  const product = multiply(exactOf(price), bigUnits(quantity));
  if (given === null) return writeExact(product);
  return size === quantity && compareExact(exactOf(given), product) === 0 ? null : given;
}

interface Fees {
  readonly quote: string | null;
  readonly base: string | null;
}

const NO_FEES: Fees = { quote: null, base: null };
const NOT_ZERO = /[1-9]/;

function feesOf(input: TradeInput, id: string, symbol: string): Fees {
  if (input.fee === undefined || input.fee === null) return NO_FEES;
  const fee = signedAmount(input.fee, "fee", "invalid-fee", id);
  if (!NOT_ZERO.test(fee)) return NO_FEES; // however it is spelt: 0, 0.00
  const currency = input.feeCurrency ?? null;
  if (currency === null) return { quote: fee, base: null };
  const [base, quote] = currencies(symbol);
  if (currency === quote) return { quote: fee, base: null };
  if (currency === base) return { quote: null, base: fee };
  if (input.feeInQuote === undefined || input.feeInQuote === null)
    throw refusal(
      "fee-needs-quote-value",
      id,
      "feeCurrency",
      currency,
      "give feeInQuote, the fee's value in quote currency at the time",
      `neither currency of ${shown(symbol)}`,
    );
  return { quote: signedAmount(input.feeInQuote, "feeInQuote", "invalid-fee", id), base: null };
}

/** Base and quote of `BTC-USD` or `BTC/USD`; nothing for a symbol of another form. */
export function currencies(symbol: string): readonly [base: string, quote: string] | readonly [] {
  const at = Math.max(symbol.lastIndexOf("-"), symbol.lastIndexOf("/"));
  return at <= 0 || at === symbol.length - 1 ? [] : [symbol.slice(0, at), symbol.slice(at + 1)];
}

function sizeAfterBaseFee(quantity: ScaledUnits, baseFee: string, side: "buy" | "sell", id: string): ScaledUnits {
  const fee = exactOf(baseFee);
  const size = add(bigUnits(quantity), side === "buy" ? negate(fee) : fee);
  if (size.units <= 0n) throw refusal("fee-exceeds-quantity", id, "fee", baseFee, "check feeCurrency", "nothing is left of the quantity");
  return { units: narrow(size.units), scale: size.scale };
}

function bigUnits(value: ScaledUnits): Exact {
  return { units: BigInt(value.units), scale: value.scale };
}
