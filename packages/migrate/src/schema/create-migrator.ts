// The migrator: each call opens a connection, finds out what is to be done, and does it one transaction at a time.
import type { ManagedSchema } from "@td/storage";
import { postgresPlace } from "../core/postgres-place.ts";
import { MigrateError } from "../errors.ts";
import { beginAlone } from "./begin-alone.ts";
import { makeBooks } from "./books.ts";
import type {
  Destruction,
  DownOptions,
  MigrationPlan,
  MigratorReport,
  Migrator,
  MigratorOptions,
  RanMigration,
  UpOptions,
} from "./contract.ts";
import { thisHolder } from "./holder.ts";
import type { Holder } from "./holder.ts";
import { dropHistory, listEvents, listHistory, recordBaseline, repairRecord, statusOf, verifyAll } from "./care.ts";
import { runWithout } from "./run-statements.ts";
import { runSteps } from "./run-task.ts";
import { openPostgresSession } from "./session-postgres.ts";
import { openSqliteSession } from "./session-sqlite.ts";
import type { Session } from "./session.ts";
import { create, recordFound, settle } from "./settle.ts";
import { changedBy, destructionsOf, planOf, targetOf, tasksDown, tasksUp } from "./tasks.ts";
import type { Task, Work } from "./work.ts";

/**
 * A migrator of the database at `url`, for schemas in the order in which they build on each other: `[storageSchema, yours]`.
 *
 * `url` is `sqlite:PATH`, or `postgres://OWNER:PASSWORD@HOST:PORT/DATABASE` of the role that owns the tables. It connects at the first call.
 * Throws `invalid-option` for another URL, a database in memory, two schemas of one name, or an option out of range.
 */
export function createMigrator(url: string, schemas: readonly ManagedSchema[], options: MigratorOptions = {}): Migrator {
  const open = opener(url, schemas, options);
  const holder = thisHolder(options.actor);
  const call = async <R>(
    announce: boolean,
    signal: AbortSignal | undefined,
    what: (work: Work, holder: Holder) => Promise<R>,
  ): Promise<R> => {
    const session = await open(holder, announce);
    const { lockTimeoutMs = 60_000, late = "refuse" } = options;
    try {
      return await what({ session, schemas, by: holder.by, lockTimeoutMs, late, signal }, holder);
    } finally {
      await session.rollback().catch(() => undefined);
      await session.close();
    }
  };
  const look = <R>(what: (work: Work) => Promise<R>): Promise<R> => call(false, undefined, (work) => looking(work, () => what(work)));
  const alone = (doing: string, what: (work: Work) => Promise<void>): Promise<void> =>
    call(true, undefined, (work) => aloneIn(work, doing, () => what(work)));
  return {
    engine: isSqlite(url) ? "sqlite" : "postgres",
    status: () => look(statusOf),
    plan: (request = {}) =>
      look(async (work) => {
        const down = "down" in request;
        const tasks = down ? await tasksDown(work, targetOf(schemas, request.down)) : await tasksUp(work, targetIn(schemas, request.to));
        return planOf(work.session, down ? "down" : "up", tasks);
      }),
    up: (given = {}) => call(given.dryRun !== true, given.signal, (work, holding) => runUp(work, holding, given)),
    down: (given) => call(given.dryRun !== true, given.signal, (work, holding) => runDown(work, holding, given)),
    verify: () => look(verifyAll),
    repair: (request) => alone("repairing the record", (work) => repairRecord(work, request)),
    baseline: (request) => alone("recording a baseline", (work) => recordBaseline(work, request)),
    events: () => look(listEvents),
    history: () => look(listHistory),
    dropHistory: (name, given) => alone("dropping a history table", (work) => dropHistory(work, name, given)),
  };
}

type Open = (holder: Holder, announce: boolean) => Promise<Session>;

