// A user's trading service: rounds until it is stopped, each on record as a task, with a sign of life and a line of the log.
import { randomUUID } from "node:crypto";
import type { Scope } from "@td/storage";
import type { Clock } from "./clock.ts";
import type { ComputeLedger } from "./ledger.ts";
import { tradeOnce } from "./paper-desk.ts";
import type { Random } from "./random.ts";

/** What the service is called in the record. */
export const TRADER = "trader";

/** What it needs. */
export interface TraderWork {
  readonly me: Scope;
  readonly clock: Clock;
  readonly random: Random;
  /** The exchange's own list of the user's fills. */
  readonly exchange: string;
  /** Milliseconds between two rounds. */
  readonly roundMs: number;
  readonly compute: ComputeLedger;
}

/** Works until the signal; says at the end that it does not run any more. */
export async function runTrader(work: TraderWork, signal: AbortSignal): Promise<void> {
  const { me, clock } = work;
  const now = (): Date => clock.now();
  await me.services.heartbeat({ service: TRADER, at: now() });
  await me.services.log("INFO", TRADER, "started", null, now());
  try {
    while (!signal.aborted) {
      await runRound(work);
      await me.services.heartbeat({ service: TRADER, at: now() });
      await clock.wait(work.roundMs, signal);
    }
  } finally {
    await me.services.log("INFO", TRADER, "stopped", null, now());
    await me.services.heartbeat({ service: TRADER, running: false, at: now() });
  }
}

/** One round. What goes wrong in it is on record, and the next round comes. */
async function runRound({ me, clock, random, exchange, compute }: TraderWork): Promise<void> {
  const at = clock.now();
  const outcome = await me.services.runTask(
    "trade",
    async ({ details, skip }) => {
      if (random.below(8) === 0) skip("the market is quiet");
      const round = await tradeOnce({ me, orderId: `desk-${randomUUID()}`, at: at.toISOString(), random, exchange });
      details(round);
      await compute(me.userId, TRADER);
      return round;
    },
    { service: TRADER, now: () => clock.now() },
  );
  if (outcome.status === "failed") await me.services.log("ERROR", TRADER, String(outcome.error), { task: outcome.executionId }, at);
  else if (outcome.status === "skipped") await me.services.log("DEBUG", TRADER, outcome.reason, null, at);
  else {
    const { side, quantity, symbol, price } = outcome.value;
    await me.services.log("INFO", TRADER, `${side === "buy" ? "bought" : "sold"} ${quantity} ${symbol} at ${price}`, outcome.value, at);
  }
}
