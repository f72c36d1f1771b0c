// `failed_orders` in trades_history.json: buys that were never placed for want of money, and were tried again later.
import type { OrderInput } from "@td/storage";
import { z } from "zod";
import { kept } from "./attributes.ts";
import { time, timeIfAny } from "./indian-time.ts";
import { shares } from "./rupees.ts";
import { firstSymbol } from "./symbols.ts";

const name = z.string().nullish();

/** The record. */
export const failedOrder = z
  .looseObject({
    symbol: name,
    ticker: name,
    qty: shares(),
    reason: z.string(),
    first_failed_at: time(),
    last_retry_attempt: timeIfAny(),
    retry_count: z.coerce.number().int().min(0).nullish(),
  })
  .refine(({ symbol, ticker }) => firstSymbol(symbol, ticker) !== null, { error: "missing-symbol" });

/** The order. It was placed never: the time of the first failure stands for that, and `reason` says so. */
export function failedOrderRow(record: z.infer<typeof failedOrder>): OrderInput {
  const { symbol, ticker, qty, reason, first_failed_at, last_retry_attempt, retry_count, ...others } = record;
  const base = firstSymbol(symbol, ticker) ?? "";
  return {
    id: `failed:${base}@${first_failed_at}`,
    symbol: base,
    side: "buy",
    orderType: "market",
    quantity: qty,
    status: "failed",
    placedAt: first_failed_at,
    firstFailedAt: first_failed_at,
    lastRetryAt: last_retry_attempt,
    retryCount: retry_count ?? 0,
    reason: `${reason} (never placed; the time is that of the first failure)`,
    origin: "signal",
    mode: "broker",
    attributes: kept({ ticker, ...others }),
    source: "import:failed_orders",
  };
}
