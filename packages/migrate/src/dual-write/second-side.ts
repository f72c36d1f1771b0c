// The side that must never hold the host up: its writes have a time limit, and after some failures in a row it rests.
import type { Side } from "../core/phases.ts";

/** Failures in a row after which it rests. */
const PATIENCE = 3;
/** Milliseconds of the first rest; each further one is twice as long, up to {@link LONGEST_REST}. */
const FIRST_REST = 1000;
const LONGEST_REST = 30_000;

/** A call took too long. It may still come to its end. */
export class TimedOut extends Error {
  /** Settles when the call does, never rejects. */
  readonly late: Promise<void>;

  constructor(ms: number, late: Promise<void>) {
    super(`no answer within ${ms} ms`);
    this.late = late;
  }
}

/** Runs a call with a time limit. Throws {@link TimedOut}. */
export async function within<R>(ms: number, call: () => Promise<R>): Promise<R> {
  const answer = call();
  let timer: NodeJS.Timeout | undefined;
  const settled = answer.then(
    () => undefined,
    () => undefined,
  );
  const limit = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new TimedOut(ms, settled)), ms);
  });
  try {
    return await Promise.race([answer, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether the second side is worth a try. */
export class Patience {
  readonly #now: () => Date;
  readonly #onRest: (side: Side, forMs: number) => void;
  #failures = 0;
  #restsUntil = 0;

  constructor(now: () => Date, onRest: (side: Side, forMs: number) => void) {
    this.#now = now;
    this.#onRest = onRest;
  }

  /** Whether it rests at the moment. */
  get resting(): boolean {
    return this.#now().getTime() < this.#restsUntil;
  }

  /** It answered. */
  succeeded(): void {
    this.#failures = 0;
    this.#restsUntil = 0;
  }

  /** It failed or did not answer. */
  failed(side: Side): void {
    this.#failures++;
    if (this.#failures < PATIENCE) return;
    const rest = Math.min(FIRST_REST * 2 ** (this.#failures - PATIENCE), LONGEST_REST);
    this.#restsUntil = this.#now().getTime() + rest;
    this.#onRest(side, rest);
  }
}
