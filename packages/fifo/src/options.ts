import type { Decimal } from "decimal.js";
import { decimalInput, isDecimal } from "./decimal-text.ts";
import { writeUnits } from "./attos.ts";
import { invalidOption } from "./errors.ts";
import { readUnits, type ScaledUnits } from "./units.ts";

/** The rules of a computation. Every field has a default; the defaults are the ones that DESIGN calls FIFO. */
export interface FifoOptions {
  /** One queue per symbol, or one per symbol and account. Default `"symbol"`. */
  readonly scope?: "symbol" | "account";
  /** Whether fees in the quote currency enter cost and proceeds. A fee in the base asset consumes quantity either way. Default `"included"`. */
  readonly fees?: "included" | "excluded";
  /**
   * A remainder at or below this quantity is classified as dust: of a sell that no lot covers, and of a lot that a sell nearly emptied.
   * One threshold for all symbols or one for each (in units of the base asset, at least 0; a symbol not named has none). Default: none.
   */
  readonly dust?: string | Decimal | Readonly<Record<string, string | Decimal>>;
  /**
   * Which lot a sell takes from first: the oldest (`"fifo"`), the newest (`"lifo"`), the one with the highest (`"hifo"`) or lowest (`"lofo"`) cost
   * per unit, fee included, the oldest among equals; or the ones that `lots` names (`"specific"`). Default `"fifo"`.
   */
  readonly method?: Method;
  /**
   * For `method: "specific"`: the buys that a sell takes from, in this order. A sell that is not named, or needs more, goes on with the oldest, and so
   * does one whose named buy is not open to it (used up, later, of another symbol or account). `allocate` refuses an id that no trade has; a stream
   * and a history cannot know which trades are still to come.
   */
  readonly lots?: Readonly<Record<string, readonly string[]>>;
  /** `"open"` lets what a sell cannot cover open a short lot, which later buys close oldest first. Default `"refuse"`: it is an unmatched row. */
  readonly shorts?: "refuse" | "open";
  /** Amounts in whole units of 10^-scale (0 to 18), say cents. Parts are cumulative, so they still add up to the rounded total. Default: exact. */
  readonly money?: { readonly scale: number; readonly rounding: Rounding };
}

/** The order in which a sell takes from lots. */
export type Method = "fifo" | "lifo" | "hifo" | "lofo" | "specific";

/** Halves go to the even neighbour (`"half-even"`) or away from zero (`"half-up"`). */
export type Rounding = "half-even" | "half-up";

/** The options with every default applied and every value checked; plain JSON, so that it can be stored and compared. */
export interface Rules {
  /** One queue per symbol, or per symbol and account. */
  readonly scope: "symbol" | "account";
  /** Whether fees are part of cost and proceeds. */
  readonly fees: "included" | "excluded";
  /** Canonical threshold for every symbol, or by symbol; `null` for none. */
  readonly dust: string | Readonly<Record<string, string>> | null;
  /** Which lots a sell takes first. */
  readonly method: Method;
  /** Null unless the method is `"specific"`. */
  readonly lots: Readonly<Record<string, readonly string[]>> | null;
  /** Whether a sell beyond its lots opens a short lot. */
  readonly shorts: "refuse" | "open";
  /** Null for exact amounts. */
  readonly money: { readonly scale: number; readonly rounding: Rounding } | null;
}

/** Applies the defaults; throws `invalid-option` for a value outside its list, and for an option that there is not. */
export function rulesOf(options: FifoOptions = {}): Rules {
  const rules: Rules = {
    scope: oneOf("scope", options.scope, ["symbol", "account"]),
    fees: oneOf("fees", options.fees, ["included", "excluded"]),
    dust: dustOf(options.dust),
    method: oneOf("method", options.method, ["fifo", "lifo", "hifo", "lofo", "specific"]),
    lots: lotsOf(options),
    shorts: oneOf("shorts", options.shorts, ["refuse", "open"]),
    money: moneyScaleOf(options.money),
  };
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(rules, name));
  if (unknown !== undefined) throw invalidOption(unknown, "unknown", `only ${Object.keys(rules).join(", ")}`);
  return rules;
}

function lotsOf({ method, lots }: FifoOptions): Rules["lots"] {
  if (method === "specific") return checkedBy(buyIdsOf, "lots", lots ?? {});
  if (lots === undefined) return null;
  throw invalidOption("lots", lots, 'it with method: "specific" or leave it out');
}

/** Each value of a record checked, under the name of its option. */
function checkedBy<T>(check: (name: string, value: unknown) => T, name: string, record: object): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(record).map(([key, value]: [string, unknown]) => [key, check(`${name}.${key}`, value)]));
}

function buyIdsOf(name: string, buyIds: unknown): readonly string[] {
  if (Array.isArray(buyIds) && buyIds.every((id) => typeof id === "string")) return [...buyIds];
  throw invalidOption(name, buyIds, "a list of buy ids");
}

/** The buys that a sell is told to take from; none for most. */
export function namedLots({ lots }: Rules, sellId: string): readonly string[] {
  return own(lots, sellId) ?? [];
}

function moneyScaleOf(money: FifoOptions["money"]): Rules["money"] {
  if (money === undefined) return null;
  const scale = (money as FifoOptions["money"] | null)?.scale;
  if (!Number.isInteger(scale) || scale === undefined || scale < 0 || scale > 18)
    throw invalidOption("money.scale", scale, "an integer from 0 to 18");
  return { scale, rounding: oneOf("money.rounding", (money.rounding as Rounding | undefined) ?? "", ["half-even", "half-up"]) };
}

/** The dust threshold of a symbol as canonical text, `"0"` for none. A symbol may be called `constructor`: only own names count. */
function dustText({ dust }: Rules, symbol: string): string {
  if (typeof dust === "string") return dust;
  return own(dust, symbol) ?? "0";
}

function own<T>(record: Readonly<Record<string, T>> | null, key: string): T | undefined {
  return record !== null && Object.hasOwn(record, key) ? record[key] : undefined;
}

/** The dust threshold of a symbol, or undefined when it has none. */
export function dustFor(rules: Rules, symbol: string): ScaledUnits | undefined {
  const text = dustText(rules, symbol);
  if (text === "0") return undefined;
  const units = readUnits(text);
  return typeof units === "string" ? undefined : units;
}

function dustOf(dust: FifoOptions["dust"]): Rules["dust"] {
  if (dust === undefined) return null;
  return typeof dust === "object" && dust !== null && !isDecimal(dust) ? checkedBy(threshold, "dust", dust) : threshold("dust", dust);
}

function threshold(name: string, value: unknown): string {
  const least = readUnits(decimalInput(value));
  if (typeof least !== "string" && least.units >= 0) return writeUnits(least.units, least.scale);
  throw invalidOption(name, value, "a decimal of at least 0 as text or Decimal");
}

/** The value, or the first of the list where there is none. */
function oneOf<const T extends string>(name: string, value: string | undefined, allowed: readonly [T, ...T[]]): T {
  const found = allowed.find((candidate) => candidate === (value ?? allowed[0]));
  if (found === undefined) throw invalidOption(name, value, `one of ${allowed.join(", ")}`);
  return found;
}
