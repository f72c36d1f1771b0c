// Puts the records of one batch where they belong, inside the transaction that also moves the cursor.
import type { AnyTable, Conflict, ImportResult, InputOf, RowIssue, Scope } from "@td/storage";
import { engineOf } from "@td/storage/internal";
import { addCounts, NOTHING, type Counts } from "../core/account.ts";
import { isRejectReason, type RecordIssue, Rejection, type RejectReason } from "../core/reasons.ts";
import type { ConflictingRow } from "./report.ts";
import type { RawRecord } from "../sources/contract.ts";
import type { importRejects } from "./tables.ts";
import { keyOf, keyText, newestRows, standingRows } from "./written-rows.ts";

/** What a record asks for: one row, several, or nothing because it cannot be taken. */
export type Prepared<T extends AnyTable> = InputOf<T> | readonly InputOf<T>[] | Rejection;

/** A record that asks for one row, or is refused. */
interface Entry<T extends AnyTable> {
  readonly raw: RawRecord;
  readonly prepared: InputOf<T> | Rejection;
}

/** What became of a batch. */
export interface BatchOutcome<T extends AnyTable = AnyTable> {
  /** Its account. */
  readonly counts: Counts;
  /** The reason of each rejected record. */
  readonly reasons: readonly RejectReason[];
  /** What could not be taken, ready to be stored. */
  readonly kept: readonly InputOf<typeof importRejects>[];
  /** The rows that are new, in the order in which they were written. */
  readonly written: readonly InputOf<T>[];
}

interface Group<T extends AnyTable> {
  readonly scope: Scope;
  readonly table: T;
  readonly runId: string;
}

/** Records that are read, checked and written before the next ones are: what is garbage then is young, and cheap to collect. */
const CHUNK = 500;

/** Stores the records of a batch in the order of the source. `prepare` says what each one asks for. */
export async function storeBatch<T extends AnyTable>(
  group: Group<T>,
  records: readonly RawRecord[],
  prepare: (raw: RawRecord) => Prepared<T>,
): Promise<BatchOutcome<T>> {
  const outcomes: BatchOutcome<T>[] = [];
  // A server takes all of them at once, and writes those before while the next ones are prepared.
  const together = engineOf(group.scope) === "postgres";
  const size = together ? records.length : CHUNK;
  for (let at = 0; at < records.length; at += size)
    outcomes.push(...(await storeChunk(group, records.slice(at, at + size), prepare, together)));
  return merged(outcomes);
}

async function storeChunk<T extends AnyTable>(
  group: Group<T>,
  records: readonly RawRecord[],
  prepare: (raw: RawRecord) => Prepared<T>,
  together: boolean,
): Promise<readonly BatchOutcome<T>[]> {
  const outcomes: BatchOutcome<T>[] = [];
  for (let from = 0; from < records.length;) {
    const singles = new Singles(records, from, prepare);
    // The order counts: the first record of a key stands.
    outcomes.push(await storeSingles(group, singles, together));
    const { several } = singles;
    if (several !== undefined) outcomes.push(await storeSeveral(group, several.raw, several.rows));
    from = singles.next;
  }
  return outcomes;
}

/** Records of one row each, prepared as their rows are asked for, up to the first that asks for several. */
class Singles<T extends AnyTable> implements Iterable<InputOf<T>> {
  /** Those that are prepared. */
  readonly entries: Entry<T>[] = [];
  /** The rows given out. */
  readonly rows: InputOf<T>[] = [];
  /** The record that ended them. */
  several: { readonly raw: RawRecord; readonly rows: readonly InputOf<T>[] } | undefined;
  /** The place behind what is prepared. */
  next: number;
  readonly #records: readonly RawRecord[];
  readonly #prepare: (raw: RawRecord) => Prepared<T>;

  constructor(records: readonly RawRecord[], from: number, prepare: (raw: RawRecord) => Prepared<T>) {
    this.#records = records;
    this.next = from;
    this.#prepare = prepare;
  }

  /** Prepares all. */
  all(): readonly InputOf<T>[] {
    while (this.more() !== undefined);
    return this.rows;
  }

  /** The rows given out and then those to come. */
  *[Symbol.iterator](): Generator<InputOf<T>> {
    yield* this.rows.slice();
    for (let row = this.more(); row !== undefined; row = this.more()) yield row;
  }

  /** The next row; `undefined` behind the last one. */
  more(): InputOf<T> | undefined {
    while (this.several === undefined) {
      const raw = this.#records[this.next];
      if (raw === undefined) return undefined;
      this.next++;
      const prepared = this.#prepare(raw);
      if (Array.isArray(prepared)) this.several = { raw, rows: prepared as readonly InputOf<T>[] };
      else {
        this.entries.push({ raw, prepared: prepared as InputOf<T> | Rejection });
        if (prepared instanceof Rejection) continue;
        this.rows.push(prepared as InputOf<T>);
        return prepared as InputOf<T>;
      }
    }
    return undefined;
  }
}

