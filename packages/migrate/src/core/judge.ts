// Compares what a database has on record with the migrations of a schema: by the set of ids, never by the highest one.
import type { ManagedSchema, Migration } from "@td/storage";

/** A row of the record. */
export interface LedgerEntry {
  /** The schema. */
  readonly schema: string;
  /** The id. */
  readonly id: string;
  /** Order of application over all schemas. */
  readonly seq: number;
  /** The checksum, with the way it is computed. */
  readonly checksum: string;
  /** The canonical text it was made of. */
  readonly canonical: string;
  /** How the database came to have it. */
  readonly how: "ran" | "created" | "found" | "baseline";
  /** Whether it is there, or stopped between two statements. */
  readonly state: "applied" | "partial";
  /** Of a partial one: the direction. */
  readonly direction: "up" | "down" | null;
  /** Of a partial one: the statement it stopped at, from 1. */
  readonly statement: number | null;
  /** Of a partial one: whether that statement was under way. */
  readonly running: boolean;
  /** Of a partial one: why it stopped. */
  readonly problem: string | null;
  /** When. */
  readonly at: string;
  /** By whom. */
  readonly by: string;
}

/** What a migration is now, beside what is on record. */
export interface Known {
  /** The schema's name. */
  readonly schema: string;
  /** The migration. */
  readonly migration: Migration;
  /** Its checksum. */
  readonly checksum: string;
  /** Its record; `undefined` when it has none. */
  readonly entry: LedgerEntry | undefined;
}

/** Where a schema stands. */
export interface Judgement {
  /** The schema. */
  readonly schema: ManagedSchema;
  /** Its migrations, oldest first. */
  readonly known: readonly Known[];
  /** Those that have no record, in order. */
  readonly pending: readonly Known[];
  /** Those of the pending that are older than one on record. */
  readonly late: readonly Known[];
  /** Those that are not what they were. */
  readonly changed: readonly Known[];
  /** Those that stopped between two statements. */
  readonly partial: readonly Known[];
  /** Records of migrations that the schema does not have. */
  readonly missing: readonly LedgerEntry[];
}

/** Where a schema stands. `checksum` computes that of a migration. */
export function judge(schema: ManagedSchema, ledger: readonly LedgerEntry[], checksum: (migration: Migration) => string): Judgement {
  const own = new Map(ledger.filter((entry) => entry.schema === schema.name).map((entry) => [entry.id, entry]));
  const known = schema.migrations.map((migration) => {
    return { schema: schema.name, migration, checksum: checksum(migration), entry: own.get(migration.id) };
  });
  const ids = new Set(schema.migrations.map(({ id }) => id));
  const last = known.findLastIndex(({ entry }) => entry !== undefined);
  return {
    schema,
    known,
    pending: known.filter(({ entry }) => entry === undefined),
    late: known.filter(({ entry }, at) => entry === undefined && at < last),
    changed: known.filter((each) => each.entry !== undefined && each.entry.checksum !== each.checksum),
    partial: known.filter(({ entry }) => entry?.state === "partial"),
    missing: [...own.values()].filter(({ id }) => !ids.has(id)),
  };
}

/** The first step that is another one than on record, in words; null when the texts are equal. */
export function firstDifference(recorded: string, now: string): string | null {
  const [was, is] = [recorded.split("\n"), now.split("\n")];
  const at = was.findIndex((line, place) => line !== is[place]);
  if (at < 0 && was.length === is.length) return null;
  const place = at < 0 ? was.length : at;
  return `step ${place + 1} was ${cut(was[place])} and is ${cut(is[place])}`;
}

function cut(line: string | undefined): string {
  if (line === undefined) return "not there";
  return line.length > 200 ? `${line.slice(0, 200)}...` : line;
}

/** The name of a migration in messages and calls. */
export function nameOf({ schema, migration }: Pick<Known, "schema" | "migration">): string {
  return `${schema}/${migration.id}`;
}
