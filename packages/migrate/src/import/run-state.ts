// The stored side of a run: claiming it, moving it on with each batch, ending it. Every change happens only while the run is still ours.
import type { ChangesOf, Scope } from "@td/storage";
import { addCounts, addReasons, imbalance, type Cursor } from "../core/account.ts";
import { MigrateError } from "../errors.ts";
import { countsOf } from "./report.ts";
import type { OpenSource } from "../sources/contract.ts";
import { changed } from "../sources/file.ts";
import type { BatchOutcome } from "./store-batch.ts";
import { importRejects, importRuns, type ImportRunRow } from "./tables.ts";

/** What a run is about. */
export interface RunSubject {
  /** The job's name. */
  readonly name: string;
  /** The table's name. */
  readonly target: string;
  /** The opened source. */
  readonly source: OpenSource;
}

/** A new run at the start of its source. */
export async function beginRun(scope: Scope, { name, target, source }: RunSubject, runId: string, now: Date): Promise<ImportRunRow> {
  return scope.table(importRuns).insert({
    runId,
    name,
    target,
    sourceKind: source.kind,
    sourceName: source.name,
    sourceBytes: source.bytes,
    fingerprint: source.fingerprint,
    status: "running",
    attempt: 1,
    cursorOffset: source.start.byteOffset,
    cursorLine: source.start.line,
    cursorSha256: "",
    recordsRead: 0,
    recordsWritten: 0,
    recordsIdentical: 0,
    recordsConflict: 0,
    recordsRejected: 0,
    byReason: {},
    startedAt: now,
    updatedAt: now,
  });
}

/** The run of this name that is not finished, taken over by the caller; `null` when there is none. Throws `source-changed`. */
export async function resumeRun(scope: Scope, subject: RunSubject, now: Date): Promise<ImportRunRow | null> {
  const run = await unfinishedRun(scope, subject.name);
  if (run === null) return null;
  if (run.status === "void" || run.status === "rolling-back") throw notResumable(run);
  const { source, target } = subject;
  if (run.fingerprint !== source.fingerprint || run.sourceKind !== source.kind || run.target !== target) throw otherSource(run, subject);
  return scope
    .table(importRuns)
    .update({ runId: run.runId }, { status: "running", attempt: run.attempt + 1, updatedAt: now, errorCode: null, errorMessage: null });
}

/** Gives up the run of this name that is not finished, if there is one. What it wrote stays. */
export async function abandonRun(scope: Scope, name: string, now: Date): Promise<void> {
  const run = await unfinishedRun(scope, name);
  if (run?.status === "rolling-back") throw notResumable(run);
  if (run !== null)
    await scope.table(importRuns).update({ runId: run.runId }, { status: "abandoned", attempt: run.attempt + 1, updatedAt: now });
}

/** A run of a job: the one that is named, else the latest that was not given up. Throws `run-not-found`. */
export async function runOf(scope: Scope, name: string, runId: string | undefined): Promise<ImportRunRow> {
  const where = { name, status: { ne: "abandoned" } } as const;
  const runs = scope.table(importRuns);
  const found =
    runId === undefined ? (await runs.page({ where, orderBy: "by_name", direction: "desc", limit: 1 })).rows[0] : await runs.get({ runId });
  if (found !== undefined && found !== null && found.name === name) return found;
  const which = runId === undefined ? `no run of the import "${name}"` : `no run ${runId} of the import "${name}"`;
  throw new MigrateError("run-not-found", `This user has ${which}: run it first, or take the runId of its report.`, {
    facts: { name, runId: runId ?? null },
  });
}

async function unfinishedRun(scope: Scope, name: string): Promise<ImportRunRow | null> {
  const where = { name, status: { in: ["running", "interrupted", "failed", "void", "rolling-back"] } } as const;
  const { rows } = await scope.table(importRuns).page({ where, orderBy: "by_name", direction: "desc", limit: 1 });
  return rows[0] ?? null;
}