/** Records of one row each: all in one call, because this is what nearly every import consists of. */
async function storeSingles<T extends AnyTable>(
  { scope, table, runId }: Group<T>,
  singles: Singles<T>,
  together: boolean,
): Promise<BatchOutcome<T>> {
  const none = (together ? singles.more() : singles.all()[0]) === undefined;
  const told = none ? EMPTY : await importTold(scope, table, singles.rows, together ? singles : singles.rows);
  const { written, identical, conflicts, rejected, rows: news } = told;
  const { entries } = singles;
  const asking = entries.filter((entry): entry is { raw: RawRecord; prepared: InputOf<T> } => !(entry.prepared instanceof Rejection));
  const rawOf = follow(asking);
  const rawOfRefused = follow(asking);
  const rejections = entries.flatMap(({ raw, prepared }) => (prepared instanceof Rejection ? [{ raw, rejection: prepared }] : []));
  const refused = rejected.map(({ row, issues }) => ({ raw: rawOfRefused(row), rejection: rejectionOf(issues) }));
  const all = [...rejections, ...refused];
  return {
    counts: { read: entries.length, written, identical, conflict: conflicts.length, rejected: all.length },
    reasons: all.map(({ rejection }) => rejection.reason),
    kept: [
      ...all.map(({ raw, rejection }) => keptRejection(runId, raw, rejection)),
      ...conflicts.map((conflict) => keptConflict(runId, rawOf(conflict.row), [sides(scope.userId, table, conflict)])),
    ],
    written: news,
  };
}

const EMPTY = { written: 0, identical: 0, conflicts: [], rejected: [], rows: [] };

/** A record of several rows: all of them or none, so it has a savepoint of its own. */
async function storeSeveral<T extends AnyTable>(
  { scope, table, runId }: Group<T>,
  raw: RawRecord,
  rows: readonly InputOf<T>[],
): Promise<BatchOutcome<T>> {
  const { written, conflicts, rejected, rows: news } = await allOrNone(scope, table, rows);
  const one = { ...NOTHING, read: 1 };
  if (rejected.length > 0) {
    const rejection = rejectionOf(rejected.flatMap(({ issues }) => issues));
    return { counts: { ...one, rejected: 1 }, reasons: [rejection.reason], kept: [keptRejection(runId, raw, rejection)], written: [] };
  }
  if (conflicts.length > 0) {
    const rowsInConflict = conflicts.map((conflict) => sides(scope.userId, table, conflict));
    return { counts: { ...one, conflict: 1 }, reasons: [], kept: [keptConflict(runId, raw, rowsInConflict)], written: [] };
  }
  return { counts: written > 0 ? { ...one, written: 1 } : { ...one, identical: 1 }, reasons: [], kept: [], written: news };
}

/** Carries a result out of a savepoint that must be undone. */
class Undo<T extends AnyTable> extends Error {
  readonly result: ToldResult<T>;

  constructor(result: ToldResult<T>) {
    super("undone");
    this.result = result;
  }
}

async function allOrNone<T extends AnyTable>(scope: Scope, table: T, rows: readonly InputOf<T>[]): Promise<ToldResult<T>> {
  try {
    return await scope.transaction(async (tx) => {
      const result = await importTold(tx, table, rows);
      if (result.conflicts.length + result.rejected.length > 0) throw new Undo(result);
      return result;
    });
  } catch (error) {
    if (error instanceof Undo) return error.result as ToldResult<T>;
    throw error;
  }
}

/** What became of rows, and which of them are new. */
interface ToldResult<T extends AnyTable> extends ImportResult<T> {
  readonly rows: readonly InputOf<T>[];
}

/**
 * Imports rows and tells which of them it wrote. That takes another look only when some, but not all, were there already. `given` may make the rows as
 * they are asked for: then it fills `rows`.
 */
async function importTold<T extends AnyTable>(
  scope: Scope,
  table: T,
  rows: readonly InputOf<T>[],
  given: Iterable<InputOf<T>> = rows,
): Promise<ToldResult<T>> {
  if (hasSequence(table)) {
    const result = await scope.table(table).importMany(given);
    const left = remaining(rows, result);
    const mixed = result.written > 0 && result.identical > 0;
    return { ...result, rows: mixed ? await newestRows(scope, table, left, result.written) : result.written > 0 ? left : [] };
  }
  return importCompared(scope, table, rows, given);
}

