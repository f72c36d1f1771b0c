// The records that a run could not take.
import type { Scope } from "@td/storage";
import { MigrateError } from "../errors.ts";
import { type ImportReject, rejectOf } from "./report.ts";
import { importRejects, importRuns } from "./tables.ts";

/**
 * The rejected and conflicting records of a run in the order of the source, in constant memory; without those that were resolved since, unless they are asked for.
 * Throws `run-not-found`.
 */
export async function* listRejects(
  scope: Scope,
  runId: string,
  options: {
    /** Also those that were retried with success or dismissed. Default false. */
    readonly resolved?: boolean;
  } = {},
): AsyncGenerator<ImportReject> {
  if ((await scope.table(importRuns).get({ runId })) === null) throw noSuchRun(runId);
  for await (const rows of scope
    .table(importRejects)
    .stream({ where: options.resolved === true ? { runId } : { runId, resolution: null } }))
    yield* rows.map(rejectOf);
}

/** The error for a run that this user does not have. */
export function noSuchRun(runId: string): MigrateError {
  return new MigrateError("run-not-found", `This user has no import run ${runId}: take the runId of a report that was not a dry run.`, {
    facts: { runId },
  });
}

/** The first of them. */
export async function firstRejects(scope: Scope, runId: string, limit: number): Promise<readonly ImportReject[]> {
  const { rows } = await scope.table(importRejects).page({ where: { runId }, limit });
  return rows.map(rejectOf);
}
