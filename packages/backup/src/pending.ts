// Work that goes on behind the caller, so much at once and no more.

/** Some pieces of work that nobody waits for yet. */
export interface Pending {
  /** Takes a running piece; resolves when there is room for another. Throws what an earlier piece threw. */
  readonly add: (work: Promise<void>) => Promise<void>;
  /** Resolves when all are done. Throws what one of them threw. */
  readonly all: () => Promise<void>;
  /** Resolves when none is running, whatever became of them. */
  readonly settled: () => Promise<void>;
}

/** Holds at most `most` running pieces of work. */
export function pending(most: number): Pending {
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | undefined;
  const refuse = (): void => {
    if (failure !== undefined) throw failure.error;
  };
  return {
    add: async (work) => {
      const watched = work.catch((error: unknown) => void (failure ??= { error })).finally(() => running.delete(watched));
      running.add(watched);
      if (running.size >= most) await Promise.race(running);
      refuse();
    },
    all: async () => {
      await Promise.all(running);
      refuse();
    },
    settled: async () => void (await Promise.all(running)),
  };
}
