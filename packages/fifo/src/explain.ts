import type { AllocationJson } from "./allocation.ts";
import type { HasAllocations } from "./compare.ts";
import { writeDecimal } from "./decimal-text.ts";
import { FifoError, shown } from "./errors.ts";
import { add, ZERO } from "./exact.ts";
import type { Rules } from "./options.ts";
import { rowOf } from "./row.ts";
import { exactOf } from "./units.ts";

/** Where the numbers of one sell come from. Decimals are canonical text, instants canonical UTC text: an explanation is there to be shown. */
export interface Explanation {
  readonly sellId: string;
  readonly symbol: string;
  readonly soldAt: string;
  /** Units sold, a fee in the base asset included. */
  readonly quantity: string;
  readonly price: string;
  /** The rule that chose the lots. */
  readonly rule: string;
  /** One for each lot that the sell took from, in the order it took. */
  readonly lots: readonly ExplainedLot[];
  /** What no lot covers; null when every unit is matched. */
  readonly unmatched: { readonly quantity: string; readonly netProceeds: string; readonly reason: string } | null;
  readonly costBasis: string;
  readonly netProceeds: string;
  /** Sum over the lots; the unmatched part is in neither it nor the two above. */
  readonly pnl: string;
}

/** One lot's share in a sell. */
export interface ExplainedLot {
  readonly buyId: string;
  readonly boughtAt: string | null;
  readonly buyPrice: string | null;
  readonly quantity: string;
  /** Of the sell, as a fraction of whole units: `"3/10"`. */
  readonly share: string;
  readonly costBasis: string;
  readonly buyFee: string;
  readonly netProceeds: string;
  readonly sellFee: string;
  readonly pnl: string;
}

/** Explains one sell of a result; throws `unknown-sell` when the result has no such sell. */
export function explain(result: HasAllocations & { readonly rules?: Rules }, sellId: string): Explanation {
  const rows: AllocationJson[] = [];
  for (const row of result.allocations) if (row.sellId === sellId) rows.push(rowOf(row));
  const [first] = rows;
  if (first === undefined) throw new FifoError("unknown-sell", `No sell ${shown(sellId)} in this result; give the id of a sell that was computed.`, { tradeId: sellId });
  const own = rows.filter((row) => !(row.kind === "dust" && row.buyId !== null)); // a lot's written-off remnant is not part of the sell
  const matched = own.filter((row) => row.kind === "matched");
  const quantity = total(own, "quantity");
  return {
    sellId,
    symbol: first.symbol,
    soldAt: first.sellTime,
    quantity,
    price: first.sellPrice,
    rule: ruleText(result.rules),
    lots: matched.map((row) => lotOf(row, quantity)),
    unmatched: unmatchedOf(own.find((row) => row.kind !== "matched")),
    costBasis: total(matched, "costBasis"),
    netProceeds: total(matched, "netProceeds"),
    pnl: total(matched, "pnl"),
  };
}

function ruleText(rules: Rules | undefined): string {
  const scope = rules?.scope === "account" ? "symbol and account" : "symbol";
  const fees = rules?.fees === "excluded" ? "fees left out" : "buy fee in the cost, sell fee off the proceeds";
  return `FIFO: the oldest open lot of the ${scope} first, by instant, then sequence, then buys before sells, then id; ${fees}`;
}

function lotOf(row: AllocationJson, sold: string): ExplainedLot {
  return {
    buyId: row.buyId ?? "",
    boughtAt: row.buyTime,
    buyPrice: row.buyPrice,
    quantity: row.quantity,
    share: fraction(row.quantity, sold),
    costBasis: row.costBasis ?? "0",
    buyFee: row.buyFee ?? "0",
    netProceeds: row.netProceeds,
    sellFee: row.sellFee,
    pnl: row.pnl ?? "0",
  };
}

function unmatchedOf(row: AllocationJson | undefined): Explanation["unmatched"] {
  return row === undefined ? null : { quantity: row.quantity, netProceeds: row.netProceeds, reason: row.reason ?? "no lot covers it" };
}

function total(rows: readonly AllocationJson[], field: "quantity" | "costBasis" | "netProceeds" | "pnl"): string {
  const sum = rows.reduce((before, row) => add(before, exactOf(row[field] ?? "0")), ZERO);
  return writeDecimal(sum.units, sum.scale);
}

/** a/b in lowest terms. */
function fraction(part: string, whole: string): string {
  const a = exactOf(part);
  const b = exactOf(whole);
  const scale = Math.max(a.scale, b.scale);
  const numerator = a.units * 10n ** BigInt(scale - a.scale);
  const denominator = b.units * 10n ** BigInt(scale - b.scale);
  const divisor = greatestCommonDivisor(numerator, denominator);
  return divisor === 0n ? "0" : `${numerator / divisor}/${denominator / divisor}`;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}
