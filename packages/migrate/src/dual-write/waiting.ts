// Waiting for others: for those who work on a key, and for a switch of phase to end.
import { setTimeout as sleep } from "node:timers/promises";
import { MigrateError } from "../errors.ts";
import { Busy } from "./control.ts";

/** Runs `work` until it is not {@link Busy} any more. Throws `keys-busy` after `waitMs`. */
export async function whenFree<R>(name: string, waitMs: number, work: () => Promise<R>): Promise<R> {
  const deadline = performance.now() + waitMs;
  for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof Busy)) throw error;
      if (performance.now() >= deadline) throw busy(name, waitMs, error);
    }
    await sleep(pause);
  }
}

function busy(name: string, waitMs: number, { what }: Busy): MigrateError {
  const who = what === "keys" ? "another process works on these keys" : "a switch of phase is under way";
  return new MigrateError("keys-busy", `Dual write "${name}": ${who} since more than ${waitMs} ms. Nothing was written; try again.`, {
    facts: { name, waitMs, what },
    retryable: true,
  });
}
