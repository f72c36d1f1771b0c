// Runs one migration in the open transaction: what goes is kept first, what must not change is counted before and after, the record is part of it.
import type { MigrationStep } from "@td/storage";
import { DERIVED_TABLES, fingerprint, ledgerInsert, textLiteral } from "@td/storage/internal";
import { broughtBackBy, describeStep, destroyedBy, touchedBy } from "../core/migration-words.ts";
import type { TablePart } from "../core/migration-words.ts";
import { postgresStatements } from "../core/steps-postgres.ts";
import type { StepContext } from "../core/steps-shared.ts";
import { sqliteStatements } from "../core/steps-sqlite.ts";
import { MigrateError } from "../errors.ts";
import { addEvent, addHistory, markRestored, nextHistory, readHistory, removeRecord, tableExists } from "./books.ts";
import type { Session } from "./session.ts";
import type { Task, Work } from "./work.ts";

/** Runs a task of steps, with its record. Returns the history tables that it made. Throws `migration-failed`, `rows-lost`. */
export async function runSteps(work: Work, task: Task): Promise<readonly string[]> {
  const { session } = work;
  const began = performance.now();
  await makeWall(session, task);
  await dropViews(work, task);
  const watched = await watchedTables(session, task.steps);
  const lifted = [...(await session.lift(watched))];
  const before = await imageOf(session, watched);
  const kept: string[] = [];
  for (const [at, step] of task.steps.entries()) {
    kept.push(...(await runStep(session, task, step, at)));
    lifted.push(...(await session.lift(touchedBy(step))));
  }
  await compareImages(session, task, before, watched);
  await session.lower(lifted);
  await registerForms(session, task);
  await record(work, task, performance.now() - began);
  return kept;
}

/** Makes what a new table's policy asks whose rows to show: a database of an older td has none yet. */
export async function makeWall(session: Session, { steps }: Pick<Task, "steps">): Promise<void> {
  if (steps.some(({ kind }) => kind === "create-table")) await session.wall();
}

async function record({ session, by }: Work, { schema, migration, name, direction }: Task, ms: number): Promise<void> {
  if (migration === undefined) return;
  const entry = { how: "ran", at: new Date().toISOString(), by, ms } as const;
  if (direction === "up") await session.exec(ledgerInsert(schema.name, migration, entry));
  else await removeRecord(session, schema.name, migration.id);
  await addEvent(session, by, direction, name, "");
}

async function runStep(session: Session, task: Task, step: MigrationStep, at: number): Promise<readonly string[]> {
  const kept: string[] = [];
  for (const part of destroyedBy(step)) kept.push(...(await keep(session, task, part)));
  const { context, restored } = await contextOf(session, task, step);
  const statements = session.engine === "sqlite" ? sqliteStatements(step, context) : postgresStatements(step, context);
  for (const statement of statements) {
    try {
      await session.exec(statement);
    } catch (cause) {
      throw failed(task, `step ${at + 1} (${describeStep(step)})`, cause);
    }
  }
  if (restored !== undefined) await markRestored(session, restored);
  return kept;
}

/** The error for a statement that failed. */
function failed({ name, direction }: Pick<Task, "name" | "direction">, place: string, cause: unknown): MigrateError {
  const said = cause instanceof Error ? innermost(cause).message : String(cause);
  const hint = said.includes("row-level security") ? " (name that table in touches)" : "";
  return new MigrateError(
    "migration-failed",
    `${name} failed on its way ${direction} at ${place}: ${said}${hint}. Nothing of it was kept: correct it, or the rows that it met, and run it again.`,
    { facts: { migration: name, direction, place }, cause },
  );
}

/** The error at the bottom of a chain of causes. */
export function innermost(error: Error): Error {
  return error.cause instanceof Error ? innermost(error.cause) : error;
}

/** Copies what a step takes away to a history table. Returns its name; none when the table is not there. */
async function keep(session: Session, { name: migration, direction }: Task, { table, columns }: TablePart): Promise<readonly string[]> {
  if (!(await exists(session, table))) return [];
  const n = await nextHistory(session);
  const name = `td_hist_${n}_${table}`.slice(0, 63);
  const list = columns === null ? "*" : [...new Set([...(await session.key(table)), ...columns])].map((column) => `"${column}"`).join(", ");
  const rows = await countOf(session, table);
  await session.exec(`create table "${name}" as select ${list} from "${table}"`);
  await session.hide(name);
  const copied = await countOf(session, name);
  if (copied !== rows) throw lost(migration, `the history table ${name} got ${copied} of ${rows} rows of ${table}`);
  await addHistory(session, n, { name, migration, direction, table, columns, rows });
  return [name];
}

async function contextOf(
  session: Session,
  { name, direction }: Task,
  step: MigrationStep,
): Promise<{ readonly context: StepContext; readonly restored: string | undefined }> {
  const [part] = broughtBackBy(step);
  const [table = ""] = touchedBy(step);
  const all = part === undefined ? [] : await readHistory(session);
  const history = all.findLast(
    (each) =>
      each.migration === name &&
      each.direction !== direction &&
      each.table === part?.table &&
      each.restoredAt === null &&
      JSON.stringify(each.columns) === JSON.stringify(part.columns),
  );
  const triggers = step.kind === "rebuild-table" ? await session.triggers(table) : [];
  const key = await session.key(table);
  return { context: { history, key, triggers }, restored: history?.name };
}

