import type { ComputeReport, Storage } from "@td/storage";

/** Computes the ledger of a user, for a reason that the log keeps. */
export type ComputeLedger = (user: string, triggeredBy: string) => Promise<ComputeReport>;

/** Computes ledgers. The service and a reconciliation may ask at the same time: td lets the computations of one user take turns. */
export function ledgerComputer(storage: Storage): ComputeLedger {
  return (user, triggeredBy) => storage.forUser(user).ledger.compute({ triggeredBy });
}
