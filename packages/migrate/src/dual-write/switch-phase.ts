// From one phase to another: writers are held for a moment, those in flight are waited for, and the gates are read in the transaction of the switch.
import { randomInt } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Scope } from "@td/storage";
import { gatesOf, type Gate, type GateFacts } from "../core/gates.ts";
import { phaseAfter, phasesBefore, type Phase } from "../core/phases.ts";
import { MigrateError } from "../errors.ts";
import type { Decision } from "./contract.ts";
import { count, dirtyCount, enter, inFlight, stateIn } from "./control.ts";
import { refuseInside, type Engine } from "./engine.ts";
import { repair } from "./repair.ts";
import { dualWrites, type DualWriteRow } from "./tables.ts";

/** Goes on to the next phase. Throws `gates-not-met`, `phase-wrong`, `switch-under-way`. */
export async function advance<T>(engine: Engine<T>, decision: Decision & { readonly signOff?: string }): Promise<Phase> {
  refuseInside(engine);
  if (decision.signOff?.trim() === "")
    throw new MigrateError("invalid-option", "advance: `signOff` says why rejected records may stay behind, so it cannot be blank.");
  const state = await engine.settings.control.transaction((tx) => stateIn(tx, engine.of));
  const to = phaseAfter(state.phase);
  if (to === undefined) throw wrongPhase(engine, `it is ${state.phase}, the last phase`);
  // Looked at before anybody is held up for nothing. Keys in flight are not counted yet: the fence waits for them.
  const facts = await engine.settings.control.transaction(async (tx) =>
    factsIn(
      tx,
      engine,
      await stateIn(tx, engine.of),
      decision.signOff,
      (await dirtyCount(tx, engine.of.name)) - (await inFlight(tx, engine.of)),
    ),
  );
  requireGates(engine, to, gatesOf(facts, engine.settings.limits));
  await fenced(engine, state, async (tx, row) => {
    const gates = gatesOf(await factsIn(tx, engine, row, decision.signOff, await dirtyCount(tx, engine.of.name)), engine.settings.limits);
    requireGates(engine, to, gates);
    await enterPhase(tx, engine, row, to, "advanced", decision, { gates, signOff: decision.signOff ?? null });
  });
  engine.settings.onEvent({ kind: "phase", from: state.phase, to });
  return to;
}

/** Goes back. What the primary of now has and the other lacks is copied first. Throws `gates-not-met`, `phase-wrong`, `switch-under-way`. */
export async function rollback<T>(engine: Engine<T>, decision: Decision & { readonly to?: Phase }): Promise<Phase> {
  refuseInside(engine);
  const state = await engine.settings.control.transaction((tx) => stateIn(tx, engine.of));
  const allowed = phasesBefore(state.phase);
  const to = decision.to ?? defaultTarget(state.phase);
  if (to === undefined || !allowed.includes(to)) {
    throw wrongPhase(
      engine,
      allowed.length === 0 ? `no rollback leads out of ${state.phase}` : `a rollback from ${state.phase} leads to ${allowed.join(", ")}`,
    );
  }
  // Only out of `cutover` does the other side have to catch up: in the phases before, the legacy side is the primary.
  if (state.phase === "cutover") await repair(engine, { by: decision.by, why: `rollback: ${decision.why}` });
  await fenced(engine, state, async (tx, row) => {
    const dirtyKeys = await dirtyCount(tx, engine.of.name);
    const gate: Gate = { gate: "dirty-keys", met: dirtyKeys === 0, detail: `${dirtyKeys} keys have writes that the legacy side lacks` };
    if (row.phase === "cutover") requireGates(engine, to, [gate]);
    await enterPhase(tx, engine, row, to, "rolled-back", decision, { dirtyKeys });
  });
  engine.settings.onEvent({ kind: "phase", from: state.phase, to });
  return to;
}

/** `validate` compares reads against a side that was just found wanting: from `cutover` the way leads to `dual-write`. */
function defaultTarget(phase: Phase): Phase | undefined {
  return phase === "cutover" ? "dual-write" : phasesBefore(phase)[0];
}

/** Pauses or resumes. */
export async function setPaused<T>(engine: Engine<T>, paused: boolean, decision: Decision): Promise<void> {
  refuseInside(engine);
  await engine.settings.control.transaction(async (tx) => {
    const row = await stateIn(tx, engine.of);
    if (row.paused === paused) return;
    await tx.table(dualWrites).update({ name: row.name }, { paused, epoch: row.epoch + 1 });
    await enter(tx, engine.of, {
      ...written(decision),
      action: paused ? "paused" : "resumed",
      fromPhase: row.phase,
      toPhase: row.phase,
      evidence: { dirtyKeys: await dirtyCount(tx, row.name) },
    });
  });
}

