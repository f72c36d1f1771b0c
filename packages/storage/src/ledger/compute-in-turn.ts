// Computations of one user's ledger take turns. Within a storage they wait for each other; a run that was overtaken by another process waits for that
// one and computes what it left, mostly nothing. No lock is held meanwhile, so a process that died holds up nobody for long.
import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { StorageError } from "../errors.ts";
import { leaveLock, shareLock } from "../lock.ts";
import { computeLedger } from "./compute.ts";
import type { LedgerAccess } from "./ledger-access.ts";
import { requireOutside } from "./require-outside.ts";
import { rollbacksOf, runsUnderWay } from "./run-log.ts";
import type { ComputeOptions, ComputeReport } from "./types.ts";

/** Milliseconds to wait for a run that overtook. */
const WAIT = 60_000;
/** Longest pause, in milliseconds, between two looks at it. */
const MAX_PAUSE = 250;

const inside = new AsyncLocalStorage<ReadonlySet<string>>();
const numbers = new WeakMap<object, number>();
let last = 0;

/** Computes when the user's turn has come. See `Ledger.compute`. */
export async function computeInTurn(access: LedgerAccess, options: ComputeOptions = {}): Promise<ComputeReport> {
  requireOutside(access, "compute");
  const { waitMs = WAIT } = options;
  if (!(waitMs >= 0)) throw new StorageError("bad-request", "waitMs is a number of milliseconds from 0.", { facts: { option: "waitMs" } });
  const key = `ledger ${numberOf(access.place)} ${access.userId}`;
  const around = inside.getStore() ?? new Set();
  // Asked for by what a run calls back: it would wait for itself.
  if (around.has(key)) return computeUndisturbed(access, options, waitMs);
  const release = await turn(key, options.signal);
  try {
    return await inside.run(new Set([...around, key]), () => computeUndisturbed(access, options, waitMs));
  } finally {
    release();
  }
}

function numberOf(place: object): number {
  const known = numbers.get(place) ?? ++last;
  numbers.set(place, known);
  return known;
}

/** Resolves, when it is one's turn, to what ends it. Rejects with the signal's reason at once. */
async function turn(key: string, signal: AbortSignal | undefined): Promise<() => void> {
  const mine = shareLock(key)
    .acquire()
    .then((release) => () => {
      release();
      leaveLock(key);
    });
  if (signal === undefined) return mine;
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort);
  try {
    return await Promise.race([mine, aborted.promise]);
  } catch (error) {
    void mine.then((end) => end());
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

async function computeUndisturbed(access: LedgerAccess, options: ComputeOptions, waitMs: number): Promise<ComputeReport> {
  const deadline = performance.now() + waitMs;
  const { runId: _, ...again } = options;
  for (let asked = options; ; asked = again) {
    const rollbacks = await rollbacksOf(access, access.userId);
    try {
      return await computeLedger(access, asked);
    } catch (error) {
      if (!(error instanceof StorageError) || error.code !== "superseded") throw error;
      if (!(await hasEnded(access, rollbacks, deadline, options.signal))) throw error;
    }
  }
}

/** Waits for the end of the runs that overtook; false when that takes too long, or a rollback has stopped the run. */
async function hasEnded(access: LedgerAccess, rollbacks: number, deadline: number, signal: AbortSignal | undefined): Promise<boolean> {
  for (let pause = 10; performance.now() < deadline; pause = Math.min(pause * 2, MAX_PAUSE)) {
    if ((await rollbacksOf(access, access.userId)) > rollbacks) return false;
    if ((await runsUnderWay(access, access.userId)) === 0) return true;
    // Not all who wait look at the same moment: they would overtake each other again.
    await sleep(pause * (0.5 + Math.random()));
    signal?.throwIfAborted();
  }
  return false;
}
