// The day's tasks of several users at once. td schedules nothing: the host says when, td keeps on record what became of it, for each user alone.
import type { Scope, TaskContext } from "@td/storage";
import { indianDay } from "./indian-time.ts";
import type { Clock } from "./clock.ts";

/** What became of one task. */
export interface TaskReport {
  readonly user: string;
  readonly task: string;
  readonly status: "running" | "success" | "failed" | "skipped";
  readonly message: string | null;
}

/** How a user's service stands. */
export interface ServiceReport {
  readonly user: string;
  readonly running: boolean;
  readonly errorCount: number;
  readonly lastError: string | null;
  readonly tasks: readonly TaskReport[];
}

type Task = (me: Scope, task: TaskContext) => Promise<void>;

/** The tasks of a day, in their order. */
const TASKS: Readonly<Record<string, Task>> = {
  premarket_retry: async (me, { details }) => details({ failedOrders: await me.orders.count({ status: "failed" }) }),
  sell_monitor: async (me, { skip, details }) => {
    const open = await me.positions.count({ status: "open" });
    if (open === 0) skip("nothing is held");
    details({ openPositions: open });
  },
  position_monitor: async (me, { details }) => details({ positions: await me.positions.count({}) }),
  analysis: async (me, { skip, details }) => {
    const active = await me.signals.count({ status: "active" });
    if (active === 0) skip("no active signal");
    details({ activeSignals: active });
  },
  buy_orders: async (me, { details }) => {
    const account = await me.accounts.get({ id: "paper" });
    const needed = 90_000;
    if (account?.availableCash?.lt(needed) === true)
      throw new Error(`insufficient balance: ${account.availableCash.toFixed()} free, ${needed} needed`);
    details({ pendingOrders: await me.orders.count({ status: "pending" }) });
  },
  eod_cleanup: async (me, { details }) => details(await me.services.prune({ before: "2025-01-01T00:00:00Z" })),
};

const SERVICE = "trading";

/**
 * Runs the day's tasks for all users at once: each task of one user runs beside the same task of the others. What fails is on that user's
 * record, and that user's next task runs. A day that has run is not run again.
 */
export async function runDay(users: readonly Scope[], clock: Clock): Promise<readonly ServiceReport[]> {
  const begun = await Promise.all(users.map((me) => hasRun(me, clock)));
  const waiting = users.filter((_, at) => begun[at] === false);
  const names = Object.keys(TASKS);
  const together = meetings(waiting.length, names);
  await Promise.all(waiting.map((me) => runTasks(me, clock, together)));
  return Promise.all(users.map(serviceReport));
}

async function runTasks(me: Scope, clock: Clock, together: Meetings): Promise<void> {
  const now = (): Date => clock.now();
  await me.services.heartbeat({ service: SERVICE, at: now() });
  for (const [name, work] of Object.entries(TASKS)) {
    const outcome = await me.services.runTask(
      name,
      async (task) => {
        await together(name);
        await work(me, task);
      },
      { service: SERVICE, now },
    );
    if (outcome.status === "failed") await me.services.log("ERROR", SERVICE, `${name} failed`, { execution: outcome.executionId }, now());
  }
  await me.services.heartbeat({ service: SERVICE, running: false, at: now() });
}

/** Resolves for a name when all have come. */
type Meetings = (name: string) => Promise<void>;

/** Lets users' tasks of one name begin together, so that they really run beside each other. */
function meetings(users: number, names: readonly string[]): Meetings {
  const doors = new Map(names.map((name) => [name, { missing: users, ...Promise.withResolvers<void>() }]));
  return async (name) => {
    const door = doors.get(name);
    if (door === undefined) return;
    door.missing--;
    if (door.missing === 0) door.resolve();
    await door.promise;
  };
}

async function hasRun(me: Scope, clock: Clock): Promise<boolean> {
  const { rows } = await me.services.tasks({ limit: 1, name: "eod_cleanup" });
  return rows.some(({ executedAt, status }) => status !== "running" && indianDay(executedAt) >= indianDay(clock.now().toISOString()));
}

async function serviceReport(me: Scope): Promise<ServiceReport> {
  const status = (await me.services.status()).find(({ service }) => service === SERVICE);
  const { rows } = await me.services.tasks({ limit: Object.keys(TASKS).length });
  const order = Object.keys(TASKS);
  const tasks = rows
    .map(({ taskName, status: how, message }) => ({ user: me.userId, task: taskName, status: how, message }))
    .toSorted((a, b) => order.indexOf(a.task) - order.indexOf(b.task));
  return {
    user: me.userId,
    running: status?.running ?? false,
    errorCount: status?.errorCount ?? 0,
    lastError: status?.lastError ?? null,
    tasks,
  };
}
