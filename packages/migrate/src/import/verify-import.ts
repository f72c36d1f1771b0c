// Reads a source again and compares what it asks for with what stands: the proof that an import lost and changed nothing.
import { type AnyTable, collectDigest, type DigestCollector, type InputOf, type Scope } from "@td/storage";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { z } from "zod";
import { prepare, type Steps } from "../core/prepare.ts";
import { Rejection } from "../core/reasons.ts";
import { fieldsOf, validator } from "../core/validate.ts";
import { MigrateError } from "../errors.ts";
import { changed } from "../sources/file.ts";
import type { OpenSource, RawRecord } from "../sources/contract.ts";
import { batches } from "./batches.ts";
import type { ImportJob, Place } from "./job.ts";
import { runOf } from "./run-state.ts";
import { importRejects, importRuns, type ImportRejectRow, type ImportRunRow } from "./tables.ts";
import { keyOf, keyText, standingRows } from "./written-rows.ts";

/** How an import is verified. */
export interface VerifyImportOptions {
  /** The run; default the latest of the job that was not given up. */
  readonly runId?: string;
  /** Stops after the batch in hand, with the signal's reason as the error; nothing is noted then. */
  readonly signal?: AbortSignal;
  /** Told after each batch how many records were compared. */
  readonly onProgress?: (progress: { readonly read: number }) => void;
  /** The clock, for the time in the run's record. Default the system's. */
  readonly now?: () => Date;
}

/** What is wrong with a record of the source: no row stands for it, another content does, it is rejected now, or it was kept beside and is not there. */
export type VerifyProblemKind = "missing" | "different" | "rejected" | "not-kept";

/** A record that is not where the run says. */
export interface VerifyImportProblem {
  /** Where it lies in the source. */
  readonly place: Place;
  /** What is wrong. */
  readonly kind: VerifyProblemKind;
  /** The row that it asks for, in canonical form; `null` when it asks for none. */
  readonly expected: string | null;
  /** The row that stands, in canonical form; `null` when none does. */
  readonly standing: string | null;
}

/** What a verification found. */
export interface VerifyImportReport {
  /** The run. */
  readonly runId: string;
  /** Whether everything is as the run says. Only then do the run and its source prove each other. */
  readonly verified: boolean;
  /** Records of the source that were compared: for an unfinished run those before its cursor. */
  readonly read: number;
  /** Records whose rows stand with the same content. */
  readonly matched: number;
  /** Records that are kept whole among the rejects. */
  readonly kept: number;
  /** Records that are in neither place. */
  readonly problems: number;
  /** The first of those, at most {@link FIRST_PROBLEMS}. */
  readonly firstProblems: readonly VerifyImportProblem[];
  /** Digest of the rows that the source asks for, each as often as it does. */
  readonly sourceDigest: string;
  /** Digest of the rows that stand for them. Equal to `sourceDigest` if and only if each stands with the same content. */
  readonly targetDigest: string;
}

/** Problems that a report shows itself. */
const FIRST_PROBLEMS = 20;

/**
 * Verifies an import: reads its source from the start and compares, record by record and by canonical digest, what it asks for with the rows that stand, and
 * with the records that are kept among the rejects. It writes nothing but the verdict into the run's record.
 *
 * An unfinished run is verified up to its cursor. When that fails, it cannot be resumed any more (`verification-failed`): only rolled back or restarted.
 *
 * Throws `source-changed` when the source is not the one that was imported, and `run-not-found`.
 */
export async function verifyImport<T extends AnyTable, Schema extends z.ZodType>(
  scope: Scope,
  job: ImportJob<T, Schema>,
  options: VerifyImportOptions = {},
): Promise<VerifyImportReport> {
  const run = await runOf(scope, job.name, options.runId);
  if (run.status === "rolling-back" || run.status === "rolled-back")
    throw new MigrateError("run-not-found", `The run ${run.runId} was rolled back: there is nothing to verify.`, {
      facts: { runId: run.runId },
    });
  const source = await job.source.open(fieldsOf(job.schema));
  try {
    if (source.fingerprint !== run.fingerprint) throw changed(source.name, `the import "${run.name}" read other content`);
    const steps: Steps<z.output<Schema>, object> = { parse: source.parse, validate: validator(job.schema, job.zone), map: job.map };
    const report = await compare({ scope, table: job.into, run, source, prepare: (raw) => prepare(steps, raw) as Prepared<T>, options });
    await note(scope, run, report.verified, (options.now ?? (() => new Date()))());
    return report;
  } finally {
    await source.close();
  }
}

type Prepared<T extends AnyTable> = InputOf<T> | readonly InputOf<T>[] | Rejection;

interface Verification<T extends AnyTable> {
  readonly scope: Scope;
  readonly table: T;
  readonly run: ImportRunRow;
  readonly source: OpenSource;
  readonly prepare: (raw: RawRecord) => Prepared<T>;
  readonly options: VerifyImportOptions;
}

interface Finding {
  matched: number;
  kept: number;
  problems: number;
  readonly first: VerifyImportProblem[];
}

/** Records compared at once. */
const GROUP = 500;

