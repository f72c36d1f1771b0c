// Compares all keys of both sides, and calls one divergent only when it was read again while nobody wrote it.
import { setTimeout as sleep } from "node:timers/promises";
import { walkUnequal } from "../compare/walk-unequal.ts";
import { MigrateError } from "../errors.ts";
import type { Phase } from "../core/phases.ts";
import type { Divergence, VerifyOptions, VerifyReport } from "./contract.ts";
import { enter, stateIn } from "./control.ts";
import { refuseInside, type Engine } from "./engine.ts";
import { comparedSides, look } from "./mend.ts";
import { dualWrites } from "./tables.ts";

/** Divergences that are listed unless another number is asked for. */
const LISTED = 1000;
/** Milliseconds that a key in flight is waited for. */
const SETTLE = 5000;

/** Verifies, and puts the result on record: a clean one counts for the gates, any other sets that count to zero. */
export async function verify<T>(engine: Engine<T>, options: VerifyOptions): Promise<VerifyReport> {
  refuseInside(engine);
  const { limit = LISTED } = options;
  if (!Number.isInteger(limit) || limit < 0 || limit > 100_000)
    throw new MigrateError("invalid-option", "verify: limit is an integer from 0 to 100000.", { facts: { limit } });
  const { settings, of } = engine;
  const began = await settings.control.transaction((tx) => stateIn(tx, of));
  if (began.phase === "archived") throw oneSide(settings.name);
  const report = await compared(engine, began.phase, options);
  await settings.control.transaction(async (tx) => {
    const now = await stateIn(tx, of);
    // One that was overtaken by a change of phase says nothing about the new one.
    if (now.epoch === began.epoch)
      await tx.table(dualWrites).update({ name: of.name }, { cleanVerifications: report.clean ? now.cleanVerifications + 1 : 0 });
    const { divergences, ...counts } = report;
    await enter(tx, of, {
      by: options.by ?? "td",
      action: "verified",
      fromPhase: began.phase,
      toPhase: began.phase,
      why: options.why ?? "verify()",
      evidence: { ...counts, first: divergences.slice(0, 10), overtaken: now.epoch !== began.epoch },
    });
  });
  return report;
}

interface Totals {
  matched: number;
  dirty: number;
  unsettled: number;
  missing: number;
  extra: number;
  different: number;
}

async function compared<T>(engine: Engine<T>, phase: Phase, { limit = LISTED, signal }: VerifyOptions): Promise<VerifyReport> {
  const totals: Totals = { matched: 0, dirty: 0, unsettled: 0, missing: 0, extra: 0, different: 0 };
  const divergences: Divergence[] = [];
  // Those that are listed are marked dirty too, so that repair() finds them; in `legacy` there is no side to repair yet.
  const keep = (divergence: Divergence): boolean => {
    if (divergences.length >= limit) return false;
    divergences.push(divergence);
    return phase !== "legacy";
  };
  for await (const { matched, suspects } of walkSides(engine, phase, signal)) {
    totals.matched += matched;
    await settle(engine, suspects, keep, totals);
  }
  const { dirty, unsettled, missing, extra, different } = totals;
  const keys = totals.matched + dirty + unsettled + missing + extra + different;
  return { phase, keys, ...totals, divergences, clean: keys === totals.matched };
}

/** The two sides compared, the primary's keys first in doubt; what is proved equal where it lies is not read. */
export function walkSides<T>({ settings }: Engine<T>, phase: Phase, signal?: AbortSignal): ReturnType<typeof walkUnequal<T>> {
  const [first, second] = comparedSides(phase);
  return walkUnequal(settings[first], settings[second], settings.canonical, { signal });
}

/** Looks at suspects until nobody works on them. */
async function settle<T>(
  engine: Engine<T>,
  suspects: readonly string[],
  keep: (divergence: Divergence) => boolean,
  totals: Totals,
): Promise<void> {
  const deadline = performance.now() + SETTLE;
  for (let keys = suspects; keys.length > 0;) {
    const looked = await look(engine, keys, keep);
    totals.matched += looked.matched;
    totals.dirty += looked.dirty;
    for (const { kind } of looked.divergences) totals[kind]++;
    keys = looked.busy;
    if (keys.length === 0) return;
    if (performance.now() < deadline) await sleep(5);
    else {
      totals.unsettled += keys.length;
      return;
    }
  }
}

function oneSide(name: string): MigrateError {
  return new MigrateError(
    "phase-wrong",
    `Dual write "${name}" is archived: its old side is no longer written, so there is nothing to compare.`,
    {
      facts: { name },
    },
  );
}
