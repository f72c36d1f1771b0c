// Facts as rows of td's tables, and rows as facts. Imports and the dual write use the same, so what one wrote the other finds identical.
import type { BotDecisionInput, BotDecisionRow, PositionInput, PositionRow, TradeInput, TradeRow } from "@td/storage";
import type { DecisionFact, More, PositionFact, TradeFact } from "./facts.ts";
import type { ClosedPosition } from "./pairs.ts";

/** Where rows say that they come from. */
const SOURCE = "arena";

/** The row of a trade, without its id. */
export function tradeRow({ kind: _kind, id: _id, ...fact }: TradeFact, botId: string): Omit<TradeInput, "id"> {
  return { ...fact, botId, attributes: fact.attributes, source: SOURCE };
}

/** The trade of a row. The last part of the id is what the blob calls it. */
export function tradeFact(row: TradeRow): TradeFact {
  const { id, symbol, tradeType, action, executedAt, positionId, mode } = row;
  return {
    kind: "trade",
    id: id.slice(id.lastIndexOf("/") + 1),
    symbol,
    tradeType,
    action,
    executedAt,
    positionId,
    entryPrice: row.entryPrice.toFixed(),
    exitPrice: row.exitPrice?.toFixed() ?? null,
    size: row.size.toFixed(),
    leverage: row.leverage.toFixed(),
    pnl: row.pnl.toFixed(),
    fee: row.fee.toFixed(),
    mode: mode ?? "paper",
    attributes: row.attributes as More | null,
  };
}

/** The row of a decision. */
export function decisionRow({ kind: _kind, ...fact }: DecisionFact, botId: string): BotDecisionInput {
  return { ...fact, botId, decisions: fact.decisions, attributes: fact.attributes, source: SOURCE };
}

/** The decision of a row. */
export function decisionFact({ at, prompt, decisions, notes, succeeded, error, attributes }: BotDecisionRow): DecisionFact {
  return {
    kind: "decision",
    at,
    prompt,
    notes,
    succeeded,
    error,
    decisions: decisions as readonly More[],
    attributes: attributes as More | null,
  };
}

/** The row of an open position, without its id. An exchange's own id changes at every sync: it is kept, but identifies nothing. */
export function positionRow({ kind: _kind, id, ...fact }: PositionFact, botId: string): Omit<PositionInput, "id"> {
  const attributes = fact.mode === "paper" ? fact.attributes : { ...fact.attributes, exchangeId: id };
  return { ...fact, botId, status: "open", attributes, source: SOURCE };
}

/** The open position of a row. */
export function positionFact(row: PositionRow): PositionFact {
  const { exchangeId, ...others } = (row.attributes ?? {}) as More;
  return {
    kind: "position",
    symbol: row.symbol,
    positionType: row.positionType,
    openedAt: row.openedAt,
    id: typeof exchangeId === "string" ? exchangeId : row.id,
    entryPrice: row.entryPrice?.toFixed() ?? "0",
    size: row.size?.toFixed() ?? "0",
    leverage: row.leverage.toFixed(),
    liquidationPrice: row.liquidationPrice?.toFixed() ?? null,
    stopLoss: row.stopLoss?.toFixed() ?? null,
    takeProfit: row.takeProfit?.toFixed() ?? null,
    unrealizedPnl: row.unrealizedPnl?.toFixed() ?? null,
    mode: row.mode ?? "paper",
    attributes: Object.keys(others).length === 0 ? null : others,
  };
}

/** What a close makes of a position. */
export function closing(close: Pick<TradeFact, "id" | "exitPrice" | "pnl" | "executedAt">) {
  return {
    status: "closed",
    exitPrice: close.exitPrice,
    realizedPnl: close.pnl,
    unrealizedPnl: null,
    closedAt: close.executedAt,
  } as const;
}

/** The row of a position that only its two orders tell of. */
export function closedPositionRow({ id, open, close }: ClosedPosition, botId: string): PositionInput {
  const { symbol, tradeType: positionType, entryPrice, size, leverage, executedAt: openedAt, mode } = open;
  return {
    id,
    botId,
    symbol,
    positionType,
    entryPrice,
    size,
    leverage,
    openedAt,
    mode,
    ...closing(close),
    attributes: { openedBy: open.id, closedBy: close.id },
    source: SOURCE,
  };
}
