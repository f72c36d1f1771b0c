// Turns a worked case into trades, and compares a result with what the source publishes.
import { Decimal } from "decimal.js";
import type { Allocation, LedgerInput, OpenLot, TradeInput } from "../../src/index.ts";
import type { GoldenCase, GoldenLot, GoldenPart, GoldenSell, GoldenTrade } from "./case.ts";

// Sums of published cases stay far below this many digits, so no sum here rounds.
const Exact = Decimal.clone({ precision: 200 });

/** A result as far as it is compared. */
export interface Computed {
  readonly allocations: readonly Allocation[];
  readonly openLots: readonly OpenLot[];
}

/** The trades and events of a case as `allocate` takes them; a date without a time is entered as midnight UTC. */
export function entriesOf({ entries, symbol = "ABC-USD" }: GoldenCase): readonly LedgerInput[] {
  return entries.map(({ at, ...entry }) => {
    const given = { symbol, executedAt: at.length === 10 ? `${at}T00:00:00Z` : at };
    return "type" in entry ? { ...entry, ...given } : tradeOf(entry, given);
  });
}

function tradeOf({ buy, sell, price = "0", ...facts }: Omit<GoldenTrade, "at">, given: Pick<TradeInput, "symbol" | "executedAt">): TradeInput {
  return { ...facts, ...given, side: buy === undefined ? "sell" : "buy", quantity: buy ?? sell ?? "", price };
}

/** Every published figure that the result does not have, each as one line; none when the result is what the source says. */
export function differencesOf(golden: GoldenCase, computed: Computed): readonly string[] {
  const compare = comparisonAt(golden.places);
  const [sales, fees] = [computed.allocations.filter((row) => row.kind !== "fee"), computed.allocations.filter((row) => row.kind === "fee")];
  return [
    ...compareSells("sell", golden.sells, sales, compare),
    ...compareSells("fee of transfer", golden.fees ?? [], fees, compare),
    ...compareLots(golden.open, computed.openLots, compare),
    ...compareTotals(golden, computed, compare),
  ];
}

type Compare = (what: string, published: string | undefined, actual: Decimal) => readonly string[];

function comparisonAt(places: number | undefined): Compare {
  const cut = (value: Decimal): Decimal => (places === undefined ? value : value.toDecimalPlaces(places, Decimal.ROUND_HALF_UP));
  return (what, published, actual) => {
    if (published === undefined || cut(new Exact(published)).eq(cut(actual))) return [];
    return [`${what}: published ${published}, computed ${actual.toFixed()}`];
  };
}

function compareSells(kind: string, sells: readonly GoldenSell[], rows: readonly Allocation[], compare: Compare): readonly string[] {
  const ids = [...new Set(rows.map((row) => row.sellId))];
  const rowsOf = (id: string): readonly Allocation[] => rows.filter((row) => row.sellId === id);
  return [
    ...compareLists(`every ${kind}`, sells.map((sell) => sell.id), ids),
    ...sells.flatMap((sell) => compareSell(`${kind} ${sell.id}`, sell, rowsOf(sell.id), compare)),
  ];
}

function compareSell(what: string, sell: GoldenSell, rows: readonly Allocation[], compare: Compare): readonly string[] {
  return [
    ...compareLists(`${what} lots`, sell.parts.map(partText), rows.map((row) => partText({ ...row.toJSON(), buy: row.buyId }))),
    ...sell.parts.flatMap((part, i) => comparePart(`${what} part ${i}`, part, rows[i], compare)),
    ...compare(`${what} cost`, sell.cost, costOf(rows)),
    ...compare(`${what} proceeds`, sell.proceeds, sum(rows.map((row) => row.text("netProceeds")))),
    ...compare(`${what} gain`, sell.gain, gainOf(rows)),
  ];
}

function partText({ buy, quantity, kind }: { buy: string | null; quantity: string; kind?: string }): string {
  const ofKind = kind === "dust" ? "dust" : buy === null ? "unmatched" : "taken";
  return `${ofKind} ${new Exact(quantity).toFixed()} of ${buy ?? "no lot"}`;
}

function comparePart(what: string, part: GoldenPart, row: Allocation | undefined, compare: Compare): readonly string[] {
  const cost = row?.text("costBasis") ?? "0";
  const gain = row?.text("pnl") ?? "0";
  return [...compare(`${what} cost`, part.cost, new Exact(cost)), ...compare(`${what} gain`, part.gain, new Exact(gain))];
}

function compareLots(open: readonly GoldenLot[], lots: readonly OpenLot[], compare: Compare): readonly string[] {
  const text = (lot: GoldenLot): string => `${lot.id} ${new Exact(lot.quantity).toFixed()}${lot.account === undefined ? "" : ` in ${lot.account}`}`;
  const actual = lots.map((lot, i) => {
    const account = open[i]?.account === undefined ? {} : { account: lot.account };
    return text({ id: lot.id, quantity: lot.text("quantity"), ...account });
  });
  return [
    ...compareLists("open lots", open.map(text), actual),
    ...open.flatMap((lot, i) => compare(`open lot ${lot.id} cost`, lot.cost, new Exact(lots[i]?.text("cost") ?? "0"))),
  ];
}

function compareTotals({ totals = {} }: GoldenCase, { allocations, openLots }: Computed, compare: Compare): readonly string[] {
  const sales = allocations.filter((row) => row.kind !== "fee");
  return [
    ...compare("total cost", totals.cost, costOf(sales)),
    ...compare("total proceeds", totals.proceeds, sum(sales.map((row) => row.text("netProceeds")))),
    ...compare("total gain", totals.gain, gainOf(sales)),
    ...compare("open cost", totals.openCost, sum(openLots.map((lot) => lot.text("cost")))),
    ...compare("open quantity", totals.openQuantity, sum(openLots.map((lot) => lot.text("quantity")))),
  ];
}

function costOf(rows: readonly Allocation[]): Decimal {
  return sum(rows.filter((row) => row.kind === "matched").map((row) => row.text("costBasis")));
}

function gainOf(rows: readonly Allocation[]): Decimal {
  return sum(rows.map((row) => row.text("pnl")));
}

function sum(texts: readonly (string | null)[]): Decimal {
  return texts.reduce<Decimal>((total, text) => total.plus(text ?? "0"), new Exact(0));
}

function compareLists(what: string, published: readonly string[], actual: readonly string[]): readonly string[] {
  const [left, right] = [published.join(", "), actual.join(", ")];
  return left === right ? [] : [`${what}: published [${left}], computed [${right}]`];
}
