// Brings the second side to what the primary holds: the keys that are marked, or every key that differs.
import { rolesIn } from "../core/phases.ts";
import { MigrateError } from "../errors.ts";
import type { RepairOptions, RepairReport } from "./contract.ts";
import { dirtyCount, enter, stateIn } from "./control.ts";
import { refuseInside, type Engine } from "./engine.ts";
import { addRepairs, dirtyKeys, mend } from "./mend.ts";
import { walkSides } from "./verify.ts";

const NOTHING: RepairReport = { copied: 0, deleted: 0, left: 0, failures: [] };

/** Repairs, and puts it on record when it changed something or left something. */
export async function repair<T>(engine: Engine<T>, options: RepairOptions): Promise<RepairReport> {
  refuseInside(engine);
  const { settings, of, pressure } = engine;
  const { phase } = await settings.control.transaction((tx) => stateIn(tx, of));
  if (options.keys === "all" && rolesIn(phase).secondary === undefined) throw noSecondSide(settings.name, phase);
  let report = await repairDirty(engine, options.signal);
  if (options.keys === "all") {
    for await (const { suspects } of walkSides(engine, phase, options.signal))
      if (suspects.length > 0) report = addRepairs(report, await mend(engine, suspects));
  }
  await settings.control.transaction(async (tx) => {
    pressure.dirtyKeys = await dirtyCount(tx, of.name);
    if (report.copied + report.deleted + report.left === 0) return;
    await enter(tx, of, {
      by: options.by ?? "td",
      action: "repaired",
      fromPhase: phase,
      toPhase: phase,
      why: options.why ?? "repair()",
      evidence: report,
    });
  });
  return report;
}

async function repairDirty<T>(engine: Engine<T>, signal: AbortSignal | undefined): Promise<RepairReport> {
  let report = NOTHING;
  for await (const keys of dirtyKeys(engine)) {
    signal?.throwIfAborted();
    report = addRepairs(report, await mend(engine, keys));
  }
  return report;
}

function noSecondSide(name: string, phase: string): MigrateError {
  return new MigrateError(
    "phase-wrong",
    `Dual write "${name}" writes one side only in phase ${phase}: advance() to dual-write first, then repair({ keys: "all" }).`,
    {
      facts: { name, phase },
    },
  );
}
