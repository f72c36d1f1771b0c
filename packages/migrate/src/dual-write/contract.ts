// What a dual write offers: a store that the application uses as before, and the controls of the migration.
import type { CanonicalRules } from "../core/canonical-fields.ts";
import type { GateLimits } from "../core/gates.ts";
import type { Phase, Side } from "../core/phases.ts";
import type { DualWriteStatus } from "../core/status.ts";
import type { Scope } from "@td/storage";
import type { RecordStore } from "../stores/record-store.ts";
import type { DualAuditRow } from "./tables.ts";

/** What the gates ask before a phase is left; each with its default. */
export interface GateOptions extends Partial<GateLimits> {
  /** Verifications in a row that found nothing. Default 2. */
  readonly cleanVerifications?: number;
  /** Milliseconds that each phase with two sides must last. Default 0. */
  readonly minTimeMs?: number;
  /** The share of a phase's writes whose second write may have failed, 0 to 1. Default 0.05. */
  readonly errorBudget?: number;
  /** Sampled reads that may have differed, or to which the other side gave no answer. Default 0. */
  readonly readDifferences?: number;
  /** Sampled reads that must have been compared in `validate`. Default 0: that phase asks only what is read during it. */
  readonly comparedReads?: number;
  /** How many records the imports behind the migration rejected; asked in the transaction of the switch. {@link importRejectsOf} makes one. Default: none. */
  readonly rejects?: (tx: Scope) => Promise<number>;
}

/** What a dual write is made of. */
export interface DualWriteOptions<T> {
  /** The name, unique among the control user's. 1 to 200 characters. */
  readonly name: string;
  /** Where the records have been. */
  readonly legacy: RecordStore<T>;
  /** Where they go. */
  readonly next: RecordStore<T>;
  /**
   * Whose control tables hold phase, dirty keys and audit trail, in a storage opened with `dualWriteTables`. Without them nothing can be written, so let
   * them lie with the primary: beside the legacy files. A repository store made of this same scope is written in one transaction with them.
   */
  readonly control: Scope;
  /** When two spellings of a field are one value, by field. Default: equal JSON. */
  readonly canonical?: CanonicalRules;
  /** What must hold before a phase is left. */
  readonly gates?: GateOptions;
  /** Milliseconds that a write waits for the second side before it leaves the key dirty. Default 5000. */
  readonly secondaryTimeoutMs?: number;
  /** Milliseconds after which another process may take over keys whose writer has gone silent. Longer than the longest write. Default 30000. */
  readonly leaseMs?: number;
  /** Milliseconds that a write waits for another process that works on one of its keys, and for a switch of phase, before `keys-busy`. Default 30000. */
  readonly waitMs?: number;
  /** Milliseconds that a switch of phase holds new writes at most while it waits for those in flight; then it is given up. Default 5000. */
  readonly switchMs?: number;
  /** The share of reads in `validate` that are compared with the other side, 0 to 1. Default 1. */
  readonly sampleRate?: number;
  /** From this many dirty keys on, writes are slowed. Default 10000. */
  readonly maxDirty?: number;
  /** Milliseconds that a slowed write waits at most. Default 100. */
  readonly maxDelayMs?: number;
  /** Figures computed on both sides for the report, such as PnL by symbol, as text. Default none. */
  readonly figures?: (store: RecordStore<T>, side: Side) => Promise<Readonly<Record<string, string>>>;
  /** A folder for reports: at each change of phase one as Markdown and one as HTML. Default: none are written. */
  readonly reports?: string;
  /** Told about what happens. What it throws is lost: no write fails by it. */
  readonly onEvent?: (event: DualWriteEvent) => void;
  /** The clock, for audit, minimum times and leases. It never orders writes. Default: the machine's. */
  readonly now?: () => Date;
}

/** Something that happened, for metrics and alarms. */
export type DualWriteEvent =
  /** Records were written or deleted: how many, and the milliseconds of each side (null when the second was not asked). `clean`: no key is left dirty. */
  | {
      readonly kind: "write";
      readonly phase: Phase;
      readonly keys: number;
      readonly primaryMs: number;
      readonly secondaryMs: number | null;
      readonly clean: boolean;
    }
  /** The second side did not take a write; its keys are dirty. */
  | { readonly kind: "secondary-failed"; readonly side: Side; readonly keys: readonly string[]; readonly error: unknown }
  /** The second side failed several times in a row and is left alone for `forMs` milliseconds. */
  | { readonly kind: "secondary-resting"; readonly side: Side; readonly forMs: number }
  /** Many keys are dirty: a write waited `delayMs` milliseconds. */
  | { readonly kind: "pressure"; readonly dirtyKeys: number; readonly delayMs: number }
  /** Others had taken these keys over while this process stood still, or a second write landed after it was given up for good: they are dirty. */
  | { readonly kind: "superseded"; readonly keys: readonly string[] }
  /** The control tables could not be written: what was written stands, its keys stay dirty. */
  | { readonly kind: "control-failed"; readonly keys: readonly string[]; readonly error: unknown }
  /** A compared read found the sides different. */
  | { readonly kind: "read-difference"; readonly key: string; readonly fields: readonly string[] }
  /** The other side gave no answer to a compared read; it is counted among those that differed. */
  | { readonly kind: "read-failed"; readonly key: string; readonly error: unknown }
  /** The phase was changed. */
  | { readonly kind: "phase"; readonly from: Phase; readonly to: Phase }
  /** The report of a change of phase could not be written; the change stands. */
  | { readonly kind: "report-failed"; readonly error: unknown };

