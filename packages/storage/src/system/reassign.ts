// Gives all that one user has to another, in one transaction: nothing moves unless everything fits, and a digest shows that it arrived.
import { collectDigest, combineDigests } from "../digest.ts";
import type { DatasetDigest, TableDigest } from "../digest.ts";
import { brokerCredentials, credentialAudit } from "../credentials/tables.ts";
import { StorageError } from "../errors.ts";
import { run } from "../internal.ts";
import { digestTable } from "../scope.ts";
import type { Scope } from "../scope.ts";
import type { AnyTable, KeyOf, RowOf } from "../table/types.ts";
import { counters } from "../tables/counters.ts";
import { DERIVED_TABLES } from "../tables/trades-totals.ts";
import { users } from "../tables/users.ts";

/** Whose rows become whose. */
export interface ReassignRequest {
  /** The user who has them. */
  readonly from: string;
  /** The user who gets them; may have rows already. */
  readonly to: string;
}

/** What became of the rows of one table: read = moved + identical. */
export interface ReassignedTable {
  /** The table. */
  readonly table: string;
  /** Rows that `from` had. */
  readonly read: number;
  /** Rows that `to` has now and had not before. */
  readonly moved: number;
  /** Rows that `to` had already, with the same content; those of `from` were dropped. */
  readonly identical: number;
}

/** A row that stands in the way: nothing was moved. */
export interface ReassignConflict {
  /** The table. */
  readonly table: string;
  /** The row's key, without the user. */
  readonly key: Readonly<Record<string, unknown>>;
  /** Whether `to` has another row under its key, or refuses it by a condition (a unique key of the host's). */
  readonly why: "other-content" | "refused";
}

/** What came of a reassignment. */
export type ReassignReport =
  | {
      /** Everything was moved. */
      readonly done: true;
      /** The tables in which `from` had rows. */
      readonly tables: readonly ReassignedTable[];
      /** Rows that stay with `from`, by table: its profile, and credentials, which are sealed to their user. */
      readonly left: Readonly<Record<string, number>>;
      /** The digest of the moved rows as rows of `to`. When `to` had none, it is the digest that its tables have now. */
      readonly digest: DatasetDigest;
    }
  | {
      /** Nothing was moved. */
      readonly done: false;
      /** The first rows in the way, at most 1000. */
      readonly conflicts: readonly ReassignConflict[];
      /** How many there are in all. */
      readonly conflictCount: number;
    };

/** Tables whose rows belong to the person, not to the data: a profile, and secrets that are bound to their user. */
const PERSONAL: readonly AnyTable[] = [users, brokerCredentials, credentialAudit];
/** Conflicts that are reported one by one. */
const MAX_SHOWN = 1000;

/** Thrown to take the transaction back when there are conflicts. */
class InTheWay extends Error {
  readonly conflicts: readonly ReassignConflict[];
  readonly count: number;

  constructor(conflicts: readonly ReassignConflict[], count: number) {
    super("rows stand in the way");
    this.conflicts = conflicts;
    this.count = count;
  }
}

interface Move {
  readonly from: Scope;
  readonly to: Scope;
  readonly conflicts: ReassignConflict[];
  count: number;
}

/** Moves the rows of all tables, which stand in an order of creation. Throws `bad-request`, `not-balanced`. */
export async function reassign(
  scopeOf: (userId: string) => Scope,
  tables: readonly AnyTable[],
  { from, to }: ReassignRequest,
): Promise<ReassignReport> {
  if (from === to) throw new StorageError("bad-request", "from and to are the same user: there is nothing to reassign.");
  const target = scopeOf(to);
  try {
    return await scopeOf(from).transaction(async (source) => moveAll({ from: source, to: target, conflicts: [], count: 0 }, tables));
  } catch (error) {
    if (error instanceof InTheWay) return { done: false, conflicts: error.conflicts, conflictCount: error.count };
    throw error;
  }
}

