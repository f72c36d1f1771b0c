// How many records the imports behind a migration could not take: what a gate asks.
import type { Scope } from "@td/storage";
import { importRejects, importRuns } from "../import/tables.ts";

/**
 * Counts the records that the latest run of each import rejected or found in conflict and that are still open: neither retried with success nor dismissed. An
 * import that never ran counts as one, so that the gate stays shut. For `gates.rejects`; the control must have been opened with `importTables` too.
 */
export function importRejectsOf(...imports: readonly string[]): (tx: Scope) => Promise<number> {
  return async (tx) => {
    let rejects = 0;
    for (const name of imports) {
      const { rows } = await tx
        .table(importRuns)
        .page({ where: { name, status: { ne: "abandoned" } }, orderBy: "by_name", direction: "desc", limit: 1 });
      const [run] = rows;
      rejects += run?.status === "completed" ? await tx.table(importRejects).count({ runId: run.runId, resolution: null }) : 1;
    }
    return rejects;
  };
}
