import type { AllocationJson } from "./allocation.ts";
import { add, ZERO } from "./exact.ts";
import { parseEntry, type LedgerInput } from "./entry.ts";
import { duplicateId, invalidOption } from "./errors.ts";
import { expectedOf } from "./expected.ts";
import { groupBy } from "./group-by.ts";
import { readInstant } from "./instant.ts";
import type { OpenLot, OpenLotJson } from "./open-lot.ts";
import { rulesOf, type FifoOptions, type Rules } from "./options.ts";
import { compareText } from "./order.ts";
import { rowOf, type AllocationLike } from "./row.ts";
import { exactOf } from "./units.ts";
import { writeExact } from "./write-exact.ts";

/** What can be wrong with a result. */
export type ViolationCode =
  | "missing-row" // the trades demand an allocation that the result lacks
  | "extra-row" // the result has an allocation that the trades do not cause
  | "wrong-value" // a field of an allocation is not what the trades demand
  | "wrong-order" // the rows are right but not in order
  | "sell-not-conserved" // matched + unmatched + dust of a sell is not its quantity
  | "missing-lot"
  | "extra-lot"
  | "wrong-lot";

/** One thing that is wrong, with what was expected and what is there. */
export interface Violation {
  /** Which rule is broken. */
  readonly code: ViolationCode;
  /** The market. */
  readonly symbol: string;
  /** The sell, or for lots the buy, that it is about. */
  readonly tradeId: string;
  /** The lot that it is about; null for none. */
  readonly buyId: string | null;
  /** The field that is wrong; null when it is the row as a whole. */
  readonly field: string | null;
  /** What the second computation says; null for nothing. */
  readonly expected: string | null;
  /** What the result says; null for nothing. */
  readonly actual: string | null;
}

/** What is checked: allocations, and the open lots where the caller has them. */
export interface CheckedResult {
  /** The rules it was computed by; default: those of `allocate` without options. */
  readonly rules?: Rules;
  /** The moment up to which it was computed; default: all trades count. */
  readonly asOf?: string | Date | null;
  /** The rows. */
  readonly allocations: Iterable<AllocationLike>;
  /** The open lots; default: not checked. */
  readonly openLots?: Iterable<OpenLot | OpenLotJson>;
}

/**
 * Computes the allocations a second time, from the definition and without the engine (its checks of trades and options and its reading of decimals and instants apart), and lists every difference. Empty means: quantities, cost, proceeds and
 * fee parts add up to the last digit, no buy serves an earlier sell, the order is FIFO, and every amount is what the rules say.
 * `options` default to the result's own rules; `asOf` is always the result's. Throws as `allocate` does for trades that it does not accept.
 */
export function checkInvariants(trades: Iterable<LedgerInput>, result: CheckedResult, options?: FifoOptions): readonly Violation[] {
  const rules = options === undefined ? (result.rules ?? rulesOf()) : rulesOf(options);
  const bySymbol = groupBy(acceptedUntil(trades, rules, result.asOf ?? null), (trade) => trade.symbol);
  const rows = groupBy(Array.from(result.allocations, rowOf), (row) => row.symbol);
  const lots = result.openLots === undefined ? undefined : groupBy(Array.from(result.openLots, lotJson), (lot) => lot.symbol);
  const symbols = [...new Set([...bySymbol.keys(), ...rows.keys(), ...(lots?.keys() ?? [])])].sort(compareText);
  return symbols.flatMap((symbol) => {
    const expected = expectedOf(bySymbol.get(symbol) ?? [], rules);
    const actual = rows.get(symbol) ?? [];
    return [
      ...compareRows(symbol, expected.rows, actual),
      ...conservation(symbol, expected.rows, actual),
      ...(lots === undefined ? [] : compareLots(symbol, expected.lots, lots.get(symbol) ?? [])),
    ];
  });
}

/** The trades that count, each checked: a value that cannot be read must not be taken for nothing. */
function* acceptedUntil(trades: Iterable<LedgerInput>, rules: Rules, asOf: string | Date | null): Generator<LedgerInput> {
  const until = asOf === null ? Infinity : readInstant(asOf);
  if (typeof until === "string") throw invalidOption("asOf", asOf, `ISO-8601 text with an offset, or a Date (${until})`);
  const ids = new Set<string>();
  for (const trade of trades) {
    const { id, symbol, at } = parseEntry(trade, rules);
    if (ids.has(id)) throw duplicateId(id, symbol);
    ids.add(id);
    if (at <= until) yield trade;
  }
}

