// Whether an import of a made arena is what the arena was made of.
import type { ArenaTruth } from "./legacy-truth.ts";
import type { BotImport } from "./report.ts";

/** Compares the accounts of all bots. The bots' own turns before the import come on top of what was made: `turns` of them at most. */
export function knownAnswer({ bots }: ArenaTruth, imports: readonly BotImport[], turns: number): boolean {
  return imports.every(({ botId, orders, logs, loneCloses, closedPositions }) => {
    const truth = bots[botId];
    if (truth === undefined) return false;
    const since = orders.read - truth.ordersInBlob;
    const taken = orders.written + orders.identical + logs.written + logs.identical;
    return (
      since >= 0 &&
      since <= turns &&
      logs.read - truth.logsInBlob === since &&
      taken === truth.trades + truth.decisions + truth.repeated + 2 * since &&
      orders.conflict + logs.conflict === truth.contradicting &&
      orders.rejected + logs.rejected === truth.senseless &&
      // Some of the turns closed a position.
      closedPositions >= truth.closedPositions &&
      closedPositions <= truth.closedPositions + since &&
      (botId === "bot_delta" || loneCloses === truth.closes - truth.closedPositions)
    );
  });
}
