// Runs a migration that no transaction can hold: statement by statement, each on record before it begins, so that a stop is known to the statement.
import type { MigrationStep } from "@td/storage";
import { ledgerInsert, textLiteral } from "@td/storage/internal";
import type { LedgerEntry } from "../core/judge.ts";
import { describeStep } from "../core/migration-words.ts";
import { postgresStatements } from "../core/steps-postgres.ts";
import { sqliteStatements } from "../core/steps-sqlite.ts";
import { MigrateError } from "../errors.ts";
import { beginAlone } from "./begin-alone.ts";
import { addEvent, changeRecord, holdSql, LEASE_MS, readLedger, releaseSql, removeRecord, renewSql } from "./books.ts";
import type { Holder } from "./holder.ts";
import { innermost, makeWall, registerForms } from "./run-task.ts";
import type { Session } from "./session.ts";
import { settle } from "./settle.ts";
import type { Task, Work } from "./work.ts";

interface Statement {
  readonly sql: string;
  readonly step: MigrationStep;
}

/** Runs a task without a transaction. The open transaction is the one in which it was found to be next; it is committed. */
export async function runWithout(work: Work, task: Task, holder: Holder): Promise<void> {
  const statements = statementsOf(work.session, task);
  const began = performance.now();
  const from = await claim(work, task, holder, statements);
  const stop = await keepLease(work.session, holder);
  try {
    for (const [at, statement] of statements.entries()) {
      if (at + 1 >= from.statement)
        await runOne(work, task, holder, statement, at + 1, from.unsure && at + 1 === from.statement, statements.length);
    }
  } finally {
    await stop();
  }
  await finish(work, task, holder, performance.now() - began);
}

function statementsOf({ engine }: Session, { steps }: Task): readonly Statement[] {
  const context = { history: undefined, key: [], triggers: [] };
  return steps.flatMap((step) =>
    (engine === "sqlite" ? sqliteStatements(step, context) : postgresStatements(step, context)).map((sql) => ({ sql, step })),
  );
}

function entryOf(ledger: readonly LedgerEntry[], { schema, migration }: Task): LedgerEntry | undefined {
  return ledger.find((entry) => entry.schema === schema.name && entry.id === migration?.id);
}

async function claim(
  { session, by }: Work,
  task: Task,
  holder: Holder,
  statements: readonly Statement[],
): Promise<{ readonly statement: number; readonly unsure: boolean }> {
  const entry = entryOf(await readLedger(session), task);
  const [statement, unsure] = entry?.state === "partial" ? [entry.statement ?? 1, entry.running] : [1, false];
  const step = statements[statement - 1]?.step;
  if (unsure && step !== undefined && !isRepeatable(step)) throw unsureError(task, statement, describeStep(step));
  if (task.migration !== undefined) {
    const { name } = task.schema;
    if (entry === undefined)
      await session.exec(ledgerInsert(name, task.migration, { how: "ran", at: new Date().toISOString(), by, ms: 0 }));
    await mark(session, task, { state: "'partial'", direction: `'${task.direction}'`, statement: String(statement), running: "0" });
  }
  await makeWall(session, task);
  await session.exec(holdSql(session.engine, holder, task.name, true));
  await session.commit();
  return { statement, unsure };
}

function isRepeatable(step: MigrationStep): boolean {
  return step.kind !== "sql" || step.repeatable;
}

function unsureError({ name, direction }: Task, statement: number, does: string): MigrateError {
  return new MigrateError(
    "migration-partial",
    `${name} stopped on its way ${direction} during statement ${statement} (${does}), and nobody knows whether that took effect. Look at the database, then say so with repair({ migration: "${name}", as: "statement-done" or "statement-undone", reason }) and run it again: it goes on from there.`,
    { facts: { migration: name, direction, statement } },
  );
}

async function mark(session: Session, { schema, migration }: Task, changes: Readonly<Record<string, string>>): Promise<void> {
  if (migration !== undefined) await changeRecord(session, schema.name, migration.id, changes);
}

