// The weekly reconciliation: the user's fills against the exchange's own list. On record as a task of the user's.
import { readFile } from "node:fs/promises";
import type { TradeInput } from "@td/fifo";
import { reconcile, type ExchangeFill, type Reconciliation } from "@td/fifo/audit";
import type { FillRow, Scope, TaskOutcome } from "@td/storage";
import { z } from "zod";
import type { Clock } from "./clock.ts";
import type { ComputeLedger } from "./ledger.ts";

/** The name of the task in the record. */
const RECONCILE_TASK = "reconcile";

/** What a reconciliation found. `equal + different + missing` are the exchange's orders, `equal + different + extra` the user's. */
export interface ReconcileReport {
  readonly equal: number;
  readonly missing: readonly string[];
  readonly extra: readonly string[];
  readonly different: Reconciliation["different"];
  /** Missing buys that were added to the fills. */
  readonly added: number;
}

const exchangeLine = z
  .object({
    trade_id: z.string(),
    order_id: z.string(),
    product_id: z.string(),
    side: z.enum(["buy", "sell"]),
    size: z.string(), // text, so no digit is lost
    price: z.string(),
    commission: z.string(),
    trade_time: z.string(),
  })
  .transform((line): ExchangeFill => ({
    fillId: line.trade_id,
    orderId: line.order_id,
    symbol: line.product_id,
    side: line.side,
    quantity: line.size,
    price: line.price,
    fee: line.commission,
    executedAt: line.trade_time,
  }));

/** What a reconciliation works with. */
export interface ReconcileWork {
  readonly me: Scope;
  readonly clock: Clock;
  /** The exchange's list, JSON Lines. */
  readonly exchange: string;
  readonly compute: ComputeLedger;
}

/** Compares, and adds the missing buys when asked to: then a sell that no lot covered finds its lot. */
export function reconcileUser({ me, clock, exchange, compute }: ReconcileWork, addMissing: boolean): Promise<TaskOutcome<ReconcileReport>> {
  return me.services.runTask(
    RECONCILE_TASK,
    async ({ details }) => {
      const found = reconcile(await tradesOf(me), await fillsOf(exchange), { retention: { from: "2000-01-01T00:00:00Z" } });
      const added = addMissing ? await add(me, found) : 0;
      if (added > 0) await compute(me.userId, RECONCILE_TASK);
      const report = reportOf(found, added);
      details(report);
      return report;
    },
    { service: "reconciliation", now: () => clock.now() },
  );
}

async function tradesOf(me: Scope): Promise<readonly TradeInput[]> {
  const trades: TradeInput[] = [];
  for await (const rows of me.fills.stream({ orderBy: "by_time" })) trades.push(...rows.map(tradeOf));
  return trades;
}

const tradeOf = ({ id, symbol, side, quantity, price, gross, fee, executedAt }: FillRow): TradeInput => ({
  id,
  symbol,
  side,
  quantity,
  price,
  gross,
  fee,
  executedAt,
});

async function fillsOf(path: string): Promise<readonly ExchangeFill[]> {
  const lines = (await readFile(path, "utf8")).split("\n").filter((line) => line !== "");
  return lines.map((line) => exchangeLine.parse(JSON.parse(line)));
}

async function add(me: Scope, { backfill }: Reconciliation): Promise<number> {
  const rows = backfill.map(({ id, symbol, side, quantity, price, gross, fee, executedAt }) => ({
    id,
    symbol,
    side,
    quantity,
    price,
    gross,
    fee,
    executedAt,
    source: "exchange-backfill",
  }));
  const { written } = await me.fills.importMany(rows);
  return written;
}

function reportOf({ counts, missing, extra, different }: Reconciliation, added: number): ReconcileReport {
  return { equal: counts.equal, missing: missing.map(({ id }) => id), extra: extra.map(({ id }) => id), different, added };
}
