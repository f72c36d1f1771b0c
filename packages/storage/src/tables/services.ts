// What a host's services did for a user: whether they run, which tasks they ran, what they logged. Written by `me.services`.
import { c } from "../table/columns.ts";
import { defineTable } from "../table/define-table.ts";
import type { RowOf } from "../table/types.ts";

/** Whether a service runs for a user, one row per service. */
export const serviceStatus = defineTable(
  "service_status",
  {
    /** The user. */
    userId: c.text(),
    /** The service; `main` for hosts with one. */
    service: c.text(),
    /** Whether it says that it runs. */
    running: c.bool().default(false),
    /** When it last said so. */
    lastHeartbeatAt: c.instant().nullable(),
    /** When it last began a task. */
    lastTaskAt: c.instant().nullable(),
    /** Tasks that failed so far. */
    errorCount: c.int().default(0),
    /** What the last failure said. */
    lastError: c.text().nullable(),
    /** When it happened. */
    lastErrorAt: c.instant().nullable(),
    /** When the row was made. */
    createdAt: c.instant(),
    /** When it was last changed. */
    updatedAt: c.instant(),
  },
  { primaryKey: ["userId", "service"], checks: { errors_not_negative: { column: "errorCount", is: ">=", value: 0 } } },
);

/** The tasks that services ran for a user. */
export const serviceTaskExecutions = defineTable(
  "service_task_executions",
  {
    /** The user. */
    userId: c.text(),
    /** Identity within the user. */
    id: c.text(),
    /** The service that ran it. */
    service: c.text().default("main"),
    /** What ran, `sell_monitor`. */
    taskName: c.text(),
    /** When it began. */
    executedAt: c.instant(),
    /** How it ended; `running` until it has, and for ever when the process died. */
    status: c.oneOf("running", "success", "failed", "skipped"),
    /** Milliseconds it took; null when not known. */
    durationMs: c.int().nullable(),
    /** What the failure said, or why it was skipped; null for success. */
    message: c.text().nullable(),
    /** What the task reports of itself. */
    details: c.json().nullable(),
  },
  {
    primaryKey: ["userId", "id"],
    clustered: false,
    indexes: { by_time: ["userId", "executedAt", "id"], by_task: ["userId", "taskName", "executedAt", "id"] },
    checks: { duration_not_negative: { column: "durationMs", is: ">=", value: 0 } },
  },
);

/** What services logged for a user. */
export const serviceLogs = defineTable(
  "service_logs",
  {
    /** The user. */
    userId: c.text(),
    /** Identity within the user. */
    id: c.text(),
    /** When. */
    at: c.instant(),
    /** How bad it is. */
    level: c.oneOf("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"),
    /** The part of the host that says it. */
    module: c.text(),
    /** What it says. */
    message: c.text(),
    /** Further facts. */
    context: c.json().nullable(),
  },
  {
    primaryKey: ["userId", "id"],
    clustered: false,
    indexes: { by_time: ["userId", "at", "id"], by_level: ["userId", "level", "at", "id"] },
  },
);

/** Whether a service runs, as read. */
export interface ServiceStatusRow extends RowOf<typeof serviceStatus> {}

/** A task that ran, as read. */
export interface TaskExecutionRow extends RowOf<typeof serviceTaskExecutions> {}

/** A line of the log, as read. */
export interface ServiceLogRow extends RowOf<typeof serviceLogs> {}
