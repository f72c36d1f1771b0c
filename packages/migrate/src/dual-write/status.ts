// Where a dual write stands, and how it came there.
import { gatesOf } from "../core/gates.ts";
import { phaseAfter } from "../core/phases.ts";
import { MigrateError } from "../errors.ts";
import type { DualWriteStatus } from "../core/status.ts";
import { dirtyCount, stateIn } from "./control.ts";
import type { Engine } from "./engine.ts";
import { factsIn } from "./switch-phase.ts";
import { dualAudit, type DualAuditRow } from "./tables.ts";

/** Where it stands, with the gates of the way on, of one moment. */
export async function statusOf<T>(engine: Engine<T>): Promise<DualWriteStatus> {
  const { settings, of } = engine;
  return settings.control.transaction(async (tx) => {
    const row = await stateIn(tx, of);
    const dirtyKeys = await dirtyCount(tx, of.name);
    const next = phaseAfter(row.phase);
    const gates = next === undefined ? [] : gatesOf(await factsIn(tx, engine, row, undefined, dirtyKeys), settings.limits);
    const { name, phase, phaseSince: since, epoch, paused, writes, failedWrites, comparedReads, readDifferences } = row;
    return { name, phase, since, epoch, paused, dirtyKeys, next, gates, writes, failedWrites, comparedReads, readDifferences };
  });
}

/** The audit trail, the latest first. Throws `invalid-option`. */
export async function trail<T>({ settings }: Engine<T>, limit: number): Promise<readonly DualAuditRow[]> {
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000)
    throw new MigrateError("invalid-option", "audit: limit is an integer from 1 to 1000.");
  const { rows } = await settings.control.table(dualAudit).page({ where: { name: settings.name }, direction: "desc", limit });
  return rows;
}