/** Whether a table is there. */
export async function exists(session: Session, table: string): Promise<boolean> {
  return (await session.rows(tableExists(session.engine, table))).length > 0;
}

/** The number of rows of a table. */
export async function countOf(session: Session, table: string): Promise<number> {
  return Number((await session.rows(`select count(*) from "${table}"`))[0]?.[0]);
}

// The tables that steps touch and, step by step, those that refer to them; with SQL of one's own on SQLite all: it could touch any.
async function watchedTables(session: Session, steps: readonly MigrationStep[]): Promise<readonly string[]> {
  const all = await session.tables();
  if (session.engine === "sqlite" && steps.some(({ kind }) => kind === "sql")) return all;
  const references = await session.references();
  const found = new Set(steps.flatMap(touchedBy));
  for (let size = -1; size !== found.size;) {
    size = found.size;
    for (const [from, to] of references) if (found.has(to)) found.add(from);
  }
  return all.filter((table) => found.has(table));
}

/** What must be the same afterwards. */
interface Image {
  readonly rows: ReadonlyMap<string, number>;
  readonly orphans: ReadonlyMap<string, number>;
}

async function imageOf(session: Session, tables: readonly string[]): Promise<Image> {
  const rows = new Map<string, number>();
  for (const table of tables) if (await exists(session, table)) rows.set(table, await countOf(session, table));
  return { rows, orphans: await session.orphans([...rows.keys()]) };
}

async function compareImages(session: Session, { name, steps }: Task, before: Image, watched: readonly string[]): Promise<void> {
  const after = await imageOf(session, watched);
  // Rows of these go whenever what they are made of changes, and are made anew.
  const mayChange = new Set([
    ...DERIVED_TABLES,
    ...steps.filter(({ kind }) => /^(create-table|drop-table|sql)$/.test(kind)).flatMap(touchedBy),
  ]);
  for (const [table, rows] of before.rows) {
    const now = after.rows.get(table);
    if (now !== rows && !mayChange.has(table)) {
      const became = now === undefined ? "is gone" : `has ${now}`;
      throw lost(name, `${table} had ${rows} rows and ${became}, though no step names it in touches`);
    }
  }
  for (const [reference, count] of after.orphans) {
    const more = count - (before.orphans.get(reference) ?? 0);
    if (more > 0) throw lost(name, `${more} rows would refer to nothing: ${reference}`);
  }
}

function lost(migration: string, what: string): MigrateError {
  return new MigrateError("rows-lost", `${migration} was taken back: ${what}.`, { facts: { migration, what } });
}

// Views hold no data and may read what changes: those of the schema and of the schemas that build on it go first, and come back when all
// migrations of their schema have run.
async function dropViews({ session, schemas }: Work, { steps, schema }: Task): Promise<void> {
  if (steps.every(({ kind }) => kind === "create-table" || kind === "add-column" || kind === "create-index" || kind === "drop-index"))
    return;
  if (!(await exists(session, "td_schema"))) return;
  const names = schemas.slice(schemas.indexOf(schema)).flatMap(({ views }) => views.map(({ name }) => name));
  for (const name of names) {
    const made = await session.rows(`delete from "td_schema" where "kind" = 'view' and "name" = ${textLiteral(name)} returning 1`);
    if (made.length > 0) await session.exec(`drop view if exists "${name}"`);
  }
}

/**
 * Writes down the forms that steps leave. What td_schema says decides whether a program may open the database: a form that no declaration has says of
 * which migration it is.
 */
export async function registerForms(session: Session, { steps, name, direction }: Task): Promise<void> {
  if (!(await exists(session, "td_schema"))) return;
  for (const step of steps) {
    if (step.kind === "drop-table") await session.exec(`delete from "td_schema" where "name" = ${textLiteral(step.table.name)}`);
    else if (step.kind === "create-table") await setForm(session, step.table.name, formOf(session, step.table));
    else if (step.kind === "rebuild-table") await setForm(session, step.after.name, formOf(session, step.after));
    else {
      const marker = textLiteral(`${direction === "up" ? "after" : "before"} ${name}`);
      const tables = touchedBy(step).map(textLiteral).join(", ");
      if (tables !== "")
        await session.exec(`update "td_schema" set "fingerprint" = ${marker} where "kind" = 'table' and "name" in (${tables})`);
    }
  }
}

/** What td_schema says of a table in the form that is declared. */
export function formOf({ engine }: Session, table: { ddl(engine: "sqlite" | "postgres"): readonly string[] }): string {
  return fingerprint(table.ddl(engine).join(";\n"));
}

/** Writes down the form of a table. */
export function setForm(session: Session, table: string, form: string): Promise<void> {
  return session.exec(
    `insert into "td_schema" values (${textLiteral(table)}, 'table', ${textLiteral(form)}) on conflict ("name") do update set "fingerprint" = excluded."fingerprint"`,
  );
}