async function moveAll(move: Move, tables: readonly AnyTable[]): Promise<ReassignReport> {
  const moving = tables.filter((table) => table !== counters && !DERIVED_TABLES.includes(table.name) && !PERSONAL.includes(table));
  await raiseCounters(move);
  const moved: ReassignedTable[] = [];
  const digests: TableDigest[] = [];
  for (const table of moving) {
    const before = await digestTable(move.to, table);
    const [outcome, digest] = await moveTable(move, table);
    if (outcome.read === 0) continue;
    moved.push(outcome);
    if (table.digested) digests.push(digest);
    if (move.count === 0) await checkArrived(move.to, table, before, digest);
  }
  if (move.count > 0) throw new InTheWay(move.conflicts, move.count);
  for (const { table, read } of moved.toReversed()) await dropRows(move.from, table, read);
  const left: Record<string, number> = {};
  for (const table of PERSONAL) {
    const rows = await move.from.table(table).count();
    if (rows > 0) left[table.name] = rows;
  }
  return { done: true, tables: moved, left, digest: combineDigests(digests) };
}

/** Numbers that `from` was given are not given again in `to`: what remembers a number sees that the rows behind it are new. */
async function raiseCounters({ from, to }: Move): Promise<void> {
  for await (const rows of from.table(counters).stream()) {
    for (const { name, value } of rows) {
      const own = await to.table(counters).get({ name });
      if (own === null) await to.table(counters).insert({ name, value });
      else if (own.value < value) await to.table(counters).update({ name }, { value });
    }
  }
}

async function moveTable(move: Move, table: AnyTable): Promise<readonly [ReassignedTable, TableDigest]> {
  const target = move.to.table(table);
  const empty = (await target.count()) === 0;
  const collector = collectDigest(table.name);
  let [read, moved, identical] = [0, 0, 0];
  for await (const rows of move.from.table(table).stream()) {
    const fresh: RowOf<AnyTable>[] = [];
    for (const row of rows) {
      const existing = empty ? null : await target.get(keyOf(table, row));
      if (existing === null) fresh.push(row);
      else if (contentOf(table, existing, move.to.userId) === contentOf(table, row, move.to.userId)) identical++;
      else addConflict(move, table, row, "other-content");
    }
    const { rejected, written } = await target.importMany(fresh.map(withoutUser));
    for (const { row } of rejected) addConflict(move, table, row, "refused");
    if (rejected.length === 0) for (const row of fresh) collector.add(contentOf(table, row, move.to.userId));
    read += rows.length;
    moved += written;
  }
  return [{ table: table.name, read, moved, identical }, collector.result()];
}

function addConflict(move: Move, table: AnyTable, row: unknown, why: ReassignConflict["why"]): void {
  move.count++;
  if (move.conflicts.length < MAX_SHOWN) move.conflicts.push({ table: table.name, key: keyOf(table, row), why });
}

function keyOf<T extends AnyTable>(table: T, row: unknown): KeyOf<T> {
  const values = row as Readonly<Record<string, unknown>>;
  return Object.fromEntries(table.primaryKey.slice(1).map((property) => [property, values[property]])) as KeyOf<T>;
}

function withoutUser(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(row).filter(([property]) => property !== "userId"));
}

function contentOf(table: AnyTable, row: Readonly<Record<string, unknown>>, userId: string): string {
  return table.canonical({ ...row, userId });
}

/** Digests are sums: what `to` has is what it had and what was moved. */
async function checkArrived(to: Scope, table: AnyTable, before: TableDigest, moved: TableDigest): Promise<void> {
  const after = await digestTable(to, table);
  const sum = (BigInt(`0x${before.digest}`) + BigInt(`0x${moved.digest}`)) % 2n ** 256n;
  if (after.rows === before.rows + moved.rows && BigInt(`0x${after.digest}`) === sum) return;
  throw unbalanced(table.name, "the rows that arrived are not the rows that left");
}

async function dropRows(from: Scope, table: string, read: number): Promise<void> {
  const dropped = await run(from, `delete from "${table}" where user_id = ?`, [from.userId]);
  if (dropped !== read) throw unbalanced(table, `${dropped} rows were dropped where ${read} had been read`);
}

function unbalanced(table: string, what: string): StorageError {
  return new StorageError("not-balanced", `The reassignment was taken back: in ${table} ${what}.`, { facts: { table } });
}
