// What an import must be able to say before anything of its source may go.
import { createHash } from "node:crypto";
import { imbalance } from "../core/account.ts";
import type { Counts } from "../core/account.ts";
import { MigrateError } from "../errors.ts";
import { countsOf } from "../import/report.ts";
import type { ImportRunRow } from "../import/tables.ts";

/** The proof that an import has taken a part of a document, whole and verified. Plain data: it can be kept as JSON. */
export interface ImportProof {
  /** The run. */
  readonly runId: string;
  /** Whose run it is. */
  readonly userId: string;
  /** The job's name. */
  readonly name: string;
  /** Which part of the document was read, as a path expression: `bots[*].orders[*]`. */
  readonly path: string;
  /** SHA-256 of the whole document as it was read, UTF-8, 64 hex digits. */
  readonly sourceSha256: string;
  /** The account of the run. */
  readonly counts: Counts;
  /** When its rows were read back and found equal to the source, ISO 8601. */
  readonly verifiedAt: string;
  /** SHA-256 over everything above: the proof is what the run said, or it is none. */
  readonly digest: string;
}

/**
 * The proof of a run that was completed and then verified: `proofOfRun(await me.table(importRuns).get({ runId }), "bots[*].orders[*]")`. `path` is
 * the path expression of the run's source.
 *
 * Throws `proof-refused` for a run that is not complete, was not verified since, or read another path.
 */
export function proofOfRun(run: ImportRunRow, path: string): ImportProof {
  const { runId, userId, name, sha256, verifiedAt } = run;
  if (run.status !== "completed" || sha256 === null) throw refused(run, `it is ${run.status}, not completed: run it to its end`);
  if (run.verification !== "passed" || verifiedAt === null)
    throw refused(run, run.verification === "failed" ? "its verification failed" : "it has not been verified: call verifyImport");
  if (!run.sourceName.endsWith(` ${path}`)) throw refused(run, `it did not read ${path} but ${run.sourceName}`);
  const counts = countsOf(run);
  const said = { runId, userId, name, path, sourceSha256: sha256, counts, verifiedAt };
  return { ...said, digest: digestOf(said) };
}

function refused({ name, runId, status }: ImportRunRow, why: string): MigrateError {
  return new MigrateError("proof-refused", `The import "${name}" proves nothing: ${why}.`, { facts: { runId, status } });
}

/** Throws `proof-refused` unless a run says, as it stands, what a proof of it said: it may have been tried again or rolled back since. */
export function refuseOutdated(run: ImportRunRow, { path, verifiedAt, digest }: ImportProof): void {
  // Verified once more with success: as good.
  if (digestOf({ ...proofOfRun(run, path), verifiedAt }) === digest) return;
  throw refused(run, "it has gone on since, or the proof is of another: verify it and make the proof again");
}

/** What is wrong with a proof in itself, or `undefined`. */
export function flawOf({ digest, ...said }: ImportProof): string | undefined {
  if (digestOf(said) !== digest) return "its digest is not that of what it says";
  const { read, written, identical, conflict, rejected } = said.counts;
  return imbalance(said.counts) === 0
    ? undefined
    : `its account does not balance: ${read} read, ${written} + ${identical} + ${conflict} + ${rejected} accounted for`;
}

function digestOf({ runId, userId, name, path, sourceSha256, counts, verifiedAt }: Omit<ImportProof, "digest">): string {
  const { read, written, identical, conflict, rejected } = counts;
  const text = JSON.stringify([runId, userId, name, path, sourceSha256, read, written, identical, conflict, rejected, verifiedAt]);
  return createHash("sha256").update(text).digest("hex");
}
