// The migrator's own tables: the record of migrations, what was done, what was kept, and who is at work.
import { HISTORY_TABLE as HISTORY, LEDGER_TABLE, ledgerTable, textLiteral } from "@td/storage/internal";
import type { Engine } from "@td/storage";
import type { LedgerEntry } from "../core/judge.ts";
import { isGone, thisHost } from "./holder.ts";
import type { Holder } from "./holder.ts";
import type { Session, TextRow } from "./session.ts";

const EVENTS = "td_migration_events";
const LOCK = "td_migration_lock";

/** The statements that make the tables where they are absent. */
function booksSql(engine: Engine): readonly string[] {
  const text = engine === "sqlite" ? "text" : 'text collate "C"';
  const int = engine === "sqlite" ? "integer" : "bigint";
  const tail = engine === "sqlite" ? " strict" : "";
  const tables = [
    `create table if not exists "${EVENTS}" ("seq" ${int} not null primary key, "at" ${text} not null, "by" ${text} not null, "action" ${text} not null, "migration" ${text} not null, "reason" ${text} not null)${tail}`,
    `create table if not exists "${HISTORY}" ("name" ${text} not null primary key, "n" ${int} not null, "migration" ${text} not null, "direction" ${text} not null, "table_name" ${text} not null, "columns" ${text}, "row_count" ${int} not null, "at" ${text} not null, "restored_at" ${text})${tail}`,
    lockSql(engine),
  ];
  const hidden = engine === "sqlite" ? [] : [EVENTS, HISTORY, LOCK].map((name) => `revoke all on "${name}" from public`);
  return [ledgerTable(engine), ...tables, ...hidden];
}

/** The statement that makes the table of who is at work. */
export function lockSql(engine: Engine): string {
  const text = engine === "sqlite" ? "text" : 'text collate "C"';
  const int = engine === "sqlite" ? "integer" : "bigint";
  return `create table if not exists "${LOCK}" ("place" ${int} not null primary key, "holder" ${text} not null, "by" ${text} not null, "host" ${text} not null, "pid" ${int} not null, "doing" ${text} not null, "since" ${text} not null, "renewed" ${int} not null, "lease" ${int} not null)${engine === "sqlite" ? " strict" : ""}`;
}

/** Makes the tables where they are absent, in the open transaction. */
export async function makeBooks(session: Session): Promise<void> {
  for (const statement of booksSql(session.engine)) await session.exec(statement);
}

async function has(session: Session, table: string): Promise<boolean> {
  return (await session.rows(tableExists(session.engine, table))).length > 0;
}

/** The query that has a row when a table exists. */
export function tableExists(engine: Engine, table: string): string {
  return engine === "sqlite"
    ? `select 1 from sqlite_schema where type = 'table' and name = ${textLiteral(table)}`
    : `select 1 where to_regclass(quote_ident(${textLiteral(table)})) is not null`;
}

/** The record of migrations, in the order of application; empty when there is none yet. */
export async function readLedger(session: Session): Promise<readonly LedgerEntry[]> {
  if (!(await has(session, LEDGER_TABLE))) return [];
  const columns = `"schema", "id", "seq", "checksum", "canonical", "how", "state", "direction", "statement", "running", "problem", "at", "by"`;
  return (await session.rows(`select ${columns} from "${LEDGER_TABLE}" order by "seq", "schema", "id"`)).map(entryOf);
}

function entryOf([schema, id, seq, checksum, canonical, how, state, direction, statement, running, problem, at, by]: TextRow): LedgerEntry {
  return {
    schema: schema ?? "",
    id: id ?? "",
    seq: Number(seq),
    checksum: checksum ?? "",
    canonical: canonical ?? "",
    how: how as LedgerEntry["how"],
    state: state as LedgerEntry["state"],
    direction: (direction ?? null) as LedgerEntry["direction"],
    statement: statement === null || statement === undefined ? null : Number(statement),
    running: running === "1",
    problem: problem ?? null,
    at: at ?? "",
    by: by ?? "",
  };
}

const where = (schema: string, id: string): string => `where "schema" = ${textLiteral(schema)} and "id" = ${textLiteral(id)}`;

/** Changes columns of a record. Values are SQL. */
export function changeRecord(session: Session, schema: string, id: string, changes: Readonly<Record<string, string>>): Promise<void> {
  const set = Object.entries(changes).map(([name, value]) => `"${name}" = ${value}`);
  return session.exec(`update "${LEDGER_TABLE}" set ${set.join(", ")} ${where(schema, id)}`);
}

/** Removes a record. */
export function removeRecord(session: Session, schema: string, id: string): Promise<void> {
  return session.exec(`delete from "${LEDGER_TABLE}" ${where(schema, id)}`);
}

/** Adds a line to what was done. */
export function addEvent(session: Session, by: string, action: string, migration: string, reason: string): Promise<void> {
  const values = [new Date().toISOString(), by, action, migration, reason].map(textLiteral);
  return session.exec(`insert into "${EVENTS}" values ((select coalesce(max("seq"), 0) + 1 from "${EVENTS}"), ${values.join(", ")})`);
}

/** What was done, oldest first: at, by, action, migration, reason. */
export async function readEvents(session: Session): Promise<readonly TextRow[]> {
  return (await has(session, EVENTS))
    ? session.rows(`select "at", "by", "action", "migration", "reason" from "${EVENTS}" order by "seq"`)
    : [];
}

