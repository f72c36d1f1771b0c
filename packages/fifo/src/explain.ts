import type { AllocationJson } from "./allocation.ts";
import { causesOf, type Cause } from "./causes.ts";
import type { HasAllocations } from "./compare.ts";
import { decimalInput } from "./decimal-text.ts";
import { FifoError, shown } from "./errors.ts";
import { add, ZERO } from "./exact.ts";
import type { Method, Rules } from "./options.ts";
import type { TradeFacts } from "./result.ts";
import { rowOf } from "./row.ts";
import { exactOf } from "./units.ts";
import { writeExact } from "./write-exact.ts";

/** Where the numbers of one sell come from. Decimals are canonical text, instants canonical UTC text: an explanation is there to be shown. */
export interface Explanation {
  /** The id of the sell. */
  readonly sellId: string;
  /** The market. */
  readonly symbol: string;
  /** Canonical UTC instant of the sell. */
  readonly soldAt: string;
  /** Units sold, a fee in the base asset included, whether lots cover them or not. Of a transfer, what its rows say. */
  readonly quantity: string;
  /** Price per unit, quote currency. */
  readonly price: string;
  /** The sell's place in the total order: instant, sequence, side, id. */
  readonly orderKey: readonly [executedAt: string, sequence: number | null, side: string, id: string];
  /** The rule that chose the lots. */
  readonly rule: string;
  /** One for each lot that the sell took from, in the order it took. */
  readonly lots: readonly ExplainedLot[];
  /** What no lot covers; null when every unit is matched or open. */
  readonly unmatched: Shortfall | null;
  /** Units of a short that no buy has closed yet, as splits left them; `"0"` for none, and where the result does not say what is open. */
  readonly open: string;
  /** Cost of the matched lots, quote currency, fees as the rules say. */
  readonly costBasis: string;
  /** What the matched units brought in, less the fee, quote currency. */
  readonly netProceeds: string;
  /** Sum over the lots; the unmatched part is in neither it nor the two above. */
  readonly pnl: string;
}

/** The part of a sell that no lot covers. */
export interface Shortfall {
  /** Units without a lot, base asset. */
  readonly quantity: string;
  /** What they brought in, less their share of the fee, quote currency. */
  readonly netProceeds: string;
  /** Why no lot covers them, in words. */
  readonly reason: string;
  /** Units that its lots held when it was sold; it used all of them up. */
  readonly held: string;
  /** What may be behind it, the most specific first; empty when the result has no history to look at. */
  readonly causes: readonly Cause[];
}

/** One lot's share in a sell. */
export interface ExplainedLot {
  /** The id of the buy. */
  readonly buyId: string;
  /** Canonical UTC instant of the buy; null when not known. */
  readonly boughtAt: string | null;
  /** Price per unit of the buy, quote currency; null when not known. */
  readonly buyPrice: string | null;
  /** Units taken from it, base asset. */
  readonly quantity: string;
  /** Of the sell, as a fraction in lowest terms: `"3/10"`. Where a split came between the two trades, of what the split made of the sell or the lot. */
  readonly share: string;
  /** Of what was bought; null when the result has no history to look at. */
  readonly shareOfLot: string | null;
  /** What they had cost, quote currency. */
  readonly costBasis: string;
  /** Their share of the buy's fee, quote currency. */
  readonly buyFee: string;
  /** What they brought in, less `sellFee`, quote currency. */
  readonly netProceeds: string;
  /** Their share of the sell's fee, quote currency. */
  readonly sellFee: string;
  /** `netProceeds` less `costBasis`. */
  readonly pnl: string;
}

/** A result to explain: a `FifoResult`, or rows of a database, with or without the history that causes are read from. */
export type Explainable = HasAllocations;

/**
 * Explains one sell of a result, a short that is open included; throws `unknown-sell` when the result has no such sell, or has of it only an open lot
 * and no history.
 */
