// The control tables of a dual write: where it stands, which keys may differ, and who decided what.
import { c, defineTable, type RowOf } from "@td/storage";

/** One row per dual write: its phase, what fences writers, and the figures of the phase. */
export const dualWrites = defineTable(
  "td_dual_writes",
  {
    /** The user. */
    userId: c.text(),
    /** The name of the dual write. */
    name: c.text(),
    /** Where it stands. */
    phase: c.oneOf("legacy", "dual-write", "validate", "cutover", "archived"),
    /** Grows with every change of phase, pause and resume. */
    epoch: c.int(),
    /** Grows with every write: the order of writes, by which no clock has a say. */
    version: c.int(),
    /** Whether the second side rests. */
    paused: c.bool(),
    /** While a switch waits for writes in flight: until when at most new ones wait, in milliseconds since 1970. 0: no switch is under way. */
    fencedUntil: c.int(),
    /** When the phase began. */
    phaseSince: c.instant(),
    /** Verifications in a row, in this phase, that found nothing. */
    cleanVerifications: c.int(),
    /** Writes in this phase. */
    writes: c.int(),
    /** Those of which the second write failed. */
    failedWrites: c.int(),
    /** Reads in this phase that were compared with the other side. */
    comparedReads: c.int(),
    /** Those that differed. */
    readDifferences: c.int(),
    /** Entries in the audit trail. */
    entries: c.int(),
  },
  { primaryKey: ["userId", "name"], digested: false },
);

/** One row per key that may differ between the sides: written durably before the first write, removed when both sides hold the key. */
export const dualDirtyKeys = defineTable(
  "td_dual_dirty_keys",
  {
    /** The user. */
    userId: c.text(),
    /** The name of the dual write. */
    name: c.text(),
    /** The key of the record. */
    key: c.text(),
    /** The version of the write, repair or check that marked it last: only that one may remove the mark. */
    version: c.int(),
    /** Who works on it: host, process and a random part. Null: nobody, so a repair may. */
    owner: c.text().nullable(),
    /** Until when its owner is believed alive, in milliseconds since 1970: liveness only, never order. */
    leaseUntil: c.int(),
    /** Why it is dirty. */
    reason: c.oneOf("in-flight", "primary-failed", "secondary-failed", "secondary-resting", "superseded", "differs"),
    /** Since when. */
    since: c.instant(),
  },
  { primaryKey: ["userId", "name", "key"], indexes: { by_version: ["userId", "name", "version"] }, digested: false },
);

/** One row per decision and per piece of evidence. Rows are only ever added. */
export const dualAudit = defineTable(
  "td_dual_audit",
  {
    /** The user. */
    userId: c.text(),
    /** The name of the dual write. */
    name: c.text(),
    /** The place in the trail, from 1. */
    entry: c.int(),
    /** When. */
    at: c.instant(),
    /** Who. */
    by: c.text(),
    /** What. */
    action: c.oneOf("created", "advanced", "rolled-back", "paused", "resumed", "verified", "repaired"),
    /** The phase before. */
    fromPhase: c.oneOf("legacy", "dual-write", "validate", "cutover", "archived"),
    /** The phase after. */
    toPhase: c.oneOf("legacy", "dual-write", "validate", "cutover", "archived"),
    /** Why. */
    why: c.text(),
    /** The gates as they stood, or what was found. */
    evidence: c.json(),
  },
  { primaryKey: ["userId", "name", "entry"], digested: false },
);

/** The tables that `openStorage` must be given for the control of dual writes: `openStorage(url, { tables: dualWriteTables })`. */
export const dualWriteTables = [dualWrites, dualDirtyKeys, dualAudit] as const;

/** A dual write as stored. */
export interface DualWriteRow extends RowOf<typeof dualWrites> {}

/** A dirty key as stored. */
export interface DirtyKeyRow extends RowOf<typeof dualDirtyKeys> {}

/** An entry of the audit trail as stored. */
export interface DualAuditRow extends RowOf<typeof dualAudit> {}
