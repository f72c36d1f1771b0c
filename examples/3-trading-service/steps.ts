// The imports: rehearsed, done, verified, each resumable. What a run found is read from the database, so that a later run can tell it again.
import { importRuns, type ImportReject, type ImportRunRow, listRejects, runImport, verifyImport } from "@td/migrate";
import type { Scope } from "@td/storage";
import type { Clock } from "./clock.ts";
import { InputError } from "@td/example-shared/failure";
import { type AnyJob, defaultJobs, paperJobs } from "./imports.ts";
import { beginStep, type ProgressStream } from "@td/example-shared/progress";
import type { Survey } from "./survey.ts";

/** What every step needs. */
export interface Work {
  /** The scope of a user. */
  readonly forUser: (user: string) => Scope;
  readonly clock: Clock;
  /** Aborted when the person wants to stop. */
  readonly signal: AbortSignal;
  /** Where progress goes. */
  readonly stream: ProgressStream;
}

/** A user and the imports that are theirs. */
export interface UserJobs {
  readonly user: string;
  /** What the user's rows come from. */
  readonly from: string;
  readonly jobs: readonly AnyJob[];
}

/** The account of an import. */
export interface ImportSummary {
  readonly user: string;
  readonly name: string;
  readonly table: string;
  readonly runId: string;
  readonly read: number;
  readonly written: number;
  readonly identical: number;
  readonly conflict: number;
  readonly rejected: number;
  /** Whether the source was read again and found to stand in the table, record by record. */
  readonly verified: boolean;
  /** The records that were not taken, at most 1,000. */
  readonly keptAside: readonly KeptAside[];
}

/** A record that was not taken. */
export interface KeptAside {
  /** `trades[34]`, or `line 17`. */
  readonly place: string;
  readonly reason: string;
  readonly detail: string;
}

/** The user of the files that have none. */
export const DEFAULT_USER = "default";

/** Who gets what. */
export function jobsOf(survey: Survey, signalsAt: string | null): readonly UserJobs[] {
  const own = { user: DEFAULT_USER, from: "data", jobs: defaultJobs(survey, signalsAt) };
  const paper = survey.paper.map((folder) => ({ user: folder.user, from: folder.name, jobs: paperJobs(folder) }));
  return [own, ...paper].filter(({ jobs }) => jobs.length > 0);
}

/** Makes the users that the files do not have. Nobody signs in as one; `system.reassign` gives their rows to a real one later. */
export async function makeUsers(work: Work, users: readonly UserJobs[]): Promise<void> {
  for (const { user, from } of users) {
    const mode = user === DEFAULT_USER ? "broker" : "paper";
    await work.forUser(user).profile.importMany([{ displayName: `made for ${from}`, mode, zone: "Asia/Kolkata", placeholder: true }]);
  }
}

/** Rehearses every import that is not done: what would end one ends the rehearsal, and nothing is written. */
export async function rehearse(work: Work, users: readonly UserJobs[]): Promise<void> {
  for (const { user, jobs } of users) {
    for (const job of jobs) {
      work.signal.throwIfAborted();
      if ((await doneRun(work.forUser(user), job.name)) === null) await runImport(work.forUser(user), job, { dryRun: true });
    }
  }
}

/** Does every import that is not done, and verifies it. Throws when one does not stand. */
export async function importAll(work: Work, users: readonly UserJobs[]): Promise<void> {
  for (const { user, jobs } of users) for (const job of jobs) await importOne(work, user, job);
}

async function importOne({ forUser, clock, signal, stream }: Work, user: string, job: AnyJob): Promise<void> {
  signal.throwIfAborted();
  const me = forUser(user);
  const done = await doneRun(me, job.name);
  if (done?.verification === "passed") return;
  const step = beginStep(`Importing ${job.name} for ${user}`, "records", stream);
  try {
    if (done === null) {
      const onProgress = ({ bytes, totalBytes, read }: { bytes: number; totalBytes: number | null; read: number }) =>
        step.update(totalBytes === null ? null : bytes / totalBytes, read);
      const { status } = await runImport(me, job, { signal, onProgress, now: () => clock.now() });
      if (status === "interrupted") signal.throwIfAborted();
    }
    const { verified, problems } = await verifyImport(me, job, { signal, now: () => clock.now() });
    if (!verified)
      throw new InputError(
        "not-verified",
        `The import ${job.name} of ${user} is not what its file says: ${problems} records. Roll back with --back.`,
      );
  } finally {
    step.end();
  }
}

/** The run of a job that was completed and not taken back; the latest, when a file was imported in two states. */
export async function doneRun(me: Scope, name: string): Promise<ImportRunRow | null> {
  const { rows } = await me
    .table(importRuns)
    .page({ where: { name, status: "completed" }, orderBy: "by_name", direction: "desc", limit: 1 });
  return rows[0] ?? null;
}

/** The imports of a user that stand, in the order of the jobs. */
export async function summaries(me: Scope, jobs: readonly AnyJob[]): Promise<readonly ImportSummary[]> {
  const runs = await Promise.all(jobs.map(({ name }) => doneRun(me, name)));
  return Promise.all(runs.filter((run) => run !== null).map((run) => summaryOf(me, run)));
}

async function summaryOf(me: Scope, run: ImportRunRow): Promise<ImportSummary> {
  return {
    user: me.userId,
    name: run.name,
    table: run.target,
    runId: run.runId,
    read: run.recordsRead,
    written: run.recordsWritten,
    identical: run.recordsIdentical,
    conflict: run.recordsConflict,
    rejected: run.recordsRejected,
    verified: run.verification === "passed",
    keptAside: await keptAside(me, run.runId),
  };
}

async function keptAside(me: Scope, runId: string): Promise<readonly KeptAside[]> {
  const kept: KeptAside[] = [];
  for await (const reject of listRejects(me, runId)) {
    kept.push({ place: reject.place.path ?? `line ${reject.place.line}`, reason: reject.reason, detail: detailOf(reject) });
    if (kept.length === 1000) break;
  }
  return kept;
}

function detailOf(reject: ImportReject): string {
  if (reject.kind === "rejected") {
    const words = reject.issues.map(({ field, note }) => [field, note].filter((one) => one !== undefined).join(": ")).join("; ");
    return words === "" ? (reject.text ?? "").replaceAll(/\s+/g, " ") : words;
  }
  return reject.rows.map(({ incoming, existing }) => `${differing(incoming, existing)} differ from the row that stands`).join("; ");
}

function differing(incoming: Readonly<Record<string, unknown>>, existing: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(incoming).filter((name) => JSON.stringify(incoming[name]) !== JSON.stringify(existing[name]));
  return names.join(", ");
}
