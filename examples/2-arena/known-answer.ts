// Whether an import of a made arena is what the arena was made of.
import type { ArenaTruth } from "./legacy-truth.ts";
import type { BotImport } from "./report.ts";

/** Compares the accounts of all bots. What the bots themselves have traded before the import comes on top of what was made. */
export function knownAnswer({ bots }: ArenaTruth, imports: readonly BotImport[]): boolean {
  return imports.every(({ botId, orders, logs, loneCloses, closedPositions }) => {
    const truth = bots[botId];
    if (truth === undefined) return false;
    const [moreOrders, moreLogs] = [orders.read - truth.ordersInBlob, logs.read - truth.logsInBlob];
    const taken = orders.written + orders.identical + logs.written + logs.identical;
    return (
      moreOrders >= 0 &&
      // A turn that was killed may have its log alone.
      moreLogs >= moreOrders &&
      taken === truth.trades + truth.decisions + truth.repeated + moreOrders + moreLogs &&
      orders.conflict + logs.conflict === truth.contradicting &&
      orders.rejected + logs.rejected === truth.senseless &&
      // Some of the turns closed a position.
      closedPositions >= truth.closedPositions &&
      closedPositions <= truth.closedPositions + moreOrders &&
      (botId === "bot_delta" || loneCloses === truth.closes - truth.closedPositions)
    );
  });
}
