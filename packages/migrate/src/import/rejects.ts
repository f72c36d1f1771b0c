// What becomes of records that were not taken: tried again after a fix, or dismissed with a reason. They are never deleted.
import type { AnyTable, ChangesOf, Scope } from "@td/storage";
import { isUtf8 } from "node:buffer";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { z } from "zod";
import { addCounts, addReasons, type ByReason, type Counts, NOTHING } from "../core/account.ts";
import { prepare, type Steps } from "../core/prepare.ts";
import { reject, type RejectReason } from "../core/reasons.ts";
import { fieldsOf, validator } from "../core/validate.ts";
import { MigrateError } from "../errors.ts";
import type { OpenSource, RawRecord } from "../sources/contract.ts";
import { changed } from "../sources/file.ts";
import type { ImportJob } from "./job.ts";
import { noSuchRun } from "./list-rejects.ts";
import { withLock } from "./lock.ts";
import { isRedacted } from "./redacted.ts";
import { countsOf, type ImportReject, rejectOf } from "./report.ts";
import { changeRun, runOf } from "./run-state.ts";
import { type Prepared, storeBatch } from "./store-batch.ts";
import { importRejects, importRuns, type ImportRejectRow, type ImportRunRow } from "./tables.ts";
import { noteRows } from "./written-rows.ts";

/** How rejects are tried again. */
export interface RetryOptions {
  /** The run; default the latest of the job that was not given up. */
  readonly runId?: string;
  /** The text to import in place of a record, or `null` to leave that one as it is. Default: the record itself, for a job that was mended. Pure. */
  readonly mend?: (kept: ImportReject) => string | null;
  /** Who does it, for the record. Default nobody. */
  readonly by?: string;
  /** Stops after the group in hand; call again to go on. */
  readonly signal?: AbortSignal;
  /** The clock, for times in the record. Default the system's. */
  readonly now?: () => Date;
}

/** What became of the rejects that were tried: `read` of them, each in one of the four places. */
export interface RetryReport extends Counts {
  /** The run. Its account has changed by this one, and balances as before. */
  readonly runId: string;
  /** Those that are open now, by reason. */
  readonly byReason: ByReason;
}

/** Rejects tried in one transaction. */
const GROUP = 100;

/**
 * Tries the open rejects and conflicts of a run again, after the schema, the map or the standing rows were mended, or with a text in place of each. What can be
 * taken now is imported and marked `retried`; it counts as the run's, also for a rollback. What cannot stays open, with its new reason; so does, as it is, a
 * record that names a secret, since it was not kept whole (see `webStorageDump`): it needs a text in its place.
 *
 * Throws `run-not-found`, `import-running` while another process runs the import, and `source-changed` when the job's source is another than the run's: its form is needed to read the records.
 */
export async function retryRejects<T extends AnyTable, Schema extends z.ZodType>(
  scope: Scope,
  job: ImportJob<T, Schema>,
  options: RetryOptions = {},
): Promise<RetryReport> {
  const now = options.now ?? (() => new Date());
  const source = await job.source.open(fieldsOf(job.schema));
  try {
    const steps: Steps<z.output<Schema>, object> = { parse: source.parse, validate: validator(job.schema, job.zone), map: job.map };
    const retry = { table: job.into, prepare: (raw: RawRecord) => prepare(steps, raw) as Prepared<T>, options, now };
    return await withLock(
      scope,
      { name: job.name, wait: 0, takeOver: false, now },
      (tx) => claim(tx, job.name, source, options.runId, now()),
      ({ run }) => retryAll(scope, retry, run),
    );
  } finally {
    await source.close();
  }
}

/** The run, taken from whoever was left writing it. */
async function claim(
  tx: Scope,
  name: string,
  source: OpenSource,
  runId: string | undefined,
  now: Date,
): Promise<{ readonly run: ImportRunRow; readonly runId: string }> {
  const run = await runOf(tx, name, runId);
  if (["rolling-back", "rolled-back", "abandoned"].includes(run.status)) throw noSuchRun(run.runId);
  if (source.fingerprint !== run.fingerprint) throw changed(source.name, `the import "${run.name}" read other content`);
  const taken = await tx.table(importRuns).update({ runId: run.runId }, { attempt: run.attempt + 1, updatedAt: now });
  return { run: taken ?? run, runId: run.runId };
}

async function retryAll<T extends AnyTable>(scope: Scope, retry: Retry<T>, begun: ImportRunRow): Promise<RetryReport> {
  let run = begun;
  let [counts, byReason]: [Counts, ByReason] = [NOTHING, {}];
  for await (const rows of scope.table(importRejects).stream({ where: { runId: run.runId, resolution: null }, chunk: GROUP })) {
    if (retry.options.signal?.aborted === true) break;
    const current = run;
    const done = await scope.transaction((tx) => retryGroup(tx, retry, current, rows));
    run = done.run;
    [counts, byReason] = [addCounts(counts, done.counts), addReasons(byReason, done.reasons)];
    await nextTurn();
  }
  return { runId: run.runId, ...counts, byReason };
}

interface Retry<T extends AnyTable> {
  readonly table: T;
  readonly prepare: (raw: RawRecord) => Prepared<T>;
  readonly options: RetryOptions;
  readonly now: () => Date;
}

interface Retried {
  readonly counts: Counts;
  readonly reasons: readonly RejectReason[];
  readonly run: ImportRunRow;
}