function hasSequence(table: AnyTable): boolean {
  return Object.values(table.columns).some(({ definition }) => definition.sequence);
}

/** The rows of a table without a sequence: when some were there already, the import is taken back, these are looked up, and it is done again. */
async function importCompared<T extends AnyTable>(
  scope: Scope,
  table: T,
  rows: readonly InputOf<T>[],
  given: Iterable<InputOf<T>>,
): Promise<ToldResult<T>> {
  try {
    return await scope.transaction(async (tx) => {
      const result = await tx.table(table).importMany(given);
      const told = { ...result, rows: result.written > 0 ? remaining(rows, result) : [] };
      if (result.written > 0 && result.identical > 0) throw new Undo(told);
      return told;
    });
  } catch (error) {
    if (!(error instanceof Undo)) throw error;
  }
  const before = await standingRows(
    scope,
    table,
    rows.map((row) => keyOf(table, row)),
  );
  const result = await scope.table(table).importMany(rows);
  const first = new Map(
    remaining(rows, result)
      .toReversed()
      .map((row) => [keyText(keyOf(table, row)), row]),
  );
  return { ...result, rows: [...first].flatMap(([key, row]) => (before.has(key) ? [] : [row])).toReversed() };
}

/** The rows that were neither refused nor in conflict. */
function remaining<T extends AnyTable>(rows: readonly InputOf<T>[], { conflicts, rejected }: ImportResult<T>): readonly InputOf<T>[] {
  if (conflicts.length + rejected.length === 0) return rows;
  const others = new Set([...conflicts, ...rejected].map(({ row }) => row));
  return rows.filter((row) => !others.has(row));
}

/** Finds the record of a row that was given on. Rows must be asked for in the order in which they were given. */
function follow<T extends AnyTable>(entries: readonly { raw: RawRecord; prepared: InputOf<T> }[]): (row: InputOf<T>) => RawRecord {
  let at = 0;
  return (row) => {
    while (at < entries.length && entries[at]?.prepared !== row) at++;
    const raw = entries[at++]?.raw;
    if (raw === undefined) throw new TypeError("the storage reported a row that it was not given");
    return raw;
  };
}

function rejectionOf(issues: readonly RowIssue[]): Rejection {
  const [first, ...others] = issues.map(issueOf);
  return new Rejection(first ?? { reason: "value-rejected" }, ...others);
}

function issueOf({ column, issue, constraint }: RowIssue): RecordIssue {
  const reason = isRejectReason(issue) ? issue : "value-rejected";
  return { reason, ...(column !== null && { field: column }), ...(reason !== issue && { note: constraint ?? issue }) };
}

function sides<T extends AnyTable>(userId: string, table: T, { row, existing }: Conflict<T>): ConflictingRow {
  return { incoming: canonical(table, { ...row, userId }), existing: canonical(table, existing) };
}

function canonical(table: AnyTable, row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return JSON.parse(table.canonical(row)) as Readonly<Record<string, unknown>>;
}

function keptRejection(runId: string, raw: RawRecord, { reason, issues }: Rejection): InputOf<typeof importRejects> {
  // The notes of a record that is not kept whole may quote it.
  return { ...keptRecord(runId, raw), kind: "rejected", reason, detail: raw.redacted === undefined ? issues : [{ reason }] };
}

function keptConflict(runId: string, raw: RawRecord, rows: readonly ConflictingRow[]): InputOf<typeof importRejects> {
  return { ...keptRecord(runId, raw), kind: "conflict", reason: "conflict", detail: raw.redacted === undefined ? rows : [] };
}

/** The record itself: as text where that loses nothing, so that a person can read it in the database. */
function keptRecord(
  runId: string,
  record: RawRecord,
): Pick<InputOf<typeof importRejects>, "runId" | "line" | "byteOffset" | "path" | "carried" | "encoding" | "raw"> {
  const { line, byteOffset, path = null, carried = null } = record;
  const place = { runId, line, byteOffset, path, carried };
  const { text, redacted } = record;
  if (redacted !== undefined) return { ...place, encoding: "utf8", raw: redacted };
  if (text !== null && text.isWellFormed() && !text.includes("\0")) return { ...place, encoding: "utf8", raw: text };
  return { ...place, encoding: "base64", raw: Buffer.from(record.raw()).toString("base64") };
}

function merged<T extends AnyTable>(outcomes: readonly BatchOutcome<T>[]): BatchOutcome<T> {
  return {
    counts: outcomes.reduce((sum, { counts }) => addCounts(sum, counts), NOTHING),
    reasons: outcomes.flatMap(({ reasons }) => reasons),
    kept: outcomes.flatMap(({ kept }) => kept),
    written: outcomes.flatMap(({ written }) => written),
  };
}
