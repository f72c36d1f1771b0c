// The phases of a migration without downtime: who is read, who is written, and which way leads on and back.

/** Where a migration stands. */
export type Phase = "legacy" | "dual-write" | "validate" | "cutover" | "archived";

/** One of the two stores. */
export type Side = "legacy" | "next";

/** What a phase means for reads and writes. */
export interface Roles {
  /** The side that reads are answered from and that a write must reach to be acknowledged. */
  readonly primary: Side;
  /** The side that is fed; `undefined` when only one is written. */
  readonly secondary: Side | undefined;
  /** Whether reads are compared with the other side. */
  readonly sampled: boolean;
}

/** All phases in their order. */
export const PHASES: readonly Phase[] = ["legacy", "dual-write", "validate", "cutover", "archived"];

/** The roles of the sides in a phase. */
export function rolesIn(phase: Phase): Roles {
  switch (phase) {
    case "legacy":
      return { primary: "legacy", secondary: undefined, sampled: false };
    case "dual-write":
      return { primary: "legacy", secondary: "next", sampled: false };
    case "validate":
      return { primary: "legacy", secondary: "next", sampled: true };
    case "cutover":
      return { primary: "next", secondary: "legacy", sampled: false };
    case "archived":
      return { primary: "next", secondary: undefined, sampled: false };
  }
}

/** The phase that follows; `undefined` after the last. */
export function phaseAfter(phase: Phase): Phase | undefined {
  return PHASES[PHASES.indexOf(phase) + 1];
}

/** Where a rollback may lead: every earlier phase that loses no write, the nearest first. None from `legacy`, and none from `archived`, whose old side is no longer fed. */
export function phasesBefore(phase: Phase): readonly Phase[] {
  if (phase === "archived") return [];
  return PHASES.slice(0, PHASES.indexOf(phase)).toReversed();
}
