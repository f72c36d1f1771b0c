// system_recommended_symbols.json: two unrelated things under one name. The application's own form is the tracking of symbols that were
// recommended, with dates and without any indicator; the importer's form is a list of indicators, without any date.
import type { SignalInput } from "@td/storage";
import { requiredText } from "@td/migrate";
import { z } from "zod";
import { kept } from "./attributes.ts";
import { time, timeIfAny } from "./indian-time.ts";
import { rupeesIfAny } from "./rupees.ts";
import { firstSymbol } from "./symbols.ts";

const name = z.string().nullish();
const SOURCE = "import:system_recommended_symbols";

/** A symbol that is or was tracked. */
export const tracking = z.looseObject({
  id: requiredText("missing-id"),
  symbol: requiredText("missing-symbol"),
  tracking_started_at: time(),
  tracking_ended_at: timeIfAny(),
  tracking_status: z.enum(["active", "completed"]),
  initial_order_id: name,
  recommendation_verdict: name,
  stop_reason: name,
});

/** The signal that a tracking is. */
export function trackingRow(record: z.infer<typeof tracking>): SignalInput {
  const { id, symbol, tracking_started_at, tracking_ended_at, tracking_status, recommendation_verdict, stop_reason, ...others } = record;
  const ordered = (record.initial_order_id ?? "") !== "";
  return {
    id,
    symbol: firstSymbol(symbol) ?? "",
    at: tracking_started_at,
    endedAt: tracking_ended_at,
    status: tracking_status === "active" ? "active" : ordered ? "traded" : "expired",
    verdict: recommendation_verdict ?? null,
    reason: stop_reason ?? null,
    attributes: kept(others),
    source: SOURCE,
  };
}

const figure = rupeesIfAny();

/** Indicators of a symbol, under either spelling of their names. */
export const indicators = z
  .looseObject({
    symbol: name,
    Symbol: name,
    ticker: name,
    rsi10: figure,
    RSI10: figure,
    ema9: figure,
    EMA9: figure,
    ema200: figure,
    EMA200: figure,
    distance_to_ema9: figure,
    DistanceToEMA9: figure,
    clean_chart: z.boolean().nullish(),
    monthly_support_dist: figure,
    confidence: figure,
  })
  .refine(({ symbol, Symbol, ticker }) => firstSymbol(symbol, Symbol, ticker) !== null, { error: "missing-symbol" });

/** The signal that indicators are. `at` is what the person says of the file; throws without: its records have no time, and that of an import is not one. */
export function indicatorRow(record: z.infer<typeof indicators>, at: string | null): SignalInput {
  if (at === null) throw new Error("indicators have no time of their own: say with --signals-at when they were computed");
  const { symbol, Symbol, ticker, rsi10, RSI10, ema9, EMA9, ema200, EMA200, distance_to_ema9, DistanceToEMA9, ...rest } = record;
  const { clean_chart, monthly_support_dist, confidence, ...others } = rest;
  const base = firstSymbol(symbol, Symbol, ticker) ?? "";
  return {
    id: `indicators-${base}@${at}`,
    symbol: base,
    at,
    rsi10: rsi10 ?? RSI10,
    ema9: ema9 ?? EMA9,
    ema200: ema200 ?? EMA200,
    distanceToEma9: distance_to_ema9 ?? DistanceToEMA9,
    cleanChart: clean_chart ?? null,
    monthlySupportDist: monthly_support_dist,
    confidence,
    attributes: kept({ ticker, ...others }),
    source: SOURCE,
  };
}
