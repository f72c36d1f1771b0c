// What me.services takes and gives.
import type { Page } from "../repository.ts";
import type { InstantInput } from "../table/columns.ts";
import type { ServiceLogRow, serviceLogs, ServiceStatusRow, serviceTaskExecutions } from "../tables/services.ts";

/** How bad a line of the log is. */
export type LogLevel = ServiceLogRow["level"];

/** A sign of life. */
export interface Heartbeat {
  /** The service; default `main`. */
  readonly service?: string;
  /** Whether it goes on running; default true. False when it stops in good order. */
  readonly running?: boolean;
  /** When; default the present. */
  readonly at?: InstantInput;
}

/** How a task is run. */
export interface TaskOptions {
  /** The service that runs it; default `main`. */
  readonly service?: string;
  /** The present, asked for at the task's beginning and end; default the clock. */
  readonly now?: () => InstantInput;
}

/** What a task may do beside its work. */
export interface TaskContext {
  /** The user it runs for. */
  readonly userId: string;
  /** The id of its row in `service_task_executions`. */
  readonly executionId: string;
  /** Ends the task as skipped, with a reason such as `market closed`. It throws: nothing behind it runs. */
  readonly skip: (reason: string) => never;
  /** Keeps what the task reports of itself, plain JSON; the last one stands. */
  readonly details: (details: unknown) => void;
}

/** What every task that ran has. */
interface Ran {
  /** The id of its row in `service_task_executions`. */
  readonly executionId: string;
  /** Milliseconds it took. */
  readonly durationMs: number;
  /** Whether how it ended is on record. When not, its row still says `running`, and `recordError` says why. */
  readonly recorded: boolean;
  /** Why it is not; `undefined` when it is. */
  readonly recordError: unknown;
}

/** How a task ended. A failure is a result, not an exception: a host that runs tasks for many goes on with the next. */
export type TaskOutcome<R> = Ran &
  (
    | {
        /** It ran to its end. */
        readonly status: "success";
        /** What it returned. */
        readonly value: R;
      }
    | {
        /** It threw. */
        readonly status: "failed";
        /** What it threw. */
        readonly error: unknown;
      }
    | {
        /** It had nothing to do. */
        readonly status: "skipped";
        /** Why. */
        readonly reason: string;
      }
  );

/** Which page of tasks or logs is asked for; the latest first. */
export interface ServicePageRequest {
  /** Rows after this cursor; default from the latest. */
  readonly after?: string;
  /** Rows at most, 1 to 1000; default 50. */
  readonly limit?: number;
}

/** What was deleted. */
export interface PruneReport {
  /** Lines of the log. */
  readonly logs: number;
  /** Tasks that had ended. */
  readonly tasks: number;
}

/** What a host's services do for one user, on record. */
export interface Services {
  /** Says that a service lives; its row as it stands then. Throws `bad-request`, `value-rejected`. */
  heartbeat(heartbeat?: Heartbeat): Promise<ServiceStatusRow>;
  /** The user's services, by name. */
  status(): Promise<readonly ServiceStatusRow[]>;
  /**
   * Runs a task and keeps on record that it ran, how it ended and how long it took. What `work` throws is recorded and returned, never thrown. The
   * row is written before the task begins (`running`) and again when it has ended, each in a transaction of its own; the task itself is in none.
   *
   * Throws `bad-request`, `not-allowed` inside a transaction, and what a write may throw when the beginning cannot be recorded: then `work` did not run.
   */
  runTask<R>(name: string, work: (task: TaskContext) => Promise<R>, options?: TaskOptions): Promise<TaskOutcome<R>>;
  /** The tasks that ran, the latest first, of one name or of all. Throws `bad-cursor`, `bad-request`. */
  tasks(request?: ServicePageRequest & { readonly name?: string }): Promise<Page<typeof serviceTaskExecutions>>;
  /** Writes a line of the log. `context` is plain JSON. Inside a transaction it is part of that. Throws `value-rejected`. */
  log(level: LogLevel, module: string, message: string, context?: unknown, at?: InstantInput): Promise<void>;
  /** The log, the latest line first, of one level or of all. Throws `bad-cursor`, `bad-request`. */
  logs(request?: ServicePageRequest & { readonly level?: LogLevel }): Promise<Page<typeof serviceLogs>>;
  /** Deletes the lines of the log and the tasks from before a time; tasks that are running stay. Throws `value-rejected`. */
  prune(options: { readonly before: InstantInput }): Promise<PruneReport>;
}
