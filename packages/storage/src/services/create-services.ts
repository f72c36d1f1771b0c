// me.services: signs of life, tasks and logs of a host's services, for one user.
import { randomUUID } from "node:crypto";
import { StorageError } from "../errors.ts";
import type { Repository } from "../repository.ts";
import type { Session } from "../session.ts";
import type { InstantInput } from "../table/columns.ts";
import type { KeyOf, WhereOf } from "../table/types.ts";
import { serviceLogs, serviceStatus, serviceTaskExecutions } from "../tables/services.ts";
import { runTask } from "./run-task.ts";
import { changeStatus, checkedName } from "./status.ts";
import type { Heartbeat, LogLevel, PruneReport, ServicePageRequest, Services, TaskContext, TaskOptions } from "./types.ts";

/** The services of a session's user. */
export function createServices(session: Session): Services {
  const [logs, executions] = [session.repository(serviceLogs), session.repository(serviceTaskExecutions)];
  return Object.freeze({
    heartbeat: async ({ service = "main", running = true, at = new Date() }: Heartbeat = {}) => {
      checkedName("service", service);
      return session.transaction((tx) => changeStatus(tx, service, at, () => ({ running, lastHeartbeatAt: at })));
    },
    status: async () => (await session.repository(serviceStatus).page({ limit: 1000 })).rows,
    runTask: async <R>(name: string, work: (task: TaskContext) => Promise<R>, options: TaskOptions = {}) =>
      runTask(session, name, work, options),
    tasks: async ({ name, ...request }: ServicePageRequest & { readonly name?: string } = {}) =>
      name === undefined
        ? executions.page({ ...request, orderBy: "by_time", direction: "desc" })
        : executions.page({ ...request, where: { taskName: name }, orderBy: "by_task", direction: "desc" }),
    log: async (level: LogLevel, module: string, message: string, context: unknown = null, at: InstantInput = new Date()) => {
      await logs.insert({ id: randomUUID(), at, level, module, message, context });
    },
    logs: async ({ level, ...request }: ServicePageRequest & { readonly level?: LogLevel } = {}) =>
      level === undefined
        ? logs.page({ ...request, orderBy: "by_time", direction: "desc" })
        : logs.page({ ...request, where: { level }, orderBy: "by_level", direction: "desc" }),
    prune: async ({ before }: { readonly before: InstantInput }) => prune(session, before),
  });
}

/** Rows deleted in one transaction. */
const BATCH = 500;

async function prune(session: Session, before: InstantInput): Promise<PruneReport> {
  const logs = await dropAll(session, serviceLogs, { at: { lt: before } });
  const tasks = await dropAll(session, serviceTaskExecutions, { executedAt: { lt: before }, status: { ne: "running" } });
  return { logs, tasks };
}

type Pruned = typeof serviceLogs | typeof serviceTaskExecutions;

async function dropAll<T extends Pruned>(session: Session, table: T, where: WhereOf<T>): Promise<number> {
  for (let dropped = 0; ;) {
    const count = await session.transaction(async (tx) => {
      const rows: Repository<T> = tx.repository(table);
      const page = await rows.page({ where, orderBy: "by_time", limit: BATCH });
      for (const { id } of page.rows) if (!(await rows.delete({ id } as KeyOf<T>))) throw changedMeanwhile(table);
      return page.rows.length;
    });
    dropped += count;
    if (count < BATCH) return dropped;
  }
}

function changedMeanwhile(table: Pruned): StorageError {
  return new StorageError("busy", `Rows of ${table.name} were deleted by someone else at the same time: prune again.`, {
    facts: { table: table.name },
    retryable: true,
  });
}
