// The application goes on trading while its files are moved. It knows one thing: a store of pending orders. Which side that is, is not its business.
import type { Phase, RecordStore, StoredRecord } from "@td/migrate";
import { writeInstant } from "@td/fifo/values";
import type { PendingOrder } from "./pending-order.ts";

/** What the application does in a phase: orders that it places, and orders of which it learns how they ended. */
interface DayBook {
  readonly placed: readonly (Pick<PendingOrder, "orderId" | "symbol"> & Partial<PendingOrder>)[];
  readonly ended: readonly (Pick<PendingOrder, "orderId" | "status" | "statusWord"> & Partial<PendingOrder>)[];
}

const filled = (orderId: string, executedQuantity: string, executionPrice: string) =>
  ({ orderId, status: "closed", statusWord: "EXECUTED", executedQuantity, executionPrice }) as const;

const DAYS: Readonly<Record<Phase, DayBook>> = {
  legacy: { placed: [{ orderId: "260000000001", symbol: "ALPHA" }], ended: [] },
  "dual-write": {
    placed: [
      { orderId: "260000000011", symbol: "BRAVO" },
      { orderId: "260000000012", symbol: "CEDAR", orderType: "limit", price: "512.05" },
    ],
    ended: [filled("250000090010", "10", "101.45")],
  },
  validate: {
    placed: [{ orderId: "260000000021", symbol: "DELTA" }],
    ended: [{ orderId: "250000090011", status: "cancelled", statusWord: "CANCELLED" }],
  },
  cutover: {
    placed: [
      { orderId: "260000000031", symbol: "ELGIN" },
      { orderId: "260000000032", symbol: "FJORD" },
    ],
    ended: [filled("260000000012", "10", "511.95")],
  },
  archived: { placed: [{ orderId: "260000000041", symbol: "GAMUT" }], ended: [filled("260000000031", "10", "77.1")] },
};

/** Trades as the phase's day book says; what was done before is not done again. */
export async function tradeFor(phase: Phase, store: RecordStore<PendingOrder>, now: Date): Promise<void> {
  const { placed, ended } = DAYS[phase];
  const at = writeInstant(now.getTime() * 1000);
  for (const order of placed) {
    // Orders are written one by one, as they are placed: the store is asked first whether this one was, before a kill.
    if ((await store.get(order.orderId)) === undefined) await store.put([{ key: order.orderId, value: fresh(order, at) }]);
  }
  const changed: StoredRecord<PendingOrder>[] = [];
  for (const end of ended) {
    const order = await store.get(end.orderId);
    if (order !== undefined && order.status !== end.status)
      changed.push({ key: end.orderId, value: { ...order, ...end, lastCheckedAt: at } });
  }
  await store.put(changed);
}

function fresh(order: DayBook["placed"][number], at: string): PendingOrder {
  return {
    side: "buy",
    quantity: "10",
    orderType: "market",
    variety: "amo",
    price: null,
    status: "pending",
    statusWord: "PENDING",
    placedAt: at,
    lastCheckedAt: at,
    executedQuantity: "0",
    executionPrice: null,
    reason: null,
    others: { placed_symbol: `${order.symbol}-EQ`, ticker: `${order.symbol}.NS`, check_count: "0" },
    ...order,
  };
}
