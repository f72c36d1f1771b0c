import type { ComputeReport, Storage } from "@td/storage";

/** Computes the ledger of a user, for a reason that the log keeps. */
export type ComputeLedger = (user: string, triggeredBy: string) => Promise<ComputeReport>;

/**
 * Computes ledgers, those of one user one after the other: the service and a reconciliation may ask at the same time, and td lets the later computation
 * win and tells the earlier one `superseded`. Trying that again at once would only take over the other. From another process `superseded` may still come:
 * the computation that won began later, so it has read what this one would have.
 */
export function createLedgerQueue(storage: Storage): ComputeLedger {
  const turns = new Map<string, Promise<unknown>>();
  return (user, triggeredBy) => {
    const before = turns.get(user) ?? Promise.resolve();
    const computed = before.then(() => storage.forUser(user).ledger.compute({ triggeredBy }));
    const turn = computed.then(
      () => undefined,
      () => undefined, // its caller hears of it; the next one's turn comes
    );
    turns.set(user, turn);
    return computed;
  };
}
