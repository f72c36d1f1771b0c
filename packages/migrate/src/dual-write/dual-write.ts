// A store that writes two: the way from the old place of records to the new one without a stop, and back at every step.
import { rolesIn, type Phase } from "../core/phases.ts";
import type { StoredRecord } from "../stores/record-store.ts";
import type { DualWriteStatus } from "../core/status.ts";
import type { Decision, DualWrite, DualWriteOptions } from "./contract.ts";
import { createEngine, settled, timed, unmarkNow } from "./engine.ts";
import { repair } from "./repair.ts";
import { makeReport, writeReports } from "./report.ts";
import { sample } from "./sample.ts";
import { checkedSettings } from "./settings.ts";
import { statusOf, trail } from "./status.ts";
import { advance, flushReads, rollback, setPaused } from "./switch-phase.ts";
import { dualWrites } from "./tables.ts";
import { verify } from "./verify.ts";
import { write } from "./write.ts";

/**
 * Makes one store of two: `legacy`, where records have been, and `next`, where they go. The application reads and writes it and never learns the phase.
 *
 * `legacy` (only the old side) → `dual-write` (both; reads from the old) → `validate` (reads compared) → `cutover` (reads from the new; the old still fed)
 * → `archived` (only the new side). Each step on needs its gates, each step back keeps every write made since.
 *
 * A key is marked dirty, durably, before its first write and unmarked after both: at every moment each key is equal on both sides or in the dirty set. A
 * write rejects only when the primary refused it, or the control did before anything was written, or `superseded`: the process stood still for longer than
 * its lease while others changed the primary. Throws `invalid-option`.
 */
export function dualWrite<T>(options: DualWriteOptions<T>): DualWrite<T> {
  const engine = createEngine(checkedSettings(options));
  const { settings } = engine;
  let reads = 0;
  const phase = async (): Promise<Phase> => (await settings.control.table(dualWrites).get({ name: settings.name }))?.phase ?? "legacy";
  const quiet = async (): Promise<void> => {
    await settled(engine);
    await flushReads(engine);
  };
  const changed = async (change: () => Promise<unknown>): Promise<DualWriteStatus> => {
    await quiet();
    await change();
    await writeReports(engine);
    return statusOf(engine);
  };
  return {
    name: settings.name,
    get: async (key) => {
      const roles = rolesIn(await phase());
      const value = await timed(engine, roles.primary).get(key);
      if (roles.sampled) sample(engine, reads++, key, value);
      return value;
    },
    put: (records: readonly StoredRecord<T>[]) => write(engine, { put: records }),
    delete: (keys: readonly string[]) => write(engine, { delete: keys }),
    async *scan(range) {
      yield* settings[rolesIn(await phase()).primary].scan(range);
    },
    status: async () => {
      await unmarkNow(engine);
      await flushReads(engine);
      return statusOf(engine);
    },
    verify: async (verification = {}) => {
      await quiet();
      return verify(engine, verification);
    },
    repair: async (repairing = {}) => {
      await unmarkNow(engine);
      return repair(engine, repairing);
    },
    advance: (decision) => changed(() => advance(engine, decision)),
    rollback: (decision) => changed(() => rollback(engine, decision)),
    pause: async (decision: Decision) => {
      await setPaused(engine, true, decision);
      return statusOf(engine);
    },
    resume: async (decision: Decision) => {
      await setPaused(engine, false, decision);
      return statusOf(engine);
    },
    audit: (limit = 100) => trail(engine, limit),
    report: async () => {
      await quiet();
      return makeReport(engine, await statusOf(engine), await trail(engine, 100));
    },
    settled: quiet,
  };
}