/** A history table on record. */
export interface HistoryRecord {
  /** Its name. */
  readonly name: string;
  /** `SCHEMA/ID`. */
  readonly migration: string;
  /** The direction in which it was taken. */
  readonly direction: "up" | "down";
  /** The table it was taken from. */
  readonly table: string;
  /** The columns; null for whole rows. */
  readonly columns: readonly string[] | null;
  /** Rows in it. */
  readonly rows: number;
  /** When. */
  readonly at: string;
  /** When it was put back. */
  readonly restoredAt: string | null;
}

/** The history tables, oldest first. */
export async function readHistory(session: Session): Promise<readonly HistoryRecord[]> {
  if (!(await has(session, HISTORY))) return [];
  const rows = await session.rows(
    `select "name", "migration", "direction", "table_name", "columns", "row_count", "at", "restored_at" from "${HISTORY}" order by "n"`,
  );
  return rows.map(([name, migration, direction, table, columns, count, at, restoredAt]) => ({
    name: name ?? "",
    migration: migration ?? "",
    direction: direction === "up" ? "up" : "down",
    table: table ?? "",
    columns: columns === null || columns === undefined ? null : (JSON.parse(columns) as string[]),
    rows: Number(count),
    at: at ?? "",
    restoredAt: restoredAt ?? null,
  }));
}

/** Records a history table. */
export function addHistory(session: Session, n: number, record: Omit<HistoryRecord, "at" | "restoredAt">): Promise<void> {
  const columns = record.columns === null ? "null" : textLiteral(JSON.stringify(record.columns));
  const { name, migration, direction, table } = record;
  const [first, ...rest] = [name, migration, direction, table].map(textLiteral);
  return session.exec(
    `insert into "${HISTORY}" values (${first}, ${n}, ${rest.join(", ")}, ${columns}, ${record.rows}, ${textLiteral(new Date().toISOString())}, null)`,
  );
}

/** The number of the next history table. */
export async function nextHistory(session: Session): Promise<number> {
  return Number((await session.rows(`select coalesce(max("n"), 0) + 1 from "${HISTORY}"`))[0]?.[0] ?? 1);
}

/** Records that a history table was put back. */
export function markRestored(session: Session, name: string): Promise<void> {
  return session.exec(
    `update "${HISTORY}" set "restored_at" = ${textLiteral(new Date().toISOString())} where "name" = ${textLiteral(name)}`,
  );
}

/** Drops a history table and its record. */
export async function dropHistoryTable(session: Session, name: string): Promise<void> {
  await session.exec(`drop table "${name}"`);
  await session.exec(`delete from "${HISTORY}" where "name" = ${textLiteral(name)}`);
}

/** Milliseconds after which a lease that nobody renews is free, when its holder cannot be asked for. */
export const LEASE_MS = 30_000;

const NOW: Readonly<Record<Engine, string>> = {
  sqlite: "cast((julianday('now') - 2440587.5) * 86400000 as integer)",
  postgres: "(extract(epoch from clock_timestamp()) * 1000)::bigint",
};

/** The statement that writes down who is at work. With `lease` others stay away also between its transactions. */
export function holdSql(engine: Engine, { id, by, host, pid }: Holder, doing: string, lease: boolean): string {
  const texts = [id, by, host].map(textLiteral).join(", ");
  const rest = `${pid}, ${textLiteral(doing)}, ${textLiteral(new Date().toISOString())}, ${NOW[engine]}, ${lease ? 1 : 0}`;
  const set = ["holder", "by", "host", "pid", "doing", "since", "renewed", "lease"]
    .map((name) => `"${name}" = excluded."${name}"`)
    .join(", ");
  return `insert into "${LOCK}" values (1, ${texts}, ${rest}) on conflict ("place") do update set ${set}`;
}

/** The statement that renews a lease. */
export function renewSql(engine: Engine, id: string): string {
  return `update "${LOCK}" set "renewed" = ${NOW[engine]} where "holder" = ${textLiteral(id)} and "lease" = 1`;
}

/** The statement that ends what a migrator held. */
export function releaseSql(id: string): string {
  return `delete from "${LOCK}" where "holder" = ${textLiteral(id)}`;
}

/** Who is at work by what is written down. */
export interface Written {
  /** The holder's identity. */
  readonly id: string;
  /** In words. */
  readonly words: string;
  /** Whether others must stay away, even between its transactions. */
  readonly lease: boolean;
}

/** The query behind {@link writtenOf}. */
export function heldQuery(engine: Engine): string {
  return `select "holder", "by", "host", "pid", "doing", "since", "lease", ${NOW[engine]} - "renewed" from "${LOCK}" where "place" = 1`;
}

/** Who is at work by a row of {@link heldQuery}; `undefined` for nobody. A holder that is known to be gone holds nothing. */
export function writtenOf(row: TextRow | undefined): Written | undefined {
  if (row === undefined) return undefined;
  const [id, by, host, pid, doing, since, lease, age] = row;
  const gone = isGone(host ?? "", Number(pid));
  const words = `${by} (process ${pid} on ${(host ?? "").replace(/ .*/, "")}), ${doing}, since ${since}${gone ? "; that process is gone" : ""}`;
  // A process of this machine that is there keeps its lease however long its statement takes; of others only the clock is known.
  const alive = !gone && (host === thisHost() || Number(age) < LEASE_MS);
  return { id: id ?? "", words, lease: lease === "1" && alive };
}
