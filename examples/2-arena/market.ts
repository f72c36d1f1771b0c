// The bots at work, one turn after the other, while the migration goes on beside them.
import type { Side } from "./sides.ts";
import { saveSums } from "./sums.ts";
import type { SurveyedBot } from "./survey.ts";
import { mendHalfDone, takeTurn } from "./trader.ts";

/** The arena's clock: the last save, and a minute for each turn. Its turns are the same on every machine. */
export interface ArenaClock {
  /** Milliseconds since 1970. */
  ms: number;
}

/** Bots at work. */
export interface Market {
  /** Takes so many turns; how many were taken. Stops between two when the signal says so. */
  readonly trade: (turns: number) => Promise<number>;
  /** Takes back what a kill left half done since a moment. */
  readonly mend: (since: string) => Promise<number>;
}

/** The bots that trade on paper and do not rest. */
export function market(path: string, sides: readonly Side[], clock: ArenaClock, seed: number, signal: AbortSignal): Market {
  const traders = sides.flatMap(({ dual, bots }) => bots.filter(isTrading).map((bot) => ({ dual, bot })));
  return {
    trade: async (turns) => {
      for (let turn = 0; turn < turns && traders.length > 0; turn++) {
        if (signal.aborted) return turn;
        clock.ms += 60_000;
        const trader = traders[Math.floor(clock.ms / 60_000) % traders.length];
        if (trader === undefined) return turn;
        const result = await takeTurn(trader.dual, trader.bot.id, clock.ms, seed);
        saveSums(path, trader.bot, result, clock.ms);
      }
      return turns;
    },
    mend: async (since) => {
      let mended = 0;
      for (const { dual, bot } of traders) mended += await mendHalfDone(dual, bot.id, since);
      return mended;
    },
  };
}

function isTrading({ mode, paused }: SurveyedBot): boolean {
  return mode === "paper" && !paused;
}
