// Locks that serve in the order of asking, and those that all storages of a process share.

/** A first-in, first-out lock. */
export class FifoLock {
  #tail: Promise<void> = Promise.resolve();

  /** Resolves, when all earlier holders have released, to the function that releases. */
  async acquire(): Promise<() => void> {
    const before = this.#tail;
    let release = (): void => {};
    this.#tail = new Promise((resolve) => (release = resolve));
    await before;
    return release;
  }
}

const shared = new Map<string, { readonly lock: FifoLock; users: number }>();

/**
 * The lock of those in this process who write the same thing: a file of SQLite, a user's rows on PostgreSQL. Two storages open on one file
 * share it: two writers that waited for each other inside SQLite would stop the event loop and with it the one that must finish first.
 */
export function shareLock(key: string): FifoLock {
  const entry = shared.get(key) ?? { lock: new FifoLock(), users: 0 };
  entry.users++;
  shared.set(key, entry);
  return entry.lock;
}

/** Gives back a lock taken by {@link shareLock}. */
export function leaveLock(key: string): void {
  const entry = shared.get(key);
  if (entry !== undefined && --entry.users === 0) shared.delete(key);
}