const rowKey = (row: AllocationJson): string => JSON.stringify([row.sellId, row.buyId, row.kind]);
const lotKey = (lot: OpenLotJson): string => JSON.stringify([lot.account, lot.id, lot.side]);

function compareRows(symbol: string, expected: readonly AllocationJson[], actual: readonly AllocationJson[]): readonly Violation[] {
  const left = groupBy(actual, rowKey);
  const violations: Violation[] = [];
  for (const row of expected) {
    const found = left.get(rowKey(row))?.shift();
    if (found === undefined) violations.push(violation("missing-row", symbol, row.sellId, row.buyId, "quantity", row.quantity, null));
    else violations.push(...wrongFields("wrong-value", symbol, row.sellId, row.buyId, row, found));
  }
  for (const row of [...left.values()].flat())
    violations.push(violation("extra-row", symbol, row.sellId, row.buyId, "quantity", null, row.quantity));
  if (violations.length > 0) return violations;
  const misplaced = expected.findIndex((row, i) => rowKey(row) !== rowKey(actual[i] ?? row));
  const [row, found] = [expected[misplaced], actual[misplaced]];
  return row === undefined || found === undefined
    ? []
    : [violation("wrong-order", symbol, row.sellId, row.buyId, null, row.sellId, found.sellId)];
}

/** Said apart from the comparison because it is what a reader asks first: does every sell add up? */
function conservation(symbol: string, expected: readonly AllocationJson[], actual: readonly AllocationJson[]): readonly Violation[] {
  const want = quantities(expected);
  const have = quantities(actual);
  return [...want].flatMap(([sellId, quantity]) => {
    const found = have.get(sellId) ?? "0";
    return found === quantity ? [] : [violation("sell-not-conserved", symbol, sellId, null, "quantity", quantity, found)];
  });
}

function quantities(rows: readonly AllocationJson[]): ReadonlyMap<string, string> {
  const own = rows.filter((row) => !((row.kind === "dust" || row.kind === "fee") && row.buyId !== null));
  return new Map(
    [...groupBy(own, (row) => row.sellId)].map(([sellId, parts]) => {
      const sum = parts.reduce((before, row) => add(before, exactOf(row.quantity)), ZERO);
      return [sellId, writeExact(sum)];
    }),
  );
}

function compareLots(symbol: string, expected: readonly OpenLotJson[], actual: readonly OpenLotJson[]): readonly Violation[] {
  const left = groupBy(actual, lotKey); // several after a transfer back and forth
  const violations = expected.flatMap((lot) => {
    const found = left.get(lotKey(lot))?.shift();
    return found === undefined
      ? [violation("missing-lot", symbol, lot.id, lot.id, "quantity", lot.quantity, null)]
      : wrongFields("wrong-lot", symbol, lot.id, lot.id, lot, found);
  });
  return [
    ...violations,
    ...[...left.values()].flat().map((lot) => violation("extra-lot", symbol, lot.id, lot.id, "quantity", null, lot.quantity)),
  ];
}

function wrongFields<T extends object>(
  code: ViolationCode,
  symbol: string,
  tradeId: string,
  buyId: string | null,
  expected: T,
  actual: T,
): readonly Violation[] {
  return (Object.keys(expected) as (keyof T & string)[])
    .filter((field) => field !== "reason" && expected[field] !== actual[field])
    .map((field) => violation(code, symbol, tradeId, buyId, field, shownValue(expected[field]), shownValue(actual[field])));
}

function violation(
  code: ViolationCode,
  symbol: string,
  tradeId: string,
  buyId: string | null,
  field: string | null,
  expected: string | null,
  actual: string | null,
): Violation {
  return { code, symbol, tradeId, buyId, field, expected, actual };
}

function shownValue(value: unknown): string | null {
  return typeof value === "string" ? value : value === null || value === undefined ? null : JSON.stringify(value);
}

function lotJson(lot: OpenLot | OpenLotJson): OpenLotJson {
  return "toJSON" in lot ? lot.toJSON() : lot;
}
