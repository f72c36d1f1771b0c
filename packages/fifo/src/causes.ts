// Why a sell may have had no lot: what its neighbourhood in the history suggests. Hints for a person, never a correction.
import { subtract, type Exact, compareExact } from "./exact.ts";
import type { TradeFacts } from "./result.ts";
import { exactOf } from "./units.ts";

/** A likely reason why more was sold than the lots held. */
export type CauseCode =
  | "history-starts-later" // no buy of the symbol before the sell: the export was cut, or the coins were transferred in
  | "duplicate-sell" // another sell of the same quantity at nearly the same time
  | "base-fee" // the shortfall is small enough to be fees taken in the base asset that nobody recorded
  | "bought-just-after" // a buy that would cover it follows within a day: clocks, or a missing sequence
  | "other-account" // another account holds enough: a transfer is missing
  | "missing-buy"; // none of these: ask the exchange for the order

/** A likely cause with its evidence in words. */
export interface Cause {
  /** The kind of cause. */
  readonly code: CauseCode;
  /** What in the history points to it, in words. */
  readonly evidence: string;
}

const MINUTE = 60_000_000;
const DAY = 86_400_000_000;

/** The likely causes of a shortfall, the most specific first; always at least one. */
export function causesOf(sell: TradeFacts, shortfall: string, history: readonly TradeFacts[]): readonly Cause[] {
  const index = history.findIndex((trade) => trade.id === sell.id);
  const before = history.slice(0, Math.max(0, index));
  const after = history.slice(index + 1);
  const missing = exactOf(shortfall);
  const found = [
    startsLater(before),
    twin(sell, history),
    baseFee(sell, missing, before),
    boughtAfter(sell, missing, after),
    elsewhere(sell, missing, before),
  ];
  const causes = found.filter((cause) => cause !== undefined);
  return causes.length > 0
    ? causes
    : [{ code: "missing-buy", evidence: `nothing in the history explains the missing ${shortfall}; ask the exchange for its fills` }];
}

function startsLater(before: readonly TradeFacts[]): Cause | undefined {
  if (before.some((trade) => trade.kind === "buy")) return undefined;
  return { code: "history-starts-later", evidence: "no buy of this symbol comes before the sell" };
}

function twin(sell: TradeFacts, history: readonly TradeFacts[]): Cause | undefined {
  const same = history.find(
    (other) => other.id !== sell.id && other.kind === "sell" && other.quantity === sell.quantity && Math.abs(other.at - sell.at) <= MINUTE,
  );
  return same && { code: "duplicate-sell", evidence: `sell ${same.id} has the same quantity at ${same.executedAt}` };
}

/** At most one part in a hundred of the sell, and there were lots. */
function baseFee(sell: TradeFacts, missing: Exact, before: readonly TradeFacts[]): Cause | undefined {
  const small = compareExact({ units: missing.units * 100n, scale: missing.scale }, exactOf(sell.quantity)) <= 0;
  if (!small || !before.some((trade) => trade.kind === "buy")) return undefined;
  return { code: "base-fee", evidence: "the shortfall is at most 1 % of the sell: fees may have been taken in the base asset" };
}

function boughtAfter(sell: TradeFacts, missing: Exact, after: readonly TradeFacts[]): Cause | undefined {
  const buy = after.find(
    (trade) => trade.kind === "buy" && trade.at - sell.at <= DAY && compareExact(exactOf(trade.quantity), missing) >= 0,
  );
  return buy && { code: "bought-just-after", evidence: `buy ${buy.id} of ${buy.quantity} follows at ${buy.executedAt}` };
}

function elsewhere(sell: TradeFacts, missing: Exact, before: readonly TradeFacts[]): Cause | undefined {
  const held = new Map<string, Exact>();
  for (const trade of before) {
    if (trade.kind === "transfer" || trade.kind === "split") continue;
    const change = exactOf(trade.quantity);
    const now = held.get(trade.account) ?? { units: 0n, scale: 0 };
    held.set(trade.account, subtract(now, trade.kind === "sell" ? change : { units: -change.units, scale: change.scale }));
  }
  const other = [...held].find(([account, quantity]) => account !== sell.account && compareExact(quantity, missing) >= 0);
  return other && { code: "other-account", evidence: `account ${JSON.stringify(other[0])} held enough: a transfer may be missing` };
}