async function retryGroup<T extends AnyTable>(
  tx: Scope,
  retry: Retry<T>,
  run: ImportRunRow,
  rows: readonly ImportRejectRow[],
): Promise<Retried> {
  let [counts, account]: [Counts, Counts] = [NOTHING, countsOf(run)];
  let byReason = run.byReason;
  const reasons: RejectReason[] = [];
  for (const row of rows) {
    const one = await retryOne(tx, retry, run, row);
    if (one === null) continue;
    counts = addCounts(counts, one.counts);
    // Out of the place where it was, into the one where it is now; it was read only once.
    account = addCounts(takenOut(account, row), { ...one.counts, read: 0 });
    byReason = addReasons(row.kind === "rejected" ? fewer(byReason, row.reason) : byReason, one.reasons);
    reasons.push(...one.reasons);
  }
  const { written, identical, conflict, rejected } = account;
  const changes = { recordsWritten: written, recordsIdentical: identical, recordsConflict: conflict, recordsRejected: rejected, byReason };
  return { counts, reasons, run: await changeRun(tx, run, { ...changes, updatedAt: retry.now() }) };
}

function takenOut(counts: Counts, { kind }: ImportRejectRow): Counts {
  return kind === "conflict" ? { ...counts, conflict: counts.conflict - 1 } : { ...counts, rejected: counts.rejected - 1 };
}

function fewer(byReason: Readonly<Record<string, number>>, reason: string): Readonly<Record<string, number>> {
  const { [reason]: count = 0, ...others } = byReason;
  return count > 1 ? { ...others, [reason]: count - 1 } : others;
}

/** Tries one record; `null` when the caller leaves it as it is. */
async function retryOne<T extends AnyTable>(
  tx: Scope,
  retry: Retry<T>,
  run: ImportRunRow,
  row: ImportRejectRow,
): Promise<Pick<Retried, "counts" | "reasons"> | null> {
  const { mend, by } = retry.options;
  const mended = mend === undefined ? undefined : mend(rejectOf(row));
  // Of what was not kept whole there is nothing to try: it takes a text in its place.
  if (mended === null || (mended === undefined && isRedacted(row.raw))) return null;
  const raw = rawOf(row, mended);
  const { counts, reasons, kept, written } = await storeBatch({ scope: tx, table: retry.table, runId: run.runId }, [raw], retry.prepare);
  await noteRows(tx, retry.table, run, -row.line, written);
  const [still] = kept;
  const changes: ChangesOf<typeof importRejects> =
    still === undefined
      ? { resolution: "retried", resolvedAt: retry.now(), resolvedBy: by ?? null, mended: mended ?? null }
      : { kind: still.kind, reason: still.reason, detail: still.detail };
  await tx.table(importRejects).update({ runId: row.runId, line: row.line }, changes);
  return { counts, reasons };
}

/** Reasons that lie in the source itself: what is kept then is not the record as its reader would read it. */
const NOT_AS_READ: readonly string[] = ["not-a-list-or-object", "invalid-utf8"];

function rawOf(row: ImportRejectRow, mended: string | undefined): RawRecord {
  const { line, byteOffset, path, carried, reason } = row;
  const bytes = mended === undefined ? Buffer.from(row.raw, row.encoding) : Buffer.from(mended);
  const text = mended ?? (row.encoding === "utf8" || isUtf8(bytes) ? bytes.toString("utf8") : null);
  const refused = mended === undefined && NOT_AS_READ.includes(reason) ? reject(reason as RejectReason) : undefined;
  const place = { line, byteOffset, next: { line: line + 1, byteOffset: byteOffset + bytes.length } };
  return {
    ...place,
    ...(path !== null && { path }),
    ...(carried !== null && { carried }),
    ...(refused && { refused }),
    text,
    raw: () => bytes,
  };
}

/** How a reject is dismissed. */
export interface ResolveOptions {
  /** Why it is not to be imported, in words; not empty. Kept for ever. */
  readonly reason: string;
  /** Who says so. Default nobody. */
  readonly by?: string;
  /** The clock, for the time in the record. Default the system's. */
  readonly now?: () => Date;
}

/**
 * Dismisses a reject or conflict: somebody has looked at it and decided that it is not to be imported. The record stays, with the reason, who and when; it counts
 * in the run's account as before, and is no longer open.
 *
 * Throws `run-not-found`, `reject-not-found`, `already-resolved`, and `invalid-option` without a reason.
 */
export async function resolveReject(scope: Scope, runId: string, line: number, options: ResolveOptions): Promise<ImportReject> {
  // A host without types may have left it out.
  if (typeof (options as Partial<ResolveOptions> | undefined)?.reason !== "string" || options.reason.trim() === "")
    throw new MigrateError("invalid-option", "resolveReject: say why the record is not to be imported.");
  return scope.transaction(async (tx) => {
    if ((await tx.table(importRuns).get({ runId })) === null) throw noSuchRun(runId);
    const rejects = tx.table(importRejects);
    const row = await rejects.get({ runId, line });
    const facts = { runId, line };
    if (row === null)
      throw new MigrateError(
        "reject-not-found",
        `The run ${runId} kept no record of line ${line}: take the place of one from listRejects.`,
        { facts },
      );
    if (row.resolution !== null)
      throw new MigrateError(
        "already-resolved",
        `The record of line ${line} was ${row.resolution} at ${row.resolvedAt}: a resolution stands.`,
        { facts },
      );
    const { reason, by, now = () => new Date() } = options;
    const resolved = await rejects.update(
      { runId, line },
      { resolution: "dismissed", resolvedAt: now(), resolvedBy: by ?? null, resolvedReason: reason },
    );
    return rejectOf(resolved ?? row);
  });
}
