// PostgreSQL databases in a backup.
import type { PostgresRecord } from "./core/manifest.ts";
import type { StagedFile } from "./stage-sources.ts";

/** A PostgreSQL database that belongs to a backup. */
export interface PostgresSource {
  readonly engine: "postgres";
  /** Name in the archive. */
  readonly name: string;
}

/** Dumps a database into the scratch directory. */
export function dumpPostgres(
  _source: PostgresSource,
  _scratch: string,
  _signal: AbortSignal | undefined,
): Promise<{ readonly files: readonly StagedFile[]; readonly record: PostgresRecord }> {
  return Promise.reject(new Error("not yet"));
}
