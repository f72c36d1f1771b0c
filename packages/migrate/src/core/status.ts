// Where a dual write stands: what the host is told, and what a report is made of.
import type { Gate } from "./gates.ts";
import type { Phase } from "./phases.ts";

/** Where a dual write stands. */
export interface DualWriteStatus {
  /** The name of the dual write. */
  readonly name: string;
  /** The phase it is in. */
  readonly phase: Phase;
  /** When the phase began, as an instant. */
  readonly since: string;
  /** The number of the phase, pause or resume: a fencing token. */
  readonly epoch: number;
  /** Whether writes to the second side are paused. */
  readonly paused: boolean;
  /** Keys that may differ, those of writes in flight included. */
  readonly dirtyKeys: number;
  /** The phase that `advance()` leads to; `undefined` in the last. */
  readonly next: Phase | undefined;
  /** The gates on the way there. */
  readonly gates: readonly Gate[];
  /** Writes in this phase. */
  readonly writes: number;
  /** Those of which the second write failed. */
  readonly failedWrites: number;
  /** Reads in this phase that were compared with the other side. */
  readonly comparedReads: number;
  /** Those that differed. */
  readonly readDifferences: number;
}