function notResumable({ name, runId, status }: ImportRunRow): MigrateError {
  if (status === "rolling-back") {
    const message = `A rollback of the import "${name}" was begun and not finished: call rollbackImport for run ${runId} again first.`;
    return new MigrateError("rollback-unfinished", message, { facts: { runId, name } });
  }
  const message =
    `The unfinished import "${name}" did not pass its verification, so it cannot go on from where it stopped: ` +
    "take it back with rollbackImport, or read the source from its start with { restart: true }.";
  return new MigrateError("verification-failed", message, { facts: { runId, name } });
}

function otherSource(run: ImportRunRow, { source, target }: RunSubject): MigrateError {
  if (run.target === target && run.sourceKind === source.kind && run.sourceName === source.name) {
    return changed(source.name, `the unfinished import "${run.name}" (${run.recordsRead} records read) began with other content`);
  }
  const message =
    `The unfinished import "${run.name}" (${run.recordsRead} records read) began with ${run.sourceName} into ${run.target}: ` +
    "finish it with that source, give this import another name, or pass { restart: true } to give the unfinished one up.";
  return new MigrateError("source-changed", message, { facts: { runId: run.runId, began: run.sourceName, now: source.name } });
}

/** Keeps what a batch could not take and moves the run on. To be called in the transaction that wrote the batch's rows. */
export async function advanceRun(
  tx: Scope,
  run: ImportRunRow,
  batch: BatchOutcome,
  size: number,
  cursor: Cursor,
  sha256: string,
  now: Date,
): Promise<ImportRunRow> {
  if (batch.counts.read !== size || imbalance(batch.counts) !== 0) throw notBalanced(run, `${size} records were read`, batch);
  const { written } = await tx.table(importRejects).importMany(batch.kept);
  if (written !== batch.counts.conflict + batch.counts.rejected) throw notBalanced(run, `${written} of those not taken were kept`, batch);
  const counts = addCounts(countsOf(run), batch.counts);
  return changeRun(tx, run, {
    cursorOffset: cursor.byteOffset,
    cursorLine: cursor.line,
    cursorSha256: sha256,
    recordsRead: counts.read,
    recordsWritten: counts.written,
    recordsIdentical: counts.identical,
    recordsConflict: counts.conflict,
    recordsRejected: counts.rejected,
    byReason: addReasons(run.byReason, batch.reasons),
    updatedAt: now,
  });
}

function notBalanced(run: ImportRunRow, what: string, { counts }: Pick<BatchOutcome, "counts">): MigrateError {
  const account = `${counts.written} written + ${counts.identical} identical + ${counts.conflict} conflicting + ${counts.rejected} rejected`;
  return new MigrateError(
    "not-balanced",
    `Import "${run.name}": ${what}, but the account says ${account}. The batch after line ${run.cursorLine - 1} was rolled back; this is a defect of td, please report it.`,
    { facts: { runId: run.runId, ...counts } },
  );
}

/** Ends a run whose source was read to the end, once what it kept has been counted again. To be called inside a transaction. */
export async function completeRun(tx: Scope, run: ImportRunRow, sha256: string, now: Date): Promise<ImportRunRow> {
  const kept = await tx.table(importRejects).count({ runId: run.runId, resolution: { ne: "retried" } });
  const counts = countsOf(run);
  if (kept !== counts.conflict + counts.rejected || imbalance(counts) !== 0)
    throw notBalanced(run, `${kept} records are kept as not taken`, { counts });
  return changeRun(tx, run, { status: "completed", sha256, finishedAt: now, updatedAt: now });
}

/** Changes a run. To be called inside a transaction. Throws `superseded` when another process has taken it over since. */
export async function changeRun(tx: Scope, run: ImportRunRow, changes: ChangesOf<typeof importRuns>): Promise<ImportRunRow> {
  const runs = tx.table(importRuns);
  const current = await runs.get({ runId: run.runId });
  if (current?.attempt !== run.attempt) throw superseded(run);
  return (await runs.update({ runId: run.runId }, changes)) ?? run;
}

function superseded(run: ImportRunRow): MigrateError {
  const message = `Another process has taken over the import "${run.name}": let it finish; this one has stopped and lost nothing.`;
  return new MigrateError("superseded", message, { facts: { runId: run.runId, attempt: run.attempt } });
}