function opener(
  url: string,
  schemas: readonly ManagedSchema[],
  { schema = "public", lockTimeoutMs = 0, actor = "td" }: MigratorOptions,
): Open {
  if (typeof url !== "string") throw invalid("the URL is a text");
  if (!Array.isArray(schemas)) throw invalid("the schemas are a list: [storageSchema, yours]");
  const names = schemas.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw invalid(`two schemas are named ${twice}`);
  if (!Number.isInteger(lockTimeoutMs) || lockTimeoutMs < 0 || lockTimeoutMs > 2 ** 31 - 1)
    throw invalid("lockTimeoutMs is an integer from 0 to 2147483647");
  if (typeof actor !== "string" || actor.trim() === "" || actor.length > 200) throw invalid("actor has 1 to 200 characters");
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,62}$/.test(schema)) throw invalid("schema is a name of letters, digits and _");
  if (/^postgres(ql)?:\/\//.test(url)) {
    postgresPlace("createMigrator", url);
    return (holder) => openPostgresSession(url, schema, holder);
  }
  const path = /^sqlite:(?:\/\/(?=\/))?(.+)$/.exec(url)?.[1];
  if (path === undefined || path.startsWith("//")) throw invalid("the URL is sqlite:PATH or postgres://OWNER:PASSWORD@HOST/DATABASE");
  if (path === ":memory:") throw invalid("a database in memory is always new: openStorage makes it in its newest form");
  return (holder, announce) => openSqliteSession(path, holder, announce);
}

function isSqlite(url: string): boolean {
  return url.startsWith("sqlite:");
}

function invalid(what: string): MigrateError {
  return new MigrateError("invalid-option", `This migrator is not possible: ${what}.`);
}

function targetIn(schemas: readonly ManagedSchema[], text: string | undefined): ReturnType<typeof targetOf> | undefined {
  return text === undefined ? undefined : targetOf(schemas, text);
}

async function looking<R>({ session }: Work, what: () => Promise<R>): Promise<R> {
  await session.look();
  const result = await what();
  await session.rollback();
  return result;
}

async function aloneIn({ session, lockTimeoutMs }: Work, doing: string, what: () => Promise<void>): Promise<void> {
  await beginAlone(session, doing, lockTimeoutMs);
  await makeBooks(session);
  await what();
  await session.commit();
}

type Tasks = () => Promise<readonly Task[]>;

function runUp(work: Work, holder: Holder, { to, confirm, dryRun = false }: UpOptions): Promise<MigratorReport> {
  const target = targetIn(work.schemas, to);
  return runAll(work, holder, "up", () => tasksUp(work, target), confirm, dryRun);
}

function runDown(work: Work, holder: Holder, { to, confirm, dryRun = false }: DownOptions): Promise<MigratorReport> {
  const target = targetOf(work.schemas, to);
  return runAll(work, holder, "down", () => tasksDown(work, target), confirm, dryRun);
}

async function runAll(
  work: Work,
  holder: Holder,
  direction: "up" | "down",
  tasks: Tasks,
  confirm: string | undefined,
  dryRun: boolean,
): Promise<MigratorReport> {
  const plan = await looking(work, async () => planOf(work.session, direction, await tasks()));
  const none = { direction, dryRun, ran: [], untried: [] } as const;
  if (plan.migrations.length === 0) return none;
  if (dryRun) return { ...none, ...(await rehearse(work, tasks)) };
  const needed = direction === "down" || plan.destroys.length > 0;
  if (needed && confirm === undefined) throw notConfirmed(plan, "it needs one");
  return { ...none, ran: await runEach(work, holder, plan, tasks, needed ? confirm : undefined) };
}

