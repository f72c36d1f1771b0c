// How long reads and writes of each side take, in this process.
import type { Side } from "../core/phases.ts";

/** Times of one kind of call, in milliseconds. */
export interface Times {
  readonly calls: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

/** Calls whose times are kept for the percentiles, the latest ones. */
const KEPT = 1000;

/** Collects times by side and kind. */
export class Timings {
  readonly #kept = new Map<string, { calls: number; max: number; times: number[] }>();

  /** Runs and times a call; one that fails is timed too. */
  async time<R>(side: Side, kind: "read" | "write", call: () => Promise<R>): Promise<R> {
    const began = performance.now();
    try {
      return await call();
    } finally {
      this.#add(`${side} ${kind}`, performance.now() - began);
    }
  }

  #add(key: string, ms: number): void {
    const kept = this.#kept.get(key) ?? { calls: 0, max: 0, times: [] };
    kept.times[kept.calls++ % KEPT] = ms;
    kept.max = Math.max(kept.max, ms);
    this.#kept.set(key, kept);
  }

  /** The times of a kind of call; `undefined` before the first. */
  of(side: Side, kind: "read" | "write"): Times | undefined {
    const kept = this.#kept.get(`${side} ${kind}`);
    if (kept === undefined) return undefined;
    const sorted = kept.times.toSorted((a, b) => a - b);
    const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
    return { calls: kept.calls, median: at(0.5), p95: at(0.95), max: kept.max };
  }
}
