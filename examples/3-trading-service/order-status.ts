// The broker's and the old application's words for where an order stands, in td's.
import type { OrderInput } from "@td/storage";

/** Where an order stands. */
export type Status = OrderInput["status"];

const STATUS: Readonly<Record<string, Status>> = {
  AMO: "pending",
  PENDING: "pending",
  PENDING_EXECUTION: "pending",
  TRIGGER_PENDING: "pending",
  OPEN: "ongoing",
  ONGOING: "ongoing",
  PARTIALLY_FILLED: "ongoing",
  EXECUTED: "closed",
  COMPLETE: "closed",
  FILLED: "closed",
  CLOSED: "closed",
  REJECTED: "failed",
  FAILED: "failed",
  RETRY_PENDING: "failed",
  CANCELLED: "cancelled",
};

/** td's word. Throws for one that nobody has seen: a guess would be a wrong order. */
export function statusOf(word: string): Status {
  const status = STATUS[word.toUpperCase()];
  if (status === undefined) throw new Error(`the status "${word}" is not known; add it to order-status.ts`);
  return status;
}

/** The old application's word for a status that td's own programs set. */
export function wordOf(status: Status): string {
  const words = { pending: "PENDING", ongoing: "OPEN", closed: "EXECUTED", failed: "REJECTED", cancelled: "CANCELLED" } as const;
  return words[status];
}