export function explain(result: Explainable, sellId: string): Explanation {
  const rows: AllocationJson[] = [];
  for (const row of result.allocations) if (row.sellId === sellId) rows.push(rowOf(row));
  const openLots = Array.from(result.openLots ?? []).filter((lot) => lot.id === sellId);
  const symbol = (rows[0] ?? openLots[0])?.symbol ?? "";
  const history = result.trades?.(symbol) ?? [];
  const places = new Map(history.map((trade, i) => [trade.id, i]));
  const sell = history[places.get(sellId) ?? -1];
  const seen = seenOf(rows[0], sell);
  if (seen === undefined)
    throw new FifoError("unknown-sell", `No sell ${shown(sellId)} in this result; give the id of a sell that was computed.`, {
      tradeId: sellId,
    });
  const own = rows.filter((row) => row.kind !== "dust" || row.buyId === null); // a lot's written-off remnant is not part of the sell
  const matched = own.filter((row) => row.kind === "matched");
  const open = sum(openLots.map(({ quantity }) => decimalInput(quantity)));
  const quantity = sell?.kind === "sell" ? sell.quantity : writeExact(add(exactOf(total(own, "quantity")), exactOf(open)));
  const splits = history.flatMap(({ ratio }, i) => (ratio === null ? [] : [{ i, ratio }]));
  return {
    sellId,
    symbol,
    soldAt: seen.soldAt,
    quantity,
    price: seen.price,
    orderKey: [seen.soldAt, sell?.sequence ?? null, sell?.kind ?? "sell", sellId],
    rule: ruleText(result.rules),
    lots: matched.map((row) => {
      const bought = places.get(row.buyId ?? "");
      const sold = places.get(sellId) ?? Infinity;
      const original = bought === undefined ? undefined : history[bought]?.quantity;
      const ratio = (from: number): Ratio => ratioOf(splits.filter(({ i }) => from < i && i < Math.max(sold, bought ?? 0)));
      return {
        ...lotOf(row),
        share: fraction(row.quantity, quantity, ratio(sold)),
        shareOfLot: original === undefined ? null : fraction(row.quantity, original, ratio(bought ?? 0)),
      };
    }),
    unmatched: shortfallOf(
      own.find((row) => row.kind === "unmatched" || row.kind === "dust"),
      total(matched, "quantity"),
      sell,
      history,
    ),
    open,
    costBasis: total(matched, "costBasis"),
    netProceeds: total(matched, "netProceeds"),
    pnl: total(matched, "pnl"),
  };
}

/** When and at what price a sell was: its rows say it, and where a short has none yet, the history. */
function seenOf(row: AllocationJson | undefined, sell: TradeFacts | undefined): { soldAt: string; price: string } | undefined {
  if (row !== undefined) return { soldAt: row.sellTime, price: row.sellPrice };
  return sell?.kind === "sell" ? { soldAt: sell.executedAt, price: writeExact(exactOf(sell.price)) } : undefined;
}

const METHODS: Readonly<Record<Method, string>> = {
  fifo: "FIFO: the oldest open lot",
  lifo: "LIFO: the newest open lot",
  hifo: "HIFO: the open lot with the highest cost per unit",
  lofo: "LOFO: the open lot with the lowest cost per unit",
  specific: "specific identification: the lots named, then the oldest open lot",
};

function ruleText(rules: Rules | undefined): string {
  const scope = rules?.scope === "account" ? "symbol and account" : "symbol";
  const fees = rules?.fees === "excluded" ? "fees left out" : "buy fee in the cost, sell fee off the proceeds";
  return `${METHODS[rules?.method ?? "fifo"]} of the ${scope} first; age by instant, then sequence, then buys before sells, then id; ${fees}`;
}

function lotOf(row: AllocationJson): Omit<ExplainedLot, "share" | "shareOfLot"> {
  return {
    buyId: row.buyId ?? "",
    boughtAt: row.buyTime,
    buyPrice: row.buyPrice,
    quantity: row.quantity,
    costBasis: row.costBasis ?? "0",
    buyFee: row.buyFee ?? "0",
    netProceeds: row.netProceeds,
    sellFee: row.sellFee,
    pnl: row.pnl ?? "0",
  };
}

function shortfallOf(
  row: AllocationJson | undefined,
  held: string,
  sell: TradeFacts | undefined,
  history: readonly TradeFacts[],
): Shortfall | null {
  if (row === undefined) return null;
  const causes = sell === undefined ? [] : causesOf(sell, row.quantity, history);
  return { quantity: row.quantity, netProceeds: row.netProceeds, reason: row.reason ?? "no lot covers it", held, causes };
}

function total(rows: readonly AllocationJson[], field: "quantity" | "costBasis" | "netProceeds" | "pnl"): string {
  return sum(rows.map((row) => row[field] ?? "0"));
}

function sum(values: readonly string[]): string {
  return writeExact(values.reduce((before, value) => add(before, exactOf(value)), ZERO));
}

interface Ratio {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/** What splits one after the other made of one unit. */
function ratioOf(splits: readonly { readonly ratio: string }[]): Ratio {
  return splits.reduce<Ratio>(
    (before, { ratio }) => {
      const [numerator = "1", denominator = "1"] = ratio.split(":");
      return { numerator: before.numerator * BigInt(numerator), denominator: before.denominator * BigInt(denominator) };
    },
    { numerator: 1n, denominator: 1n },
  );
}

/** part / (whole x ratio) in lowest terms. */
function fraction(part: string, whole: string, ratio: Ratio): string {
  const a = exactOf(part);
  const b = exactOf(whole);
  const scale = Math.max(a.scale, b.scale);
  const numerator = a.units * 10n ** BigInt(scale - a.scale) * ratio.denominator;
  const denominator = b.units * 10n ** BigInt(scale - b.scale) * ratio.numerator;
  const divisor = greatestCommonDivisor(numerator, denominator);
  return divisor === 0n ? "0" : `${numerator / divisor}/${denominator / divisor}`;
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}
