// Time as the host sees it. Everything that waits is given a clock, so that tests make a night pass in no time.

/** A clock that can be waited for. */
export interface Clock {
  /** The present. */
  now(): Date;
  /** Resolves after so many milliseconds, or at once when the signal ends the wait. Never rejects. */
  wait(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** The machine's own. */
export const systemClock: Clock = {
  now: () => new Date(),
  wait: (milliseconds, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) return resolve();
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, Math.max(0, milliseconds));
      signal.addEventListener("abort", end);
    }),
};