async function runEach(
  work: Work,
  holder: Holder,
  plan: MigrationPlan,
  tasks: Tasks,
  confirm: string | undefined,
): Promise<readonly RanMigration[]> {
  const { session, lockTimeoutMs, signal } = work;
  const ran: RanMigration[] = [];
  const changed = new Set<string>();
  for (;;) {
    signal?.throwIfAborted();
    await beginAlone(session, plan.migrations[ran.length]?.migration ?? plan.direction, lockTimeoutMs, signal);
    await makeBooks(session);
    const left = await tasks();
    const [task] = left;
    if (task === undefined) return ran;
    if (confirm !== undefined && ran.length === 0) await refuseStale(session, plan, left, confirm);
    if (ran.length > 0) await refuseOther(session, plan, task, changed);
    ran.push(await runOne(work, holder, task));
    for (const table of changedBy(task)) changed.add(table);
  }
}

async function runOne(work: Work, holder: Holder, task: Task): Promise<RanMigration> {
  const began = performance.now();
  const done = (kept: readonly string[]): RanMigration => ({
    migration: task.name,
    action: task.action,
    ms: Math.round(performance.now() - began),
    kept,
  });
  if (task.action === "run" && !task.transaction) {
    await runWithout(work, task, holder);
    return done([]);
  }
  const kept = await inTransaction(work, task);
  await work.session.commit();
  return done(kept);
}

async function inTransaction(work: Work, task: Task): Promise<readonly string[]> {
  const { session, schemas } = work;
  let kept: readonly string[] = [];
  if (task.action === "create") await create(work, task.schema);
  else if (task.action === "run") kept = await runSteps(work, task);
  else if (task.found !== undefined) await recordFound(work, task.schema, task.found.has, task.found.why);
  if (task.last) await settle({ session, schemas }, task.schema);
  return kept;
}

async function rehearse(work: Work, tasks: Tasks): Promise<Pick<MigratorReport, "ran" | "untried">> {
  const { session, lockTimeoutMs, signal } = work;
  await beginAlone(session, "a rehearsal", lockTimeoutMs, signal);
  await makeBooks(session);
  const ran: RanMigration[] = [];
  const all = await tasks();
  const stop = all.findIndex(({ transaction }) => !transaction);
  for (const task of stop < 0 ? all : all.slice(0, stop)) {
    const began = performance.now();
    const kept = await inTransaction(work, task);
    ran.push({ migration: task.name, action: task.action, ms: Math.round(performance.now() - began), kept });
  }
  await session.rollback();
  return { ran, untried: stop < 0 ? [] : all.slice(stop).map(({ name }) => name) };
}

async function refuseStale(session: Session, plan: MigrationPlan, tasks: readonly Task[], confirm: string): Promise<void> {
  const now = await planOf(session, plan.direction, tasks);
  if (now.confirm !== confirm) throw notConfirmed(now, "the one given is of another plan, or of another state of the database");
}

// Between two migrations others may write: what the next one takes away must still be what was confirmed.
async function refuseOther(session: Session, plan: MigrationPlan, task: Task, changed: ReadonlySet<string>): Promise<void> {
  const key = ({ table, columns, rows }: Destruction): string => JSON.stringify([table, columns, rows]);
  const planned = new Set(plan.destroys.filter(({ migration }) => migration === task.name).map(key));
  for (const now of await destructionsOf(session, task)) {
    if (!changed.has(now.table) && !planned.has(key(now)))
      throw notConfirmed(plan, `${now.table} has ${now.rows} rows by now, before ${task.name}`);
  }
}

function notConfirmed({ direction, destroys }: MigrationPlan, why: string): MigrateError {
  const what = destroys.map(({ table, columns, rows }) => `${rows} rows of ${table}${columns === null ? "" : ` (${columns.join(", ")})`}`);
  const takes = what.length === 0 ? "It takes no rows away." : `It takes away, into history tables: ${what.join("; ")}.`;
  return new MigrateError(
    "not-confirmed",
    `Nothing more was done: going ${direction} wants the confirmation of its plan, and ${why}. ${takes} Read plan(${direction === "up" ? "" : "{ down: to }"}), ask, and pass its confirm on.`,
    { facts: { direction, destroys: what } },
  );
}
