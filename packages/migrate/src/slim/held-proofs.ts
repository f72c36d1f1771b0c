// Proofs are plain data and may be old: each is held against its run as it stands.
import type { Scope } from "@td/storage";
import { MigrateError } from "../errors.ts";
import { importRuns } from "../import/tables.ts";
import { refuseOutdated, type ImportProof } from "./proof.ts";

/**
 * Throws `proof-refused` unless the run of each proof is still there, complete and verified, and nothing was taken out of its table by a rollback since:
 * a run that found its records identical stands on rows that another one wrote.
 */
export async function refuseFallen(proofs: readonly ImportProof[], imports: Scope | readonly Scope[]): Promise<void> {
  const scopes = new Map([imports].flat().map((scope: Scope) => [scope.userId, scope]));
  for (const proof of proofs) {
    const scope = scopes.get(proof.userId);
    if (scope === undefined) throw refused(proof, "imports has no scope of its user");
    const run = await scope.table(importRuns).get({ runId: proof.runId });
    if (run === null) throw refused(proof, "its user has no such run");
    refuseOutdated(run, proof);
    const undone = await rollbackSince(scope, run.target, proof.verifiedAt);
    if (undone !== undefined)
      throw refused(proof, `the run ${undone} into the same table was rolled back since it was verified: verify it again`);
  }
}

async function rollbackSince(scope: Scope, target: string, since: string): Promise<string | undefined> {
  for await (const runs of scope.table(importRuns).stream({ where: { target, status: { in: ["rolling-back", "rolled-back"] } } })) {
    const found = runs.find(({ updatedAt }) => updatedAt >= since);
    if (found !== undefined) return found.runId;
  }
  return undefined;
}

function refused({ name, runId, userId }: ImportProof, why: string): MigrateError {
  return new MigrateError(
    "proof-refused",
    `The proof of the import "${name}", run ${runId}, does not count: ${why}. Nothing was changed.`,
    {
      facts: { runId, userId },
    },
  );
}