/** Holds new writes, waits for those in flight, then switches; whatever happens, writers are let go. */
async function fenced<T>(engine: Engine<T>, before: DualWriteRow, change: (tx: Scope, row: DualWriteRow) => Promise<void>): Promise<void> {
  const { settings, of } = engine;
  const fence = await settings.control.transaction((tx) => raise(tx, engine, before));
  try {
    await drain(engine, fence);
    await settings.control.transaction(async (tx) => {
      const row = await stateIn(tx, of);
      if (row.fencedUntil !== fence || row.epoch !== before.epoch) throw overtaken(engine);
      await change(tx, row);
    });
  } finally {
    await settings.control.transaction((tx) => lower(tx, engine, fence)).catch(() => undefined);
  }
}

async function raise<T>(tx: Scope, engine: Engine<T>, before: DualWriteRow): Promise<number> {
  const row = await stateIn(tx, engine.of);
  const now = engine.of.now().getTime();
  if (row.epoch !== before.epoch || row.fencedUntil > now) throw overtaken(engine);
  // Longer than the wait for those in flight, so that it stands when the switch is made; and a number of its own, so that no switch lowers another's fence.
  const fence = now + engine.settings.switchMs * 2 + randomInt(1000);
  await tx.table(dualWrites).update({ name: row.name }, { fencedUntil: fence });
  return fence;
}

async function lower<T>(tx: Scope, { of }: Engine<T>, fence: number): Promise<void> {
  const row = await stateIn(tx, of);
  if (row.fencedUntil === fence) await tx.table(dualWrites).update({ name: row.name }, { fencedUntil: 0 });
}

async function drain<T>(engine: Engine<T>, fence: number): Promise<void> {
  const { settings, of } = engine;
  const deadline = performance.now() + settings.switchMs;
  while ((await settings.control.transaction((tx) => inFlight(tx, of))) > 0 && performance.now() < deadline && of.now().getTime() < fence)
    await sleep(5);
}

async function enterPhase<T>(
  tx: Scope,
  engine: Engine<T>,
  row: DualWriteRow,
  to: Phase,
  action: "advanced" | "rolled-back",
  decision: Decision,
  evidence: object,
): Promise<void> {
  const { comparedReads, readDifferences, writes, failedWrites, cleanVerifications } = row;
  const figures = { comparedReads, readDifferences, writes, failedWrites, cleanVerifications };
  const fresh = { comparedReads: 0, readDifferences: 0, writes: 0, failedWrites: 0, cleanVerifications: 0 };
  await tx
    .table(dualWrites)
    .update({ name: row.name }, { ...fresh, phase: to, epoch: row.epoch + 1, fencedUntil: 0, phaseSince: engine.of.now() });
  await enter(tx, engine.of, { ...written(decision), action, fromPhase: row.phase, toPhase: to, evidence: { ...evidence, figures } });
}

function written({ by, why }: Decision): Decision {
  if ([by, why].every((said) => typeof said === "string" && said.trim() !== "")) return { by, why };
  throw new MigrateError(
    "invalid-option",
    "A change of phase needs to know by whom and why: give `by` and `why`, they go to the audit trail.",
  );
}

/** What the gates ask about, in one transaction. */
export async function factsIn<T>(
  tx: Scope,
  engine: Engine<T>,
  row: DualWriteRow,
  signedOff: string | undefined,
  dirtyKeys: number,
): Promise<GateFacts> {
  const { phase, paused, cleanVerifications, writes, failedWrites, comparedReads, readDifferences } = row;
  const rejects = (await engine.settings.rejects?.(tx)) ?? 0;
  const timeInPhaseMs = engine.of.now().getTime() - Date.parse(row.phaseSince);
  const figures = { cleanVerifications, writes, failedWrites, comparedReads, readDifferences };
  return { phase, paused, ...figures, dirtyKeys, rejects, signedOff, timeInPhaseMs };
}

/** Puts the sampled reads of this process into the control tables. */
export async function flushReads<T>({ settings, of, reads }: Engine<T>): Promise<void> {
  const { compared, different } = reads;
  if (compared === 0) return;
  [reads.compared, reads.different] = [0, 0];
  await settings.control.transaction((tx) => count(tx, of, { comparedReads: compared, readDifferences: different }));
}

function requireGates<T>({ settings }: Engine<T>, to: Phase, gates: readonly Gate[]): void {
  const missing = gates.filter(({ met }) => !met);
  if (missing.length === 0) return;
  throw new MigrateError(
    "gates-not-met",
    `Dual write "${settings.name}" cannot go to ${to} yet: ${missing.map(({ detail }) => detail).join("; ")}.`,
    {
      facts: { name: settings.name, to, missing: missing.map(({ gate }) => gate) },
      retryable: true,
    },
  );
}

function wrongPhase<T>({ settings }: Engine<T>, why: string): MigrateError {
  return new MigrateError("phase-wrong", `Dual write "${settings.name}": ${why}.`, { facts: { name: settings.name } });
}

function overtaken<T>({ settings }: Engine<T>): MigrateError {
  return new MigrateError(
    "switch-under-way",
    `Dual write "${settings.name}": another switch of phase is under way or has just happened. Look at status(), then ask again.`,
    {
      facts: { name: settings.name },
      retryable: true,
    },
  );
}
