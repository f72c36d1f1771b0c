// One piece of work at a time per key within this process, in the order of asking.

/** Locks by key. */
export class KeyLocks {
  readonly #tails = new Map<string, Promise<void>>();

  /** Resolves, when all earlier work on any of the keys has ended, to the function that releases them. All are queued for at once, so nobody waits in a circle. */
  async acquire(keys: readonly string[]): Promise<() => void> {
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const before = keys.map((key) => this.#tails.get(key) ?? Promise.resolve());
    for (const key of keys) this.#tails.set(key, held);
    await Promise.all(before);
    return () => {
      for (const key of keys) if (this.#tails.get(key) === held) this.#tails.delete(key);
      release();
    };
  }
}
