// What must hold before a phase is left. Pure: facts in, what is missing out.
import { rolesIn, type Phase } from "./phases.ts";

/** One condition of a switch. */
export type GateName =
  | "not-paused"
  | "dirty-keys"
  | "rejects"
  | "clean-verifications"
  | "time-in-phase"
  | "error-budget"
  | "read-differences"
  | "compared-reads";

/** A gate and how it stands. */
export interface Gate {
  /** Its name. */
  readonly gate: GateName;
  /** Whether it lets the migration pass. */
  readonly met: boolean;
  /** What it asks and what is, in words. */
  readonly detail: string;
}

/** What the gates ask. */
export interface GateLimits {
  /** Verifications in a row that found nothing. */
  readonly cleanVerifications: number;
  /** Milliseconds that the phase must have lasted. */
  readonly minTimeMs: number;
  /** The share of the phase's writes whose second write may have failed, 0 to 1. */
  readonly errorBudget: number;
  /** Compared reads that may have differed, or to which the other side gave no answer. */
  readonly readDifferences: number;
  /** Reads that must have been compared. */
  readonly comparedReads: number;
}

/** What is known when a switch is asked for. */
export interface GateFacts {
  readonly phase: Phase;
  readonly paused: boolean;
  readonly dirtyKeys: number;
  /** Rejected records of the imports behind the migration. */
  readonly rejects: number;
  /** Why the rejects may stay behind, by whoever asks for the switch. */
  readonly signedOff: string | undefined;
  readonly cleanVerifications: number;
  /** Milliseconds since the phase began. */
  readonly timeInPhaseMs: number;
  readonly writes: number;
  readonly failedWrites: number;
  readonly comparedReads: number;
  readonly readDifferences: number;
}

/** All gates of the switch out of a phase. */
export function gatesOf(facts: GateFacts, limits: GateLimits): readonly Gate[] {
  const always = [notPaused(facts), dirtyKeys(facts)];
  if (rolesIn(facts.phase).secondary === undefined) return always;
  const proven = [...always, rejects(facts), cleanVerifications(facts, limits), timeInPhase(facts, limits), errorBudget(facts, limits)];
  return rolesIn(facts.phase).sampled ? [...proven, readDifferences(facts, limits), ...comparedReads(facts, limits)] : proven;
}

function notPaused({ paused }: GateFacts): Gate {
  return { gate: "not-paused", met: !paused, detail: paused ? "it is paused: call resume()" : "it is not paused" };
}

function dirtyKeys({ dirtyKeys: count }: GateFacts): Gate {
  return { gate: "dirty-keys", met: count === 0, detail: count === 0 ? "no key is dirty" : `${count} keys are dirty: call repair()` };
}

function rejects({ rejects: count, signedOff }: GateFacts): Gate {
  const why = signedOff === undefined ? "settle them, or sign them off" : `signed off: ${signedOff}`;
  return {
    gate: "rejects",
    met: count === 0 || signedOff !== undefined,
    detail: count === 0 ? "nothing was rejected" : `${count} rejected records: ${why}`,
  };
}

function cleanVerifications({ cleanVerifications: count }: GateFacts, { cleanVerifications: least }: GateLimits): Gate {
  return { gate: "clean-verifications", met: count >= least, detail: `${count} of ${least} clean verifications in a row` };
}

function timeInPhase({ timeInPhaseMs }: GateFacts, { minTimeMs }: GateLimits): Gate {
  return {
    gate: "time-in-phase",
    met: timeInPhaseMs >= minTimeMs,
    detail: `${Math.floor(timeInPhaseMs / 1000)} of ${Math.ceil(minTimeMs / 1000)} s in the phase`,
  };
}

function errorBudget({ writes, failedWrites }: GateFacts, { errorBudget: share }: GateLimits): Gate {
  return {
    gate: "error-budget",
    met: failedWrites <= writes * share,
    detail: `the second write failed in ${failedWrites} of ${writes} writes; ${share * 100} % are allowed`,
  };
}

function readDifferences({ readDifferences: count }: GateFacts, { readDifferences: most }: GateLimits): Gate {
  return { gate: "read-differences", met: count <= most, detail: `${count} sampled reads differed or failed; ${most} are allowed` };
}

function comparedReads({ comparedReads: count }: GateFacts, { comparedReads: least }: GateLimits): readonly Gate[] {
  if (least === 0) return [];
  return [{ gate: "compared-reads", met: count >= least, detail: `${count} of ${least} reads compared` }];
}
