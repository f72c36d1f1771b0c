// The steps that change the database. Each can be killed at any moment and run again.
import { listRejects, runImport, type ImportJob, type ImportReport, type ImportReject } from "@td/migrate";
import type { AnyTable, ComputeReport, Scope } from "@td/storage";
import type { z } from "zod";
import { beginStep, type ProgressStream } from "@td/example-shared/progress";

/** What every step needs. */
export interface Work {
  /** The user's rows. */
  readonly me: Scope;
  /** Aborted when the person wants to stop. */
  readonly signal: AbortSignal;
  /** Where progress goes. */
  readonly stream: ProgressStream;
}

/** An import and the records that it kept aside. */
export interface Imported {
  readonly report: ImportReport;
  /** At most {@link MOST_REJECTS}. */
  readonly rejects: readonly ImportReject[];
}

/** Rejected and conflicting records that a report lists; all of them stay in the database. */
const MOST_REJECTS = 1000;

/** Imports a file, or goes on with an import that was stopped. */
export async function importFile<T extends AnyTable, S extends z.ZodType>(
  work: Work,
  job: ImportJob<T, S>,
  restart: boolean,
): Promise<Imported> {
  const step = beginStep(`Importing ${job.name}`, "records", work.stream);
  const onProgress = ({ bytes, totalBytes, read }: { bytes: number; totalBytes: number | null; read: number }) =>
    step.update(totalBytes === null ? null : bytes / totalBytes, read);
  try {
    const report = await runImport(work.me, job, { signal: work.signal, onProgress, restart, batchSize: BATCH });
    if (report.status === "interrupted") work.signal.throwIfAborted();
    return { report, rejects: await firstOf(listRejects(work.me, report.runId), MOST_REJECTS) };
  } finally {
    step.end();
  }
}

/** Records a commit: what a stop or a kill has to do again, at most. */
const BATCH = 1000;

async function firstOf<T>(items: AsyncIterable<T>, limit: number): Promise<readonly T[]> {
  const first: T[] = [];
  for await (const item of items) {
    if (first.length === limit) break;
    first.push(item);
  }
  return first;
}

/** Computes the ledger of the fills as they are now; without a change there is no new version. */
export async function computeLedger(work: Work, triggeredBy: string): Promise<ComputeReport> {
  const step = beginStep("Computing the ledger", "trades", work.stream);
  try {
    return await work.me.ledger.compute({
      triggeredBy,
      signal: work.signal,
      onProgress: ({ trades, tradesTotal }) => step.update(trades / tradesTotal, trades),
    });
  } finally {
    step.end();
  }
}
