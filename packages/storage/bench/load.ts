// Many users at once for a bounded time, mixed reads and writes, while one user's slow job holds its own rows: how long calls take, and what fails.
import { setTimeout as sleep } from "node:timers/promises";
import type { FillInput, Scope, Storage } from "../src/index.ts";

/** What a load measured. Milliseconds. */
export interface LoadReport {
  /** Calls that were answered. */
  readonly calls: number;
  /** Codes of the errors and how many there were. */
  readonly errors: Readonly<Record<string, number>>;
  /** Half of the reads took at most this. */
  readonly readP50: number;
  /** 99 of 100 reads took at most this. */
  readonly readP99: number;
  /** Half of the writes took at most this. */
  readonly writeP50: number;
  /** 99 of 100 writes took at most this. */
  readonly writeP99: number;
  /** Calls of the user who was served least: starved when it is near zero. */
  readonly fewest: number;
}

/** Lets `users` users work for so many milliseconds. `slowMs`: how long each transaction of one further user stays open, on PostgreSQL. */
export async function load(storage: Storage, users: number, forMs: number, slowMs: number): Promise<LoadReport> {
  const stop = AbortSignal.timeout(forMs);
  const errors: Record<string, number> = {};
  const [reads, writes]: [number[], number[]] = [[], []];
  const note = (error: unknown): void => {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    errors[code] = (errors[code] ?? 0) + 1;
  };
  const timed = async (times: number[], call: () => Promise<unknown>): Promise<void> => {
    const start = performance.now();
    await call().then(() => times.push(performance.now() - start), note);
  };
  const one = async (me: Scope): Promise<number> => {
    let calls = 0;
    for (; !stop.aborted; calls++) {
      const kind = calls % 5;
      if (kind === 0) await timed(writes, () => me.fills.importMany([fillOf(calls), fillOf(calls + 1)]));
      else if (kind === 1)
        await timed(writes, () => me.transaction(async (tx) => tx.fills.update({ id: fillOf(calls - 1).id }, { price: "7" })));
      else if (kind === 2) await timed(reads, () => me.fills.get({ id: fillOf(calls - 2).id }));
      else await timed(reads, () => me.fills.page({ orderBy: "by_time", limit: 50 }));
      // A library that never yields would let nobody else run: a host's handlers do.
      await sleep(0);
    }
    return calls;
  };
  const slow = async (me: Scope): Promise<void> => {
    while (!stop.aborted) {
      await me
        .transaction(async (tx) => {
          await tx.fills.importMany([fillOf(0)]);
          await sleep(slowMs);
        })
        .catch(note);
      await sleep(slowMs);
    }
  };
  const [served] = await Promise.all([
    Promise.all(Array.from({ length: users }, (_, at) => one(storage.forUser(`user ${at}`)))),
    slow(storage.forUser("slow")),
  ]);
  const at = (times: number[], part: number): number =>
    times.toSorted((a, b) => a - b)[Math.floor((times.length - 1) * part)] ?? Number.NaN;
  return {
    calls: reads.length + writes.length,
    errors,
    readP50: at(reads, 0.5),
    readP99: at(reads, 0.99),
    writeP50: at(writes, 0.5),
    writeP99: at(writes, 0.99),
    fewest: Math.min(...served),
  };
}

function fillOf(at: number): FillInput {
  return {
    id: `f${at}`,
    symbol: `S${at % 5}-USD`,
    side: at % 2 === 0 ? "buy" : "sell",
    quantity: "1.5",
    price: "100.25",
    executedAt: new Date(1_700_000_000_000 + at * 1000).toISOString(),
    source: "load",
  };
}
