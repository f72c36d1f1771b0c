// A lock that serves in the order of asking.

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

const fileLocks = new Map<string, { readonly lock: FifoLock; users: number }>();

/**
 * The lock of a file's writers in this process. Two storages open on one file share it: two writers that
 * waited for each other inside SQLite would stop the event loop and with it the one that must finish first.
 */
export function shareFileLock(path: string): FifoLock {
  const entry = fileLocks.get(path) ?? { lock: new FifoLock(), users: 0 };
  entry.users++;
  fileLocks.set(path, entry);
  return entry.lock;
}

/** Gives back a lock taken by {@link shareFileLock}. */
export function leaveFileLock(path: string): void {
  const entry = fileLocks.get(path);
  if (entry !== undefined && --entry.users === 0) fileLocks.delete(path);
}
