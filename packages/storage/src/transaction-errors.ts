// What goes wrong with transactions, in the same words on every engine.
import { StorageError } from "./errors.ts";

/** `close` was called inside a transaction. */
export function closedInside(): StorageError {
  return new StorageError(
    "would-deadlock",
    "storage.close() was called inside a transaction, which it would have to wait for: call it afterwards.",
  );
}

/** A transaction would wait for one that waits for it. */
export function deadlock(path: string): StorageError {
  return new StorageError(
    "would-deadlock",
    `A transaction on ${path} is open through another storage object: use that one's transaction, or open it once.`,
    { facts: { path } },
  );
}

/** The storage has been closed. */
export function closed(): StorageError {
  return new StorageError("closed", "The storage is closed: open it again with openStorage.");
}

/** A handle was used after its transaction. */
export function transactionOver(): StorageError {
  return new StorageError(
    "transaction-over",
    "This transaction has ended: await all work on it inside its callback, and use the scope itself afterwards.",
  );
}

/** A callback left work behind. */
export function unfinished(): StorageError {
  return new StorageError(
    "transaction-unfinished",
    "The callback of a transaction returned while work on it was still under way; everything was rolled back. Await every call inside the callback.",
  );
}

/** A transaction that can only be rolled back. */
export function doomed(path: string, cause: unknown): StorageError {
  return new StorageError(
    "transaction-over",
    `A call in the transaction on ${path} failed half-way, so all of the transaction is rolled back: run it again once the cause is mended.`,
    { facts: { path }, ...(cause === undefined ? {} : { cause }) },
  );
}
