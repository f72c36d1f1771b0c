// The ledger does not run on PostgreSQL yet: every call says so.
import { StorageError } from "../errors.ts";
import type { Ledger } from "../ledger/create-ledger.ts";

function notYet(): never {
  throw new StorageError(
    "engine-not-available",
    "The FIFO ledger does not run on PostgreSQL yet: compute it on SQLite, or read me.fills here and use @td/fifo.",
  );
}

const rejects = async (): Promise<never> => notYet();

/** A ledger whose calls throw `engine-not-available`. */
export const unavailableLedger: Ledger = Object.freeze({
  compute: rejects,
  current: rejects,
  versions: rejects,
  allocations: notYet,
  openLots: rejects,
  pnlBySymbol: rejects,
  health: rejects,
  reviewQueue: rejects,
  compare: rejects,
  explain: rejects,
  validate: rejects,
  digest: rejects,
});
