// Runs an import: batch by batch, each batch with its cursor and its account in one transaction.
import type { AnyTable, Scope } from "@td/storage";
import { randomUUID } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { z } from "zod";
import type { Cursor } from "../core/account.ts";
import { prepare, type Steps } from "../core/prepare.ts";
import { progressOf } from "../core/progress.ts";
import { fieldsOf, validator } from "../core/validate.ts";
import { batches } from "./batches.ts";
import { MigrateError } from "../errors.ts";
import type { ImportJob } from "./job.ts";
import { checkedOptions, type ImportOptions, type Settings, tooMany } from "./options.ts";
import { firstRejects } from "./list-rejects.ts";
import { countsOf, FIRST_REJECTS, reportOf, type CallSummary, type ImportReport } from "./report.ts";
import { withLock } from "./lock.ts";
import { abandonRun, advanceRun, beginRun, changeRun, completeRun, resumeRun, type RunSubject } from "./run-state.ts";
import type { RawRecord } from "../sources/contract.ts";
import { storeBatch, type Prepared } from "./store-batch.ts";
import type { ImportRunRow } from "./tables.ts";
import { noteRows } from "./written-rows.ts";

/** An import under way. */
interface Import<T extends AnyTable> extends RunSubject {
  readonly scope: Scope;
  readonly table: T;
  readonly prepare: (raw: RawRecord) => Prepared<T>;
  readonly options: Settings;
}

/**
 * Imports a source into a table and proves that no record was lost: `read = written + identical + conflict + rejected`.
 *
 * Rows, rejects, counts and the cursor of a batch commit together, so an import that is killed at any moment goes on exactly there when it is
 * run again. Standing rows are never replaced. Running a finished import again reads everything and finds it identical.
 *
 * Throws {@link MigrateError} for a source that cannot be used and `StorageError` for a database that cannot; nothing is half done in either case.
 */
export async function runImport<T extends AnyTable, Schema extends z.ZodType>(
  scope: Scope,
  job: ImportJob<T, Schema>,
  options: ImportOptions = {},
): Promise<ImportReport> {
  const settings = checkedOptions(options);
  const source = await job.source.open(fieldsOf(job.schema));
  try {
    const steps: Steps<z.output<Schema>, object> = { parse: source.parse, validate: validator(job.schema, job.zone), map: job.map };
    const prepareRecord = (raw: RawRecord): Prepared<T> => prepare(steps, raw) as Prepared<T>;
    const work = { scope, name: job.name, target: job.into.name, source, table: job.into, prepare: prepareRecord, options: settings };
    return await (settings.dryRun ? rehearse(work) : execute(work));
  } finally {
    await source.close();
  }
}

async function execute<T extends AnyTable>(work: Import<T>): Promise<ImportReport> {
  const { scope, name, options } = work;
  const { wait, takeOver, now } = options;
  return withLock(
    scope,
    { name, wait, takeOver, now },
    (tx) => claim(tx, work),
    (claimed) => proceed(work, claimed),
  );
}

interface Claimed {
  readonly run: ImportRunRow;
  readonly resumed: boolean;
}

async function proceed<T extends AnyTable>(work: Import<T>, { run, resumed }: Claimed): Promise<ImportReport> {
  const holder = { run };
  const inTransaction = <R>(step: (tx: Scope) => Promise<R>): Promise<R> => work.scope.transaction(step);
  try {
    const status = await consume(work, holder, resumed, inTransaction);
    return await summarize(work.scope, holder.run, { status, dryRun: false, resumedFrom: resumed ? placeOf(run) : null });
  } catch (error) {
    await noteFailure(work, holder.run, error);
    throw error;
  }
}

/** The unfinished run of this name, or a new one. */
async function claim<T extends AnyTable>(tx: Scope, work: Import<T>): Promise<Claimed & { readonly runId: string }> {
  const { name, options } = work;
  const now = options.now();
  if (options.restart) await abandonRun(tx, name, now);
  const unfinished = await resumeRun(tx, work, now);
  const run = unfinished ?? (await beginRun(tx, work, randomUUID(), now));
  return { run, resumed: unfinished !== null, runId: run.runId };
}

/** Carries the report of a rehearsal out of the transaction that it undoes. */
class Rehearsed extends Error {
  readonly report: ImportReport;

  constructor(report: ImportReport) {
    super("rehearsed");
    this.report = report;
  }
}

/** One transaction for all batches: duplicates across batches are found as they would be, and one rollback takes everything back. */
async function rehearse<T extends AnyTable>(work: Import<T>): Promise<ImportReport> {
  try {
    return await work.scope.transaction(async (tx) => {
      const holder = { run: await beginRun(tx, work, randomUUID(), work.options.now()) };
      const status = await consume(work, holder, false, (step) => step(tx));
      throw new Rehearsed(await summarize(tx, holder.run, { status, dryRun: true, resumedFrom: null }));
    });
  } catch (error) {
    if (error instanceof Rehearsed) return error.report;
    throw error;
  }
}

