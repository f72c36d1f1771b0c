// The entries of `portfolio.positions` as positions, and back. Only open ones are there.
import { decimalText, requiredText } from "@td/migrate";
import { z } from "zod";
import type { More, PositionFact } from "./facts.ts";
import { leftOver } from "./left-over.ts";
import { instantOf } from "./times.ts";

const price = () => decimalText({ notNegative: true });

/** An entry of `portfolio.positions`. */
export const positionSchema = z.looseObject({
  id: requiredText("missing-id"),
  symbol: requiredText("missing-symbol"),
  type: z.enum(["LONG", "SHORT"], { error: "unknown-side" }),
  entryPrice: price(),
  size: decimalText({ positive: "size-not-positive" }),
  leverage: decimalText({ positive: true }).default("1"),
  /** 0 is what an exchange says when there is none; it is kept as it is. */
  liquidationPrice: price().nullish(),
  stopLoss: price().nullish(),
  takeProfit: price().nullish(),
  pnl: decimalText().nullish(),
});

/** An entry, checked. */
export type OpenPosition = z.infer<typeof positionSchema>;

/** On paper the id is made once, from the time: `pos_<milliseconds>_<random>`. */
const PAPER_ID = /^pos_(\d{13})_/;

/** The position of an entry. */
export function positionOf(entry: OpenPosition): PositionFact {
  const { id, symbol, type, entryPrice, size, leverage, liquidationPrice = null, stopLoss = null, takeProfit = null, pnl = null } = entry;
  const ms = PAPER_ID.exec(id)?.[1];
  const known = ["id", "symbol", "type", "entryPrice", "size", "leverage", "liquidationPrice", "stopLoss", "takeProfit", "pnl"];
  return {
    kind: "position",
    id,
    symbol,
    positionType: type,
    entryPrice,
    size,
    leverage,
    liquidationPrice,
    stopLoss,
    takeProfit,
    unrealizedPnl: pnl,
    // An id that is made again at every sync says when the sync was, not when the position was opened.
    openedAt: ms === undefined ? null : instantOf(ms),
    mode: isPaperId(id) ? "paper" : "broker",
    attributes: leftOver(entry, known),
  };
}

/** Whether an id was made on paper. */
function isPaperId(id: string): boolean {
  return id.startsWith("pos_");
}

/** Fields of a position that are numbers in the blob. */
export const POSITION_NUMBERS = ["entryPrice", "size", "leverage", "liquidationPrice", "stopLoss", "takeProfit", "pnl"];

/** The entry of a position; numbers are text. */
export function openPositionOf(fact: PositionFact): More {
  const { id, symbol, positionType, entryPrice, size, leverage, liquidationPrice, stopLoss, takeProfit, unrealizedPnl, attributes } = fact;
  return {
    id,
    symbol,
    type: positionType,
    entryPrice,
    size,
    leverage,
    ...(liquidationPrice !== null && { liquidationPrice }),
    ...(stopLoss !== null && { stopLoss }),
    ...(takeProfit !== null && { takeProfit }),
    ...(unrealizedPnl !== null && { pnl: unrealizedPnl }),
    ...attributes,
  };
}

/** The key of an entry among its bot's, which is also the id of its row: an exchange's position is known by its market and side. */
export function positionKey(botId: string, entry: More): string {
  const id = typeof entry["id"] === "string" && entry["id"] !== "" ? entry["id"] : "(no id)";
  return isPaperId(id) ? id : `${botId}/${String(entry["symbol"])}/${String(entry["type"])}`;
}