async function compare<T extends AnyTable>(work: Verification<T>): Promise<VerifyImportReport> {
  const { scope, table, run, source, options } = work;
  const [asked, stands] = [collectDigest(table.name), collectDigest(table.name)];
  const finding: Finding = { matched: 0, kept: 0, problems: 0, first: [] };
  const keptAt = keptRecords(scope, run.runId);
  let read = 0;
  try {
    for await (const records of batches(upTo(source, run), GROUP)) {
      options.signal?.throwIfAborted();
      await compareGroup(work, records, keptAt, finding, { asked, stands });
      read += records.length;
      // What lies before is not asked for again: the source can let go of it.
      source.prefix(records.at(-1)?.next ?? source.start);
      options.onProgress?.({ read });
      await nextTurn();
    }
  } finally {
    await keptAt.close();
  }
  const whole = run.status !== "completed" || (await source.finish()) === run.sha256;
  const { matched, kept, problems, first } = finding;
  const counted = read === run.recordsRead && matched === run.recordsWritten + run.recordsIdentical;
  const [sourceDigest, targetDigest] = [asked.result().digest, stands.result().digest];
  const verified = whole && counted && problems === 0 && sourceDigest === targetDigest;
  return { runId: run.runId, verified, read, matched, kept, problems, firstProblems: first, sourceDigest, targetDigest };
}

/** The records before the cursor of a run. */
async function* upTo(source: OpenSource, run: ImportRunRow): AsyncGenerator<readonly RawRecord[]> {
  for await (const records of source.read(source.start, null)) {
    const wanted = records.filter(({ byteOffset }) => byteOffset < run.cursorOffset);
    if (wanted.length > 0) yield wanted;
    if (wanted.length < records.length) return;
  }
}

interface Digests {
  readonly asked: DigestCollector;
  readonly stands: DigestCollector;
}

async function compareGroup<T extends AnyTable>(
  { scope, table, prepare: rowsOf }: Verification<T>,
  records: readonly RawRecord[],
  keptAt: Kept,
  finding: Finding,
  digests: Digests,
): Promise<void> {
  const entries: { raw: RawRecord; rows: readonly InputOf<T>[] | null; kept: ImportRejectRow | null }[] = [];
  for (const raw of records) {
    const kept = await keptAt.at(raw.line);
    const prepared = kept === null || (kept.resolution === "retried" && kept.mended === null) ? rowsOf(raw) : null;
    const rows =
      prepared === null || prepared instanceof Rejection
        ? null
        : Array.isArray(prepared)
          ? (prepared as readonly InputOf<T>[])
          : [prepared as InputOf<T>];
    entries.push({ raw, rows, kept });
  }
  const standing = await standingRows(
    scope,
    table,
    entries.flatMap(({ rows }) => (rows ?? []).map((row) => keyOf(table, row))),
  );
  for (const { raw, rows, kept } of entries) {
    if (rows === null) {
      if (kept !== null && sameBytes(kept, raw)) count(finding, kept);
      else problem(finding, raw, kept === null ? "rejected" : "not-kept", null, null);
      continue;
    }
    const pairs = rows.map((row) => {
      const found = standing.get(keyText(keyOf(table, row)));
      return { expected: table.canonical({ ...row, userId: scope.userId }), found: found === undefined ? null : table.canonical(found) };
    });
    for (const { expected, found } of pairs) {
      digests.asked.add(expected);
      if (found !== null) digests.stands.add(found);
    }
    const wrong = pairs.find(({ expected, found }) => expected !== found);
    if (wrong === undefined) finding.matched++;
    else problem(finding, raw, wrong.found === null ? "missing" : "different", wrong.expected, wrong.found);
  }
}

function count(finding: Finding, kept: ImportRejectRow): void {
  // One that was mended and imported counts as written; what was imported then is not what the source says.
  if (kept.resolution === "retried") finding.matched++;
  else finding.kept++;
}

function problem(finding: Finding, raw: RawRecord, kind: VerifyProblemKind, expected: string | null, standing: string | null): void {
  finding.problems++;
  const { line, byteOffset, path } = raw;
  if (finding.first.length < FIRST_PROBLEMS)
    finding.first.push({ place: { line, byteOffset, ...(path !== undefined && { path }) }, kind, expected, standing });
}

function sameBytes(kept: ImportRejectRow, raw: RawRecord): boolean {
  return raw.redacted === kept.raw || Buffer.from(kept.raw, kept.encoding).equals(raw.raw());
}

interface Kept {
  /** The record that is kept for a line, or null. Lines must be asked for in rising order. */
  at(line: number): Promise<ImportRejectRow | null>;
  close(): Promise<unknown>;
}

/** The rejects of a run beside its source, both in order. */
function keptRecords(scope: Scope, runId: string): Kept {
  const rows = eachReject(scope, runId);
  // Asked for when it is needed and not before: a question whose answer nobody awaits would end the process when the storage is closed meanwhile.
  let next: IteratorResult<ImportRejectRow, undefined> | undefined;
  return {
    async at(line) {
      for (;;) {
        next ??= await rows.next();
        if (next.done === true || next.value.line > line) return null;
        const { value } = next;
        next = undefined;
        if (value.line === line) return value;
      }
    },
    close: () => rows.return(undefined),
  };
}

async function* eachReject(scope: Scope, runId: string): AsyncGenerator<ImportRejectRow, undefined> {
  for await (const rows of scope.table(importRejects).stream({ where: { runId } })) yield* rows;
}

/** Writes the verdict down. A run that has gone on meanwhile keeps its state: the verdict is about what was before. */
async function note(scope: Scope, run: ImportRunRow, verified: boolean, now: Date): Promise<void> {
  await scope.transaction(async (tx) => {
    const current = await tx.table(importRuns).get({ runId: run.runId });
    if (current === null) return;
    const resumable = ["running", "interrupted", "failed"].includes(current.status);
    await tx.table(importRuns).update(
      { runId: run.runId },
      {
        verification: verified ? "passed" : "failed",
        verifiedAt: now,
        // The higher number stops a process that is writing this run.
        ...(!verified && resumable && { status: "void", attempt: current.attempt + 1 }),
      },
    );
  });
}