type InTransaction = <R>(step: (tx: Scope) => Promise<R>) => Promise<R>;

/** Reads the source from the run's cursor to its end, or until the signal says stop. */
async function consume<T extends AnyTable>(
  work: Import<T>,
  holder: { run: ImportRunRow },
  resumed: boolean,
  inTransaction: InTransaction,
): Promise<ImportReport["status"]> {
  const { source, options } = work;
  const { run } = holder;
  const began = options.now();
  const cursor = { byteOffset: run.cursorOffset, line: run.cursorLine };
  // An empty digest: the run was stopped before its first batch.
  const prefix = resumed && run.cursorSha256 !== "" ? run.cursorSha256 : null;
  for await (const records of batches(source.read(cursor, prefix), options.batchSize)) {
    if (options.signal?.aborted === true) return await interrupt(work, holder, inTransaction);
    holder.run = await inTransaction((tx) => importBatch(tx, work, holder.run, records));
    tell(work, holder.run, run, began);
    checkRejects(holder.run, options.maxRejects, false);
    // Lets signals and timers in: nothing else here waits for more than the database.
    await nextTurn();
  }
  checkRejects(holder.run, options.maxRejects, true);
  const sha256 = await source.finish();
  holder.run = await inTransaction((tx) => completeRun(tx, holder.run, sha256, options.now()));
  return "completed";
}

async function interrupt<T extends AnyTable>(
  work: Import<T>,
  holder: { run: ImportRunRow },
  inTransaction: InTransaction,
): Promise<"interrupted"> {
  holder.run = await inTransaction((tx) => changeRun(tx, holder.run, { status: "interrupted", updatedAt: work.options.now() }));
  return "interrupted";
}

/** Everything that one batch changes. */
async function importBatch<T extends AnyTable>(
  tx: Scope,
  work: Import<T>,
  run: ImportRunRow,
  records: readonly RawRecord[],
): Promise<ImportRunRow> {
  const outcome = await storeBatch({ scope: tx, table: work.table, runId: run.runId }, records, work.prepare);
  await noteRows(tx, work.table, run, run.recordsRead, outcome.written);
  const cursor = records.at(-1)?.next ?? { byteOffset: run.cursorOffset, line: run.cursorLine };
  return advanceRun(tx, run, outcome, records.length, cursor, work.source.prefix(cursor), work.options.now());
}

function tell<T extends AnyTable>({ name, source, options }: Import<T>, run: ImportRunRow, before: ImportRunRow, began: Date): void {
  const pace = {
    elapsedMs: options.now().getTime() - began.getTime(),
    recordsBefore: before.recordsRead,
    bytesBefore: before.cursorOffset,
  };
  options.onProgress?.(progressOf(name, countsOf(run), run.cursorOffset, source.bytes, pace));
}

function checkRejects(run: ImportRunRow, maxRejects: ImportOptions["maxRejects"], atEnd: boolean): void {
  if (!tooMany(run.recordsRejected, run.recordsRead, maxRejects, atEnd)) return;
  const limit = typeof maxRejects === "object" ? `a share of ${maxRejects.share}` : `maxRejects ${maxRejects}`;
  const reasons = Object.entries(run.byReason)
    .map(([reason, count]) => `${count} ${reason}`)
    .join(", ");
  throw new MigrateError(
    "too-many-rejects",
    `Import "${run.name}" stopped at line ${run.cursorLine}: ${run.recordsRejected} of ${run.recordsRead} records were rejected (${reasons}), more than ${limit}. ` +
      "Read them with listRejects, then mend the source or the schema and restart, or run again with a higher limit to go on from here.",
    {
      facts: {
        runId: run.runId,
        rejected: run.recordsRejected,
        read: run.recordsRead,
        maxRejects: typeof maxRejects === "object" ? maxRejects.share : (maxRejects ?? null),
      },
    },
  );
}

async function summarize(scope: Scope, run: ImportRunRow, call: Omit<CallSummary, "rejects">): Promise<ImportReport> {
  return reportOf(run, { ...call, rejects: await firstRejects(scope, run.runId, FIRST_REJECTS) });
}

function placeOf(run: ImportRunRow): Cursor {
  return { line: run.cursorLine, byteOffset: run.cursorOffset };
}

/** Writes down why a run stopped, if that is still possible; the error itself matters more. */
async function noteFailure<T extends AnyTable>({ scope, options }: Import<T>, run: ImportRunRow, error: unknown): Promise<void> {
  const { code, message } =
    error instanceof Error
      ? { code: (error as { code?: unknown }).code, message: error.message }
      : { code: undefined, message: String(error) };
  try {
    const changes = {
      status: "failed",
      errorCode: typeof code === "string" ? code : null,
      errorMessage: message,
      updatedAt: options.now(),
    } as const;
    await scope.transaction((tx) => changeRun(tx, run, changes));
  } catch {
    // A run that stays `running` is resumed like any other that is not finished.
  }
}