/** Who asks for a change, and why: both go to the audit trail. */
export interface Decision {
  /** Who decides: a name or an address. */
  readonly by: string;
  /** Why. */
  readonly why: string;
}

/** One key that differs. */
export interface Divergence {
  /** The key. */
  readonly key: string;
  /** `missing`: the second side lacks it; `extra`: only the second side has it; `different`: both have it, with other content. */
  readonly kind: "missing" | "extra" | "different";
  /** The fields that differ, for `different`. */
  readonly fields: readonly string[];
}

/** What a verification found. Of the keys it counts, `matched + missing + extra + different + dirty + unsettled = keys`. */
export interface VerifyReport {
  /** The phase it was made in. */
  readonly phase: Phase;
  /** Keys on either side. */
  readonly keys: number;
  /** Keys with the same content on both sides. */
  readonly matched: number;
  /** Keys that the second side lacks. */
  readonly missing: number;
  /** Keys that only the second side has. */
  readonly extra: number;
  /** Keys with other content on the second side. */
  readonly different: number;
  /** Keys that differ and are known to: they are in the dirty set. */
  readonly dirty: number;
  /** Keys that others kept writing for as long as it waited, so that nothing can be said of them. */
  readonly unsettled: number;
  /** The first divergences by key; `limit` of them. */
  readonly divergences: readonly Divergence[];
  /** Whether every key was equal. */
  readonly clean: boolean;
}

/** How a verification runs. */
export interface VerifyOptions extends Partial<Decision> {
  /** Divergences that are listed, 0 to 100000; all are counted. Default 1000. */
  readonly limit?: number;
  /** Stops it with the reason of the signal. */
  readonly signal?: AbortSignal;
}

/** What a repair did. */
export interface RepairReport {
  /** Keys that now hold on the second side what the primary holds. */
  readonly copied: number;
  /** Keys removed from the second side, because the primary does not have them. */
  readonly deleted: number;
  /** Keys that stay dirty: the second side failed, or others work on them. */
  readonly left: number;
  /** The first failures. */
  readonly failures: readonly { readonly key: string; readonly message: string }[];
}

/** Which keys a repair covers. */
export interface RepairOptions extends Partial<Decision> {
  /** `dirty` (default): those marked. `all`: every key that differs, found by comparing all: also the first filling of the new side. */
  readonly keys?: "dirty" | "all";
  /** Stops it with the reason of the signal. */
  readonly signal?: AbortSignal;
}

/** A report for people. */
export interface MigrationReport {
  /** As Markdown. */
  readonly markdown: string;
  /** One page without any other file. */
  readonly html: string;
}

/** A store that writes both sides as the phase says, with the controls of the migration. */
export interface DualWrite<T> extends RecordStore<T> {
  /** Where it stands and what the way on still needs. */
  status(): Promise<DualWriteStatus>;
  /**
   * Compares all keys of both sides. A key is called divergent only after both sides were read again while nobody wrote it; keys in flight are waited for.
   * A clean one counts for the gates, any other sets that count to zero. Throws `phase-wrong` in `archived`.
   */
  verify(options?: VerifyOptions): Promise<VerifyReport>;
  /** Copies the primary's present state of keys to the second side, under the lock of each key. Safe to repeat. */
  repair(options?: RepairOptions): Promise<RepairReport>;
  /**
   * Goes on to the next phase when all gates are met, read in the transaction of the switch while no write is in flight. Throws `gates-not-met`, which
   * says what is missing, and `phase-wrong` in the last phase. `signOff` says why rejected records may stay behind; a blank one throws `invalid-option`.
   */
  advance(decision: Decision & { readonly signOff?: string }): Promise<DualWriteStatus>;
  /** Goes back, to the phase before or the one given, with all writes made since. Throws `gates-not-met` while keys are dirty that it could not repair, `phase-wrong`. */
  rollback(decision: Decision & { readonly to?: Phase }): Promise<DualWriteStatus>;
  /** Lets the second side rest: writes leave their keys dirty, and the phase stays. */
  pause(decision: Decision): Promise<DualWriteStatus>;
  /** Ends a pause. The keys written meanwhile are repaired by `repair()`. */
  resume(decision: Decision): Promise<DualWriteStatus>;
  /** The audit trail, the latest first; `limit` 1 to 1000, default 100. */
  audit(limit?: number): Promise<readonly DualAuditRow[]>;
  /** A report of where it stands, with both sides counted and read. */
  report(): Promise<MigrationReport>;
  /**
   * Waits for what goes on behind calls that have returned: sampled reads, marks not yet removed, and late second writes, these for `secondaryTimeoutMs`
   * at most. Call it before the storage is closed.
   */
  settled(): Promise<void>;
}
