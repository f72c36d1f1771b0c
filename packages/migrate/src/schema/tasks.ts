// What is to be done, in order: found out anew inside each transaction, so that two processes never do one thing twice.
import { createHash } from "node:crypto";
import type { ManagedSchema } from "@td/storage";
import { canonicalSteps } from "@td/storage/internal";
import { nameOf } from "../core/judge.ts";
import type { Judgement, Known } from "../core/judge.ts";
import { describeStep, destroyedBy, touchedBy } from "../core/migration-words.ts";
import { MigrateError } from "../errors.ts";
import type { Destruction, MigrationPlan, PlannedMigration } from "./contract.ts";
import { readLedger } from "./books.ts";
import { countOf, exists } from "./run-task.ts";
import type { Session } from "./session.ts";
import { isSettled, originOf, withFound } from "./settle.ts";
import { refuseMisfits, standing, taskOf } from "./work.ts";
import type { Task, Work } from "./work.ts";

/** A schema's name and the id of a migration of it; `null` for none. */
export interface Target {
  /** The schema. */
  readonly schema: ManagedSchema;
  /** The id; null for `none`. */
  readonly id: string | null;
}

/** What `SCHEMA/ID` names. Throws `invalid-option`. */
export function targetOf(schemas: readonly ManagedSchema[], text: string): Target {
  const [name, id, ...more] = text.split("/");
  const schema = schemas.find((each) => each.name === name);
  if (schema !== undefined && id !== undefined && more.length === 0) {
    if (id === "none") return { schema, id: null };
    if (schema.migrations.some((migration) => migration.id === id)) return { schema, id };
  }
  throw new MigrateError("invalid-option", `"${text}" names no migration of the given schemas: use SCHEMA/ID, or SCHEMA/none.`, {
    facts: { target: text, schemas: schemas.map((each) => each.name) },
  });
}

/** What `up` has to do. Throws what stands in the way. */
export async function tasksUp(work: Work, to: Target | undefined): Promise<readonly Task[]> {
  const all = await standing(work);
  refuseMisfits(all, work.late);
  const tasks: Task[] = [];
  for (const judgement of all) {
    if (to === undefined || to.schema === judgement.schema) tasks.push(...(await tasksOf(work, judgement, to)));
  }
  return tasks;
}

async function tasksOf(work: Work, judgement: Judgement, to: Target | undefined): Promise<readonly Task[]> {
  const { schema } = judgement;
  const origin = await originOf(work.session, work.schemas, judgement);
  const whole = to === undefined || to.id === schema.migrations.at(-1)?.id;
  if (origin.kind === "new" && whole) return [wholeTask(schema, "create")];
  const found = origin.kind === "found" ? origin.has : [];
  const now = origin.kind === "found" ? withFound(judgement, found) : judgement;
  for (const { entry, ...known } of now.partial) if (entry?.direction === "down") throw halfUndone(nameOf(known));
  const open = now.known.filter(({ entry }) => entry === undefined || entry.state === "partial");
  const wanted = to === undefined ? open : open.filter((known) => upTo(schema, known, to));
  const tasks = wanted.map((known) => taskOf(schema, known, "up", known === open.at(-1)));
  if (found.length > 0 && origin.kind === "found") {
    const record = { ...wholeTask(schema, "record"), last: open.length === 0, found: origin };
    return [record, ...tasks];
  }
  if (open.length === 0 && !(await isSettled(work.session, schema))) return [wholeTask(schema, "record")];
  return tasks;
}

function upTo({ migrations }: ManagedSchema, { migration }: Known, { id }: Target): boolean {
  return migrations.indexOf(migration) <= migrations.findIndex((each) => each.id === id);
}

function wholeTask(schema: ManagedSchema, action: "create" | "record"): Task {
  return {
    schema,
    migration: undefined,
    name: schema.name,
    action,
    direction: "up",
    steps: [],
    transaction: true,
    last: action === "record",
  };
}

function halfUndone(migration: string): MigrateError {
  return new MigrateError(
    "migration-partial",
    `${migration} was being undone and stopped half-way: finish that first, with down() to the same place.`,
    {
      facts: { migration },
    },
  );
}

/** What `down` has to do, youngest first. Throws `irreversible`, and what stands in the way. */
export async function tasksDown(work: Work, to: Target): Promise<readonly Task[]> {
  const all = await standing(work);
  const judgement = all.find(({ schema }) => schema === to.schema);
  if (judgement === undefined) return [];
  refuseMisfits([judgement], "run");
  const keep = to.schema.migrations.findIndex(({ id }) => id === to.id);
  const undone = judgement.known.filter(({ entry }, at) => at > keep && entry !== undefined);
  for (const { entry, ...known } of undone) if (entry?.state === "partial" && entry.direction === "up") throw halfDone(nameOf(known));
  return [...undone].reverse().map((known) => taskOf(to.schema, known, "down", false));
}

function halfDone(migration: string): MigrateError {
  return new MigrateError(
    "migration-partial",
    `${migration} stopped half-way, so it cannot be undone: finish it with up(), then undo it.`,
    { facts: { migration } },
  );
}

/** The plan of tasks, with the token that stands for it and for the database as it is. */
export async function planOf(session: Session, direction: "up" | "down", tasks: readonly Task[]): Promise<MigrationPlan> {
  const destroys: Destruction[] = [];
  for (const task of tasks) destroys.push(...(await destructionsOf(session, task)));
  const ledger = (await readLedger(session)).map(({ schema, id, checksum, state, statement }) => [schema, id, checksum, state, statement]);
  const content = tasks.map((task) => [task.name, task.action, canonicalSteps(task.steps), wordsOf(task)]);
  const confirm = createHash("sha256")
    .update(JSON.stringify([direction, content, ledger, destroys]))
    .digest("hex")
    .slice(0, 16);
  return { direction, migrations: tasks.map(planned), destroys, confirm };
}

function planned(task: Task): PlannedMigration {
  return { migration: task.name, action: task.action, does: wordsOf(task), transaction: task.transaction };
}

function wordsOf({ action, steps, schema, found }: Task): readonly string[] {
  if (action === "run") return steps.map(describeStep);
  if (action === "create") return [`make ${schema.tables.length} tables and ${schema.views.length} views in their newest form`];
  return found === undefined
    ? ["write down the forms that are there"]
    : found.has.map((known) => `record ${nameOf(known)}, which is there: ${found.why}`);
}

/** What a task takes away, with the rows that there are now; tables that are not there yet have none. */
export async function destructionsOf(session: Session, { name, steps, action }: Task): Promise<readonly Destruction[]> {
  if (action !== "run") return [];
  const parts = steps.flatMap(destroyedBy);
  const tables = [...new Set(parts.map(({ table }) => table))];
  const lifted = await session.lift(tables);
  const counts = new Map<string, number>();
  for (const table of tables) if (await exists(session, table)) counts.set(table, await countOf(session, table));
  await session.lower(lifted);
  // A table that a step before makes anew is empty by then, or holds what the plan could not count.
  return parts.map(({ table, columns }) => ({ migration: name, table, columns, rows: counts.get(table) ?? 0 }));
}

/** The tables that a task changes. */
export function changedBy({ steps }: Task): readonly string[] {
  return steps.flatMap(touchedBy);
}
