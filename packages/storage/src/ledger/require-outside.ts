// Calls that run transactions of their own, and log beside them.
import { StorageError } from "../errors.ts";
import type { LedgerAccess } from "./ledger-access.ts";

/** Throws `bad-request` inside a transaction. */
export function requireOutside(access: LedgerAccess, call: string): void {
  if (!access.inTransaction) return;
  throw new StorageError(
    "bad-request",
    `ledger.${call}() was called inside a transaction; it runs many of its own, and logs failures beside them. Call it outside.`,
  );
}