// A process that is gone renews nothing. SQLite runs a statement within this process, so nothing can be renewed meanwhile, and need not be.
async function keepLease(session: Session, { id }: Holder): Promise<() => Promise<void>> {
  if (session.engine === "sqlite") return async () => {};
  const other = await session.another();
  let last: Promise<void> = Promise.resolve();
  const renew = (): void => {
    last = other.exec(renewSql("postgres", id)).catch(() => undefined);
  };
  const timer = setInterval(renew, LEASE_MS / 6);
  return async () => {
    clearInterval(timer);
    await last;
    await other.close();
  };
}

async function runOne(
  work: Work,
  task: Task,
  holder: Holder,
  { sql, step }: Statement,
  at: number,
  unsure: boolean,
  count: number,
): Promise<void> {
  const { session } = work;
  const tables = step.kind === "sql" ? step.touches : [];
  try {
    if (tables.length > 0) await inTurn(work, task, () => runAtOnce(session, task, sql, tables, at));
    else await runBare(work, task, sql, step, at, unsure);
  } catch (cause) {
    await session.rollback();
    const said = cause instanceof Error ? innermost(cause).message : String(cause);
    await inTurn(work, task, async () => {
      await mark(session, task, { statement: String(at), running: "0", problem: textLiteral(said) });
      await session.exec(releaseSql(holder.id));
    });
    throw stopped(task, at, count, describeStep(step), said, cause);
  }
}

// SQL that touches rows can be a transaction of its own, so it is one, with its record: nobody has to ask whether it took effect.
async function runAtOnce(session: Session, task: Task, sql: string, tables: readonly string[], at: number): Promise<void> {
  const lifted = await session.lift(tables);
  await session.exec(sql);
  await session.lower(lifted);
  await mark(session, task, { statement: String(at + 1), running: "0" });
}

async function runBare(work: Work, task: Task, sql: string, step: MigrationStep, at: number, unsure: boolean): Promise<void> {
  const { session } = work;
  await inTurn(work, task, () => mark(session, task, { statement: String(at), running: "1" }));
  if (session.engine === "postgres") await session.exec("set row_security = off");
  if (await isToRun(session, step, unsure)) await session.exec(sql);
}

async function inTurn({ session, lockTimeoutMs }: Work, { name }: Task, work: () => Promise<void>): Promise<void> {
  await beginAlone(session, name, lockTimeoutMs);
  await work();
  await session.commit();
}

function stopped({ name, direction }: Task, at: number, count: number, does: string, said: string, cause: unknown): MigrateError {
  return new MigrateError(
    "migration-failed",
    `${name} stopped on its way ${direction} at statement ${at} of ${count} (${does}): ${said}. The statements before it stand. Correct what it met and run it again: it goes on with this statement.`,
    { facts: { migration: name, direction, statement: at, statements: count }, cause },
  );
}

// An index that was not made to its end stays behind on PostgreSQL as an invalid one; one that was made need not be made again.
async function isToRun(session: Session, step: MigrationStep, unsure: boolean): Promise<boolean> {
  if (step.kind !== "create-index" && step.kind !== "drop-index") return true;
  const name = `${step.table}_${step.name}`;
  const state = await indexState(session, name);
  if (step.kind === "drop-index") return state !== "none" || !unsure;
  if (state === "invalid") await session.exec(`drop index concurrently "${name}"`);
  return state !== "valid" || !unsure;
}

async function indexState(session: Session, name: string): Promise<"none" | "valid" | "invalid"> {
  const sql =
    session.engine === "sqlite"
      ? `select 't' from sqlite_schema where type = 'index' and name = ${textLiteral(name)}`
      : `select indisvalid from pg_index where indexrelid = to_regclass(quote_ident(${textLiteral(name)}))`;
  const valid = (await session.rows(sql))[0]?.[0];
  return valid === undefined ? "none" : valid === "t" ? "valid" : "invalid";
}

async function finish(work: Work, task: Task, holder: Holder, ms: number): Promise<void> {
  const { session, by } = work;
  await inTurn(work, task, async () => {
    const { schema, migration, direction, name } = task;
    const done = { state: "'applied'", direction: "null", statement: "null", running: "null", problem: "null", ms: String(Math.round(ms)) };
    if (migration !== undefined && direction === "down") await removeRecord(session, schema.name, migration.id);
    else await mark(session, task, done);
    await addEvent(session, by, direction, name, "without a transaction");
    await registerForms(session, task);
    if (task.last) await settle(work, schema);
    await session.exec(releaseSql(holder.id));
  });
}
