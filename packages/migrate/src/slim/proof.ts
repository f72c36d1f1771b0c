// What an import must be able to say before anything of its source may go.
import { createHash } from "node:crypto";
import { imbalance } from "../core/account.ts";
import type { Counts } from "../core/account.ts";
import { MigrateError } from "../errors.ts";
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

/** What a stored run does not say itself. */
export interface ProofOptions {
  /** The path expression of the run's source. */
  readonly path: string;
  /** When the run was verified. */
  readonly verifiedAt: Date;
}

/** The proof of a run that was completed and verified. Throws `proof-refused` for a run that is not complete. */
export function proofOfRun(run: ImportRunRow, { path, verifiedAt }: ProofOptions): ImportProof {
  const { runId, userId, name, sha256 } = run;
  if (run.status !== "completed" || sha256 === null) {
    throw new MigrateError(
      "proof-refused",
      `The import "${name}" is ${run.status}, not completed: run it to its end and verify it first.`,
      {
        facts: { runId, status: run.status },
      },
    );
  }
  const counts = {
    read: run.recordsRead,
    written: run.recordsWritten,
    identical: run.recordsIdentical,
    conflict: run.recordsConflict,
    rejected: run.recordsRejected,
  };
  const said = { runId, userId, name, path, sourceSha256: sha256, counts, verifiedAt: verifiedAt.toISOString() };
  return { ...said, digest: digestOf(said) };
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
